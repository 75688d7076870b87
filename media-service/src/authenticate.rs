//! Who asks.

use async_trait::async_trait;
use axum::http::HeaderMap;
use natter_domain::{Rejection, UserRef};
use natter_runtime::api::bearer;

use crate::answer::Refusal;

/// Tells whose a token is. Whatever has the keys and the sessions implements it.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The bearer of a valid token.
    ///
    /// # Errors
    /// [`Rejection::Unavailable`] where it can't be told now; anything else means that the token is
    /// not valid.
    async fn authenticate(&self, token: &str) -> Result<UserRef, Rejection>;
}

/// The one who sent a request with these headers.
pub(crate) async fn caller(with: &dyn Authenticate, headers: &HeaderMap) -> Result<UserRef, Refusal> {
    let token = bearer(headers).ok_or(Refusal::TokenRequired)?;
    with.authenticate(token).await.map_err(|rejection| match rejection {
        Rejection::Unavailable | Rejection::Internal | Rejection::RateLimited { .. } => {
            Refusal::Rejected(rejection)
        }
        _ => Refusal::InvalidToken,
    })
}
