//! What is counted: uploads by how they end, and bytes both ways.

use metrics::counter;
use natter_domain::Code;

use crate::answer::Refusal;
use crate::service::{Issued, kind_text};

/// An upload under way; one that is dropped without an end broke off.
pub(crate) struct Counted {
    ended: bool,
}

impl Counted {
    pub(crate) fn begin() -> Self {
        Self { ended: false }
    }

    pub(crate) fn end(mut self, result: &Result<Issued, Refusal>) {
        self.ended = true;
        match result {
            Ok(issued) => {
                let kind = kind_text(issued.format.kind());
                count("stored", kind);
                counter!("natter_media_uploaded_bytes_total", "kind" => kind).increment(issued.size);
            }
            Err(refusal) => count(outcome(refusal.code()), "unknown"),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if !self.ended {
            count("broken_off", "unknown");
        }
    }
}

/// Bytes that are on their way to a client.
pub(crate) fn serving(bytes: u64) {
    counter!("natter_media_served_bytes_total").increment(bytes);
}

fn count(outcome: &'static str, kind: &'static str) {
    counter!("natter_media_uploads_total", "outcome" => outcome, "kind" => kind).increment(1);
}

const fn outcome(code: Code) -> &'static str {
    match code {
        Code::TooLarge => "too_large",
        Code::UnsupportedMedia => "unsupported",
        Code::RateLimited => "rate_limited",
        Code::Unavailable | Code::Internal => "failed",
        _ => "refused",
    }
}
