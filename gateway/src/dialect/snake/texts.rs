//! The dialect's own words for what is refused. Existing clients compare them.

use std::borrow::Cow;

use natter_domain::Rejection;

use crate::dialect::{ConnectRefusal, Operation};

/// What an ack, or the `error` event, says.
pub(super) fn rejection(operation: Operation, rejection: &Rejection) -> Cow<'static, str> {
    use Operation::{Join, MarkRead, RefreshSession, Send, SendDirect};
    let text = match (operation, rejection) {
        (Join | MarkRead | Send | SendDirect, Rejection::NotParticipant) => "Not a member",
        (SendDirect, Rejection::WithYourself) => "Cannot message yourself",
        (Send | SendDirect, Rejection::EmptyMessage) => "Message content or file is required",
        (Send | SendDirect, Rejection::Unavailable | Rejection::Internal) => "Failed to send message",
        // A message has one file here.
        (Send | SendDirect, Rejection::Invalid { field, what }) if field == "media" => {
            return Cow::Owned(Rejection::invalid("file", what.as_str()).to_string());
        }
        (RefreshSession, Rejection::Unauthenticated | Rejection::SessionRevoked) => "Authentication failed",
        _ => return Cow::Owned(rejection.to_string()),
    };
    Cow::Borrowed(text)
}

/// What `connect_error` says.
pub(super) const fn refusal(refusal: ConnectRefusal) -> &'static str {
    match refusal {
        ConnectRefusal::NoToken => "No token provided",
        ConnectRefusal::InvalidToken => "Authentication failed",
        ConnectRefusal::UserNotFound => "User not found",
        ConnectRefusal::TooManyConnections => "Too many connections",
        ConnectRefusal::Unavailable => "Service unavailable",
    }
}
