//! The name under which a client repeats a request.

use axum::http::HeaderMap;
use natter_domain::Rejection;
use natter_domain::message::MAX_CLIENT_MESSAGE_ID;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The header, where it is there.
pub(in crate::http) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Rejection> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=MAX_CLIENT_MESSAGE_ID).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            let what = format!("must have 1 to {MAX_CLIENT_MESSAGE_ID} ASCII characters");
            Err(Rejection::invalid(IDEMPOTENCY_KEY, what))
        }
    }
}
