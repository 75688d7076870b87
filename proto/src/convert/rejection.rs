//! Rejections.

use std::time::Duration;

use natter_domain::Rejection;

use crate::error::DecodeError;
use crate::generated as proto;
use crate::generated::RejectionKind as Kind;
use crate::wire::{Wire, message};

fn of_kind(kind: Kind) -> proto::Rejection {
    proto::Rejection { kind: kind.into(), ..proto::Rejection::default() }
}

/// Those without contents by name, the same on either side.
macro_rules! rejections {
    ($($plain:ident)*) => {
        fn encode(rejection: &Rejection) -> proto::Rejection {
            match rejection {
                Rejection::Invalid { field, what } => {
                    proto::Rejection { field: field.clone(), what: what.clone(), ..of_kind(Kind::Invalid) }
                }
                Rejection::RateLimited { retry_after } => {
                    proto::Rejection { retry_after: retry_after.encode(), ..of_kind(Kind::RateLimited) }
                }
                $(Rejection::$plain => of_kind(Kind::$plain),)*
            }
        }

        fn decode(proto: proto::Rejection) -> Result<Rejection, DecodeError> {
            match Kind::try_from(proto.kind) {
                Ok(Kind::Invalid) => Ok(Rejection::Invalid { field: proto.field, what: proto.what }),
                Ok(Kind::RateLimited) => {
                    Ok(Rejection::RateLimited { retry_after: Duration::decode(proto.retry_after)? })
                }
                $(Ok(Kind::$plain) => Ok(Rejection::$plain),)*
                Ok(Kind::Unspecified) | Err(_) => Err(DecodeError::UnknownVariant { of: "Rejection" }),
            }
        }
    };
}
rejections! {
    ConversationNotFound NotParticipant NotAdmin NotSender NotAGroup BlockedByYou BlockedYou
    AudioNotAllowed EmptyMessage TypeMismatch TooLong ReplyNotFound MessageNotFound NotEditable
    MessageDeleted UserNotFound WithYourself BlockYourself GroupSize UsernameTaken EmailTaken
    InvalidCredentials InvalidRefreshToken Unauthenticated SessionRevoked TooLarge UnsupportedMedia
    Resync Unavailable Internal
}

message! {
    Rejection as proto::Rejection: encode, decode;
}
