//! What Natter is about: users, conversations, messages, receipts, presence; the commands that
//! change them, the events that tell of it, and the ports through which services reach the world.
//!
//! Knows no runtime, no serialisation, no client library and does no I/O. Everything else in the
//! workspace points here.

pub mod account;
pub mod activity;
pub mod command;
pub mod conversation;
pub mod event;
pub mod id;
pub mod media;
pub mod message;
pub mod page;
pub mod ports;
pub mod presence;
pub mod receipt;
pub mod rejection;
pub mod session;
pub mod time;
pub mod user;

pub use activity::ActivityEntry;
pub use command::{Command, Reply, Request};
pub use conversation::{Conversation, ConversationKind, ConversationView, Participant, Role};
pub use event::{ConversationEvent, DirectoryEvent, Event, Topic, UserEvent};
pub use id::{ActivityId, ConversationId, GatewayId, MessageId, ObjectId, SessionId, UserId};
pub use media::{Media, MediaKind};
pub use message::{Message, MessageKind, MessageStatus, StoredMessage};
pub use page::Page;
pub use rejection::{Code, Rejection};
pub use time::Timestamp;
pub use user::{Profile, User, UserRef};
