//! The dialect's own words for what is refused. Existing clients compare them.

use std::borrow::Cow;

use natter_domain::Rejection;

use crate::dialect::{ConnectRefusal, Operation};

/// What an ack, or the `error` event, says.
pub(super) fn rejection(operation: Operation, rejection: &Rejection) -> Cow<'static, str> {
    use Operation::{Join, MarkRead, RefreshSession, Send};
    let text = match (operation, rejection) {
        (Join, Rejection::NotParticipant) => "Not authorized to join this conversation",
        (Join, Rejection::Unavailable | Rejection::Internal) => "Failed to join conversation",
        (Send, Rejection::NotParticipant) => "Not authorized to send message",
        (Send, Rejection::Unavailable | Rejection::Internal) => "Failed to send message",
        (MarkRead, Rejection::Unavailable | Rejection::Internal) => "Failed to mark messages as read",
        (
            RefreshSession,
            Rejection::Unauthenticated | Rejection::SessionRevoked | Rejection::UserNotFound,
        ) => "Invalid token",
        _ => return Cow::Owned(rejection.to_string()),
    };
    Cow::Borrowed(text)
}

/// What `connect_error` says.
pub(super) const fn refusal(refusal: ConnectRefusal) -> &'static str {
    match refusal {
        ConnectRefusal::NoToken => "Authentication error: Token required",
        ConnectRefusal::InvalidToken => "Authentication error: Invalid token",
        ConnectRefusal::UserNotFound => "Authentication error: User not found",
        ConnectRefusal::TooManyConnections => "Too many connections",
        ConnectRefusal::Unavailable => "Service unavailable",
    }
}
