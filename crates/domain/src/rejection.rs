//! What can be wrong with a command, and the codes that clients see.

use std::time::Duration;

/// Codes of acks, `error` events and HTTP answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The payload is not what the command takes.
    Validation,
    /// No such event.
    UnknownEvent,
    /// No or no longer a valid token.
    Unauthenticated,
    /// Not allowed to.
    Forbidden,
    /// No such thing.
    NotFound,
    /// It is already so, or already taken.
    Conflict,
    /// A block stands between the two.
    Blocked,
    /// Too often.
    RateLimited,
    /// Too big.
    TooLarge,
    /// Content of a kind that is not accepted.
    UnsupportedMedia,
    /// Too far behind for a catch-up; page with `sync`.
    Resync,
    /// A part that is needed can't be reached: try again.
    Unavailable,
    /// Our own fault.
    Internal,
}

impl Code {
    /// As clients see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validation => "VALIDATION",
            Self::UnknownEvent => "UNKNOWN_EVENT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::Blocked => "BLOCKED",
            Self::RateLimited => "RATE_LIMITED",
            Self::TooLarge => "TOO_LARGE",
            Self::UnsupportedMedia => "UNSUPPORTED_MEDIA",
            Self::Resync => "RESYNC",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why a command was not carried out. Nothing happened, but for [`Rejection::Unavailable`], where
/// it is unknown whether it did.
///
/// The texts are those of the colon dialect where a command has none of its own there; a dialect
/// may have another text for a rejection of one of its events.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A field of the payload is faulty.
    #[error("Invalid payload: {field}: {what}")]
    Invalid {
        /// Which.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// No such conversation, or none that the caller may know of.
    #[error("Conversation not found")]
    ConversationNotFound,
    /// The caller takes no part in it.
    #[error("Not authorized")]
    NotParticipant,
    /// The caller is no admin of the group.
    #[error("Not authorized")]
    NotAdmin,
    /// The message is somebody else's.
    #[error("Not authorized")]
    NotSender,
    /// Only groups have this.
    #[error("Not a group conversation")]
    NotAGroup,
    /// The caller has blocked the other one.
    #[error("You cannot send messages to a blocked user")]
    BlockedByYou,
    /// The other one has blocked the caller.
    #[error("Action not available")]
    BlockedYou,
    /// The colon dialect has no audio.
    #[error("Audio messages are not allowed")]
    AudioNotAllowed,
    /// Neither text nor a file.
    #[error("Message text or media is required")]
    EmptyMessage,
    /// The kind that was named is not the content's.
    #[error("Message type does not match content")]
    TypeMismatch,
    /// Over [`crate::message::MAX_TEXT`].
    #[error("Message is too long")]
    TooLong,
    /// No such message in this conversation.
    #[error("Message to reply to not found")]
    ReplyNotFound,
    /// No such message, or none that the caller may know of.
    #[error("Message not found")]
    MessageNotFound,
    /// Only text messages that are not deleted can be edited.
    #[error("Message cannot be edited")]
    NotEditable,
    /// The message was deleted.
    #[error("Message was deleted")]
    MessageDeleted,
    /// No such user, or none that the caller may know of.
    #[error("User not found")]
    UserNotFound,
    /// A conversation needs another one.
    #[error("Cannot create a conversation with yourself")]
    WithYourself,
    /// One can't block oneself.
    #[error("Cannot block yourself")]
    BlockYourself,
    /// A group has 2 to [`crate::conversation::MAX_MEMBERS`] members.
    #[error("A group has 2 to 1000 members")]
    GroupSize,
    /// Somebody else has the name.
    #[error("Username already taken")]
    UsernameTaken,
    /// Somebody else has the address.
    #[error("Email already registered")]
    EmailTaken,
    /// Unknown user or wrong password.
    #[error("Invalid credentials")]
    InvalidCredentials,
    /// Unknown, expired or reused.
    #[error("Invalid refresh token")]
    InvalidRefreshToken,
    /// No, or no valid, token.
    #[error("Unauthenticated")]
    Unauthenticated,
    /// The session has ended by a logout.
    #[error("Session revoked")]
    SessionRevoked,
    /// Too often.
    #[error("Too many requests")]
    RateLimited {
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// Too big.
    #[error("File too large")]
    TooLarge,
    /// Content of a kind that is not accepted.
    #[error("Invalid file type")]
    UnsupportedMedia,
    /// More than [`MAX_CATCH_UP`] changes behind.
    #[error("Too many changes: sync first")]
    Resync,
    /// The answer did not come in time, or a store can't be reached: it may or may not have
    /// happened, and may be tried again.
    #[error("Service unavailable")]
    Unavailable,
    /// Our own fault; the log has the cause.
    #[error("Internal error")]
    Internal,
}

/// Most changes that a join catches up with.
pub const MAX_CATCH_UP: usize = 300;

impl Rejection {
    /// A faulty field.
    pub fn invalid(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), what: what.into() }
    }

    /// The code that clients see.
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. }
            | Self::AudioNotAllowed
            | Self::EmptyMessage
            | Self::TypeMismatch
            | Self::TooLong
            | Self::NotAGroup
            | Self::WithYourself
            | Self::BlockYourself
            | Self::NotEditable
            | Self::GroupSize => Code::Validation,
            Self::ConversationNotFound | Self::ReplyNotFound | Self::MessageNotFound | Self::UserNotFound => {
                Code::NotFound
            }
            Self::NotParticipant | Self::NotAdmin | Self::NotSender => Code::Forbidden,
            Self::BlockedByYou | Self::BlockedYou => Code::Blocked,
            Self::MessageDeleted | Self::UsernameTaken | Self::EmailTaken => Code::Conflict,
            Self::InvalidCredentials
            | Self::InvalidRefreshToken
            | Self::Unauthenticated
            | Self::SessionRevoked => Code::Unauthenticated,
            Self::RateLimited { .. } => Code::RateLimited,
            Self::TooLarge => Code::TooLarge,
            Self::UnsupportedMedia => Code::UnsupportedMedia,
            Self::Resync => Code::Resync,
            Self::Unavailable => Code::Unavailable,
            Self::Internal => Code::Internal,
        }
    }
}
