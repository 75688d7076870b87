//! Events.

use natter_domain::event::{ConversationActivity, ConversationEvent, DirectoryEvent, Event, UserEvent};

use crate::error::DecodeError;
use crate::generated as proto;
use crate::wire::{Wire, choice, message, record};

choice! { Event in event { Conversation, User, Directory } }

record! { ConversationActivity { conversation, kind, last_message, head, unread, updated_at } }

message! {
    ConversationEvent as proto::ConversationEvent:
        |it| proto::ConversationEvent { kind: Some(conversation::encode(it)) },
        |proto| {
            conversation::decode(proto.kind.ok_or(DecodeError::UnknownVariant { of: "ConversationEvent" })?)
        };

    UserEvent as proto::UserEvent:
        |it| proto::UserEvent { kind: Some(user::encode(it)) },
        |proto| user::decode(proto.kind.ok_or(DecodeError::UnknownVariant { of: "UserEvent" })?);

    DirectoryEvent as proto::DirectoryEvent:
        |it| {
            use proto::directory_event::Kind;
            let kind = match it {
                Self::ConversationChanged(id) => Kind::ConversationChanged(id.encode()),
                Self::MemberLeft(conversation, user) => Kind::MemberLeft(proto::MemberGone {
                    conversation: conversation.encode(),
                    user: user.encode(),
                }),
                Self::BlockChanged(one, other) => {
                    Kind::BlockChanged(proto::BlockChanged { one: one.encode(), other: other.encode() })
                }
                Self::UserChanged(id) => Kind::UserChanged(id.encode()),
                Self::SessionsRevoked(revocation) => Kind::SessionsRevoked(revocation.encode()),
            };
            proto::DirectoryEvent { kind: Some(kind) }
        },
        |proto| {
            use proto::directory_event::Kind;
            Ok(match proto.kind.ok_or(DecodeError::UnknownVariant { of: "DirectoryEvent" })? {
                Kind::ConversationChanged(id) => Self::ConversationChanged(Wire::decode(id)?),
                Kind::MemberLeft(gone) => {
                    Self::MemberLeft(Wire::decode(gone.conversation)?, Wire::decode(gone.user)?)
                }
                Kind::BlockChanged(pair) => {
                    Self::BlockChanged(Wire::decode(pair.one)?, Wire::decode(pair.other)?)
                }
                Kind::UserChanged(id) => Self::UserChanged(Wire::decode(id)?),
                Kind::SessionsRevoked(revocation) => Self::SessionsRevoked(Wire::decode(revocation)?),
            })
        };
}

mod conversation {
    use natter_domain::event::ConversationEvent;

    use crate::error::DecodeError;
    use crate::generated as proto;
    use crate::generated::conversation_event::Kind;
    use crate::wire::Wire;

    pub(super) fn encode(event: &ConversationEvent) -> Kind {
        match event {
            ConversationEvent::Changed(change) => Kind::Changed(change.encode()),
            ConversationEvent::Head(head) => Kind::Head(head.encode()),
            ConversationEvent::Read(receipt) => Kind::Read(receipt.encode()),
            ConversationEvent::Typing { user, typing, socket } => Kind::Typing(proto::Typing {
                user: user.encode_field(),
                typing: *typing,
                socket: socket.clone(),
            }),
            ConversationEvent::Visited { user, came, socket } => Kind::Visited(proto::Visited {
                user: user.encode_field(),
                came: *came,
                socket: socket.clone(),
            }),
            ConversationEvent::Relayed { user, name, payload, socket } => Kind::Relayed(proto::Relayed {
                user: user.encode(),
                name: name.clone(),
                payload: payload.clone(),
                socket: socket.clone(),
            }),
            ConversationEvent::PhotoChanged { photo, by } => {
                Kind::PhotoChanged(proto::PhotoChanged { photo: photo.encode(), by: by.encode() })
            }
            ConversationEvent::MemberJoined { user, by } => {
                Kind::MemberJoined(proto::MemberChanged { user: user.encode_field(), by: by.encode() })
            }
            ConversationEvent::MemberLeft { user, by } => {
                Kind::MemberLeft(proto::MemberChanged { user: user.encode_field(), by: by.encode() })
            }
            ConversationEvent::Deleted => Kind::Deleted(proto::Nothing {}),
        }
    }

    pub(super) fn decode(kind: Kind) -> Result<ConversationEvent, DecodeError> {
        Ok(match kind {
            Kind::Changed(change) => ConversationEvent::Changed(Wire::decode(change)?),
            Kind::Head(head) => ConversationEvent::Head(Wire::decode(head)?),
            Kind::Read(receipt) => ConversationEvent::Read(Wire::decode(receipt)?),
            Kind::Typing(it) => ConversationEvent::Typing {
                user: Wire::decode_field(it.user, "Typing.user")?,
                typing: it.typing,
                socket: it.socket,
            },
            Kind::Visited(it) => ConversationEvent::Visited {
                user: Wire::decode_field(it.user, "Visited.user")?,
                came: it.came,
                socket: it.socket,
            },
            Kind::Relayed(it) => ConversationEvent::Relayed {
                user: Wire::decode(it.user)?,
                name: it.name,
                payload: it.payload,
                socket: it.socket,
            },
            Kind::PhotoChanged(it) => {
                ConversationEvent::PhotoChanged { photo: it.photo, by: Wire::decode(it.by)? }
            }
            Kind::MemberJoined(it) => ConversationEvent::MemberJoined {
                user: Wire::decode_field(it.user, "MemberJoined.user")?,
                by: Wire::decode(it.by)?,
            },
            Kind::MemberLeft(it) => ConversationEvent::MemberLeft {
                user: Wire::decode_field(it.user, "MemberLeft.user")?,
                by: Wire::decode(it.by)?,
            },
            Kind::Deleted(proto::Nothing {}) => ConversationEvent::Deleted,
        })
    }
}

mod user {
    use natter_domain::event::UserEvent;

    use crate::error::DecodeError;
    use crate::generated as proto;
    use crate::generated::user_event::Kind;
    use crate::wire::Wire;

    pub(super) fn encode(event: &UserEvent) -> Kind {
        match event {
            UserEvent::MessagesDelivered { conversation, messages } => {
                Kind::MessagesDelivered(proto::MessagesDelivered {
                    conversation: conversation.encode(),
                    messages: messages.encode(),
                })
            }
            UserEvent::MessagesRead(receipt) => Kind::MessagesRead(receipt.encode()),
            UserEvent::Direct { conversation, event } => Kind::Direct(proto::DirectEvent {
                conversation: conversation.encode(),
                event: event.encode_field(),
            }),
            UserEvent::ConversationCreated(view) => Kind::ConversationCreated(view.encode()),
            UserEvent::ConversationUpdated(view) => Kind::ConversationUpdated(view.encode()),
            UserEvent::ConversationActivity(activity) => Kind::ConversationActivity(activity.encode()),
            UserEvent::ConversationRemoved(id) => Kind::ConversationRemoved(id.encode()),
            UserEvent::ContactOnline(user) => Kind::ContactOnline(user.encode()),
            UserEvent::ContactOffline { user, last_seen } => Kind::ContactOffline(proto::ContactOffline {
                user: user.encode_field(),
                last_seen: last_seen.encode(),
            }),
        }
    }

    pub(super) fn decode(kind: Kind) -> Result<UserEvent, DecodeError> {
        Ok(match kind {
            Kind::MessagesDelivered(it) => UserEvent::MessagesDelivered {
                conversation: Wire::decode(it.conversation)?,
                messages: Wire::decode(it.messages)?,
            },
            Kind::MessagesRead(receipt) => UserEvent::MessagesRead(Wire::decode(receipt)?),
            Kind::Direct(it) => UserEvent::Direct {
                conversation: Wire::decode(it.conversation)?,
                event: Wire::decode_field(it.event, "DirectEvent.event")?,
            },
            Kind::ConversationCreated(view) => UserEvent::ConversationCreated(Wire::decode(view)?),
            Kind::ConversationUpdated(view) => UserEvent::ConversationUpdated(Wire::decode(view)?),
            Kind::ConversationActivity(activity) => UserEvent::ConversationActivity(Wire::decode(activity)?),
            Kind::ConversationRemoved(id) => UserEvent::ConversationRemoved(Wire::decode(id)?),
            Kind::ContactOnline(user) => UserEvent::ContactOnline(Wire::decode(user)?),
            Kind::ContactOffline(it) => UserEvent::ContactOffline {
                user: Wire::decode_field(it.user, "ContactOffline.user")?,
                last_seen: Wire::decode(it.last_seen)?,
            },
        })
    }
}
