//! What can be asked of the services, and what they answer.
//!
//! Each command is a struct of its own; [`Request`] ties it to its reply and to the worker that
//! carries it out. [`Command`] and [`Reply`] are what goes over the bus.

mod account;
mod activity;
mod conversations;
mod messages;
mod presence;
mod receipts;

pub use account::*;
pub use activity::*;
pub use conversations::*;
pub use messages::*;
pub use presence::*;
pub use receipts::*;

use std::collections::HashSet;

use crate::activity::ActivityEntry;
use crate::conversation::ConversationView;
use crate::id::UserId;
use crate::message::Message;
use crate::page::Page;
use crate::ports::Address;
use crate::presence::UserPresence;
use crate::receipt::Receipt;
use crate::rejection::Rejection;
use crate::session::{Revocation, SignedIn};
use crate::user::{Profile, User, UserRef};

/// A command with its reply.
pub trait Request: Into<Command> {
    /// What a worker answers.
    type Reply: TryFrom<Reply, Error = UnexpectedReply>;

    /// Who carries it out.
    fn address(&self) -> Address;
}

/// A reply of another command's kind: a fault of the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reply of another kind than the command's")]
pub struct UnexpectedReply;

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident => $reply:ty,)*) => {
        /// Any command.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $($(#[$doc])* $name($name),)*
        }

        impl Command {
            /// The command's name, for logs and metrics.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }

            /// Who carries it out.
            pub fn address(&self) -> Address {
                match self {
                    $(Self::$name(command) => command.address(),)*
                }
            }
        }

        $(
            impl From<$name> for Command {
                fn from(command: $name) -> Self {
                    Self::$name(command)
                }
            }

            impl Request for $name {
                type Reply = $reply;

                fn address(&self) -> Address {
                    self.worker()
                }
            }
        )*
    };
}

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident($inner:ty),)*) => {
        /// Any reply.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Reply {
            $($(#[$doc])* $name($inner),)*
        }

        $(
            impl From<$inner> for Reply {
                fn from(reply: $inner) -> Self {
                    Self::$name(reply)
                }
            }

            impl TryFrom<Reply> for $inner {
                type Error = UnexpectedReply;

                fn try_from(reply: Reply) -> Result<Self, UnexpectedReply> {
                    match reply {
                        Reply::$name(reply) => Ok(reply),
                        _ => Err(UnexpectedReply),
                    }
                }
            }
        )*
    };
}

impl Command {
    /// Whether carrying it out twice comes to the same, reply included, as far as its sender needs to
    /// know. What is not can't be sent again by anybody but the client, who knows what it wants.
    pub const fn is_repeatable(&self) -> bool {
        // The second time, the conversation, or the participant, is not there.
        !matches!(self, Self::DeleteConversation(_) | Self::RemoveParticipant(_))
    }
}

replies! {
    /// It is done; there is nothing to tell.
    Done(()),
    /// Tokens.
    SignedIn(SignedIn),
    /// The bearers, and which of them are not valid.
    Checked(Vec<Result<UserRef, Rejection>>),
    /// Oneself.
    User(User),
    /// Somebody.
    Profile(Profile),
    /// Some of a list of people.
    Profiles(Page<Profile>),
    /// Some of a user's contacts.
    Contacts(Contacts),
    /// Sessions that have ended.
    Revocations(Vec<Revocation>),
    /// A conversation.
    Conversation(ConversationView),
    /// The conversation of a pair.
    Opened(Opened),
    /// Some of a list of conversations.
    Conversations(Page<ConversationView>),
    /// A conversation may be joined.
    Joined(Joined),
    /// Messages that were to be stored.
    Sent(Vec<Result<Sent, Rejection>>),
    /// A message.
    Message(Message),
    /// Some of a history or of what was found.
    Messages(Page<Message>),
    /// A part of a timeline.
    Changes(Changes),
    /// Parts of several timelines.
    Synced(Synced),
    /// How far each participant has come.
    Receipts(Vec<Receipt>),
    /// Presence, as asked for.
    Presences(Vec<UserPresence>),
    /// Who has a socket.
    Connected(HashSet<UserId>),
    /// Whether the gateway's sockets must be reported again.
    SocketsReported(SocketsReported),
    /// Heads of timelines.
    Heads(Vec<ConversationHead>),
    /// What a user noted.
    Activity(ActivityEntry),
    /// Some of what a user noted.
    Activities(Page<ActivityEntry>),
}

commands! {
    /// Makes an account and a session. Rejections: `Invalid`, `UsernameTaken`, `EmailTaken`.
    Register => SignedIn,
    /// Makes a session. Rejections: `InvalidCredentials` in equal time, `RateLimited`.
    LogIn => SignedIn,
    /// Trades a refresh token for new ones. Rejections: `InvalidRefreshToken`.
    RefreshSession => SignedIn,
    /// Ends a session, or all.
    LogOut => (),
    /// Checks of each verified token that its user exists and its session has not ended, in the order
    /// asked for: whose it is, or `UserNotFound` or `SessionRevoked`. Rejections: `Invalid`.
    CheckSessions => Vec<Result<UserRef, Rejection>>,
    /// Sessions that ended lately, for who missed the event.
    ListRevocations => Vec<Revocation>,
    /// Oneself. Rejections: `UserNotFound`.
    GetMe => User,
    /// Changes one's own profile. Rejections: `Invalid`, `UsernameTaken`, `UserNotFound`.
    UpdateMe => User,
    /// Makes or changes a user of another login service, for that service. Repeating it changes
    /// nothing. Rejections: `Invalid`, `UsernameTaken`, `EmailTaken`.
    PutUser => User,
    /// Makes a user of another login service from what a good token of theirs says, if they are not
    /// there. What of it is faulty or taken is left out, or another one is found.
    AdmitUser => (),
    /// Somebody; across a block without `last_seen`. Rejections: `UserNotFound`.
    GetProfile => Profile,
    /// People by prefix of username or name.
    SearchProfiles => Page<Profile>,
    /// Blocks or unblocks. Rejections: `UserNotFound`, `BlockYourself`.
    SetBlock => (),
    /// Whom one has blocked, latest first.
    ListBlocked => Page<Profile>,
    /// Who is to hear of a user's presence: everybody who shares a conversation with them and has
    /// no block with them, either way.
    ListContacts => Contacts,
    /// Those of the users whose presence the viewer may see, with `last_seen`: without those
    /// across a block.
    ListVisible => Page<Profile>,
    /// Notes when a user was last online.
    RecordLastSeen => (),
    /// Keeps what the media service issued.
    RecordMedia => (),
    /// Notes what a user did; repeated under the same name, the first entry is answered. Rejections:
    /// `Invalid`.
    RecordActivity => ActivityEntry,
    /// What the user noted, newest first.
    ListActivity => Page<ActivityEntry>,

    /// The one conversation of a pair, made if need be. Rejections: `UserNotFound`, `WithYourself`,
    /// `BlockedByYou`, `BlockedYou` where it would have to be made.
    OpenDirect => Opened,
    /// Makes a group. Rejections: `Invalid`, `GroupSize`, `UserNotFound`, the block texts.
    CreateGroup => ConversationView,
    /// The caller's conversations, most recently active first.
    ListConversations => Page<ConversationView>,
    /// One of the caller's. Rejections: `ConversationNotFound`, `NotParticipant`.
    GetConversation => ConversationView,
    /// Renames a group. Rejections: also `NotAGroup`, `NotAdmin`, `Invalid`.
    RenameConversation => ConversationView,
    /// Sets or removes a group's picture. Rejections: as for renaming.
    SetConversationPhoto => ConversationView,
    /// Deletes a group with everything in it. Rejections: as for renaming.
    DeleteConversation => (),
    /// Adds people to a group; who is there already is left alone. Rejections: also `UserNotFound`,
    /// `GroupSize`, the block texts.
    AddParticipants => ConversationView,
    /// Takes somebody out of a group, or oneself. Rejections: also `UserNotFound`.
    RemoveParticipant => (),
    /// Makes an admin or takes it back. Rejections: also `UserNotFound`, `Invalid` where nobody
    /// would be an admin.
    SetParticipantRole => ConversationView,

    /// Whether the caller may join, and where the timeline ends. Rejections:
    /// `ConversationNotFound`, `NotParticipant`.
    JoinConversation => Joined,
    /// A part of a timeline, for one who may see it: a gateway that fills a gap.
    ReadChanges => Changes,
    /// Where timelines end: a gateway that was cut off compares.
    ReadHeads => Vec<ConversationHead>,
    /// Stores messages, in their order; what came of each. Rejections in the contract's order of
    /// precedence: of all of them where they may not be sent at all.
    SendMessages => Vec<Result<Sent, Rejection>>,
    /// Changes one's own text. Rejections: `MessageNotFound`, `NotSender`, `NotEditable`,
    /// `MessageDeleted`, `EmptyMessage`, `TooLong`.
    EditMessage => Message,
    /// Deletes a message; deleting it again changes nothing. Rejections: `MessageNotFound`,
    /// `NotSender`.
    DeleteMessage => Message,
    /// Sets or takes back an emoji; what is so already changes nothing. Rejections:
    /// `MessageNotFound`, `MessageDeleted`, the block texts.
    ReactToMessage => Message,
    /// One message. Rejections: `MessageNotFound`.
    GetMessage => Message,
    /// History. Rejections: `ConversationNotFound`, `NotParticipant`.
    ListMessages => Page<Message>,
    /// Messages by their text, newest first, in the caller's conversations.
    SearchMessages => Page<Message>,
    /// Parts of timelines after cursors.
    Sync => Synced,

    /// Marks messages of others as read. Rejections: `ConversationNotFound`, `NotParticipant`.
    MarkRead => (),
    /// Marks one message of somebody else's as read, for who does not say where it is. Rejections:
    /// `MessageNotFound`, `NotParticipant`.
    MarkMessageRead => (),
    /// These users have a device online: everything undelivered is delivered now. Rejections:
    /// `Invalid`.
    DeliverPending => (),
    /// How far each participant has come. Rejections: `ConversationNotFound`, `NotParticipant`.
    ListReceipts => Vec<Receipt>,

    /// A gateway renews its lease and tells how many sockets users have there.
    ReportSockets => SocketsReported,
    /// A gateway shuts down.
    WithdrawGateway => (),
    /// Presence as the viewer may see it, in the order asked for.
    GetPresence => Vec<UserPresence>,
    /// Who of these has a socket now: for the services' own use.
    WhoIsConnected => HashSet<UserId>,
}
