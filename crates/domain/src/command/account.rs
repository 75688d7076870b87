//! Commands about users, their sessions, blocks and files.

use crate::id::UserId;
use crate::media::MediaRecord;
use crate::page::PageRequest;
use crate::ports::{Address, Service};
use crate::session::Bearer;
use crate::time::Timestamp;
use crate::user::ProfileChange;

pub(super) fn about(key: &[u8]) -> Address {
    Address::of(Service::Message, key)
}

/// See [`super::Command::Register`].
#[derive(Clone, PartialEq, Eq)]
pub struct Register {
    /// The user's, if this makes one; chosen by who sends it, so that it may be sent again.
    pub id: UserId,
    /// 3 to 32 of letters, digits, `_`, `.`, `-`.
    pub username: String,
    /// An address.
    pub email: String,
    /// 8 to 128 code points.
    pub password: String,
    /// Shown name; the username where absent.
    pub name: Option<String>,
}

/// See [`super::Command::LogIn`].
#[derive(Clone, PartialEq, Eq)]
pub struct LogIn {
    /// Username or address.
    pub identifier: String,
    /// As typed.
    pub password: String,
}

/// See [`super::Command::PutUser`].
#[derive(Clone, PartialEq, Eq)]
pub struct PutUser {
    /// Whom; made where they are not there, and then `change` has a username.
    pub user: UserId,
    /// What they are to be.
    pub change: ProfileChange,
    /// 8 to 128 code points, to log in here.
    pub password: Option<String>,
}

/// See [`super::Command::AdmitUser`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmitUser {
    /// Whom.
    pub user: UserId,
    /// What their token says of them, which may be faulty, or taken.
    pub said: ProfileChange,
}

/// See [`super::Command::RefreshSession`].
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSession {
    /// As issued.
    pub refresh_token: String,
}

/// Passwords and tokens are not printed.
macro_rules! secret_debug {
    ($($name:ident)*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
secret_debug! { Register LogIn RefreshSession PutUser }

/// See [`super::Command::LogOut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOut {
    /// Whose token asks.
    pub bearer: Bearer,
    /// All of the user's sessions.
    pub everywhere: bool,
}

/// See [`super::Command::CheckSessions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSessions {
    /// What the tokens say, at most [`MAX_CHECKED`].
    pub bearers: Vec<Bearer>,
}

/// Most sessions in one [`CheckSessions`].
pub const MAX_CHECKED: usize = 500;

/// See [`super::Command::ListRevocations`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRevocations {
    /// Only those at or after this.
    pub since: Timestamp,
}

/// See [`super::Command::GetMe`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetMe {
    /// Who asks.
    pub user: UserId,
}

/// See [`super::Command::UpdateMe`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMe {
    /// Who asks.
    pub user: UserId,
    /// What becomes other.
    pub change: ProfileChange,
}

/// See [`super::Command::GetProfile`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetProfile {
    /// Who asks.
    pub viewer: UserId,
    /// About whom.
    pub user: UserId,
}

/// See [`super::Command::SearchProfiles`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchProfiles {
    /// Who asks.
    pub viewer: UserId,
    /// Case does not matter; empty finds everybody.
    pub prefix: String,
    /// Which page.
    pub page: PageRequest,
}

/// See [`super::Command::SetBlock`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetBlock {
    /// Who asks.
    pub blocker: UserId,
    /// Whom.
    pub blocked: UserId,
    /// Whether the block is to be there.
    pub block: bool,
}

/// See [`super::Command::ListBlocked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListBlocked {
    /// Who asks.
    pub user: UserId,
    /// Which page.
    pub page: PageRequest,
}

/// See [`super::Command::ListContacts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListContacts {
    /// Whose.
    pub user: UserId,
    /// The last one that is known; `None` to begin.
    pub after: Option<UserId>,
}

/// Most users in one [`Contacts`].
pub const MAX_CONTACTS: usize = 20_000;

/// Some of a user's contacts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Contacts {
    /// In order of id.
    pub users: Vec<UserId>,
    /// Whether there are others after them.
    pub more: bool,
}

/// See [`super::Command::ListVisible`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListVisible {
    /// Who asks.
    pub viewer: UserId,
    /// About whom, at most 100.
    pub users: Vec<UserId>,
}

/// See [`super::Command::RecordLastSeen`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLastSeen {
    /// Who.
    pub user: UserId,
    /// When; an earlier one than is known changes nothing.
    pub at: Timestamp,
}

/// See [`super::Command::RecordMedia`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMedia {
    /// What was issued.
    pub record: MediaRecord,
}

impl Register {
    pub(super) fn worker(&self) -> Address {
        about(self.username.to_lowercase().as_bytes())
    }
}

impl LogIn {
    /// By identifier, so that one worker counts the attempts on an account.
    pub(super) fn worker(&self) -> Address {
        about(self.identifier.to_lowercase().as_bytes())
    }
}

impl RefreshSession {
    pub(super) fn worker(&self) -> Address {
        about(self.refresh_token.as_bytes())
    }
}

impl ListRevocations {
    pub(super) fn worker(&self) -> Address {
        about(&self.since.millis().to_be_bytes())
    }
}

impl RecordMedia {
    pub(super) fn worker(&self) -> Address {
        about(self.record.url.as_bytes())
    }
}

impl CheckSessions {
    pub(super) fn worker(&self) -> Address {
        about(self.bearers.first().map_or(UserId::NONE, |bearer| bearer.user).bytes())
    }
}

macro_rules! about_user {
    ($($name:ident: $($field:ident).+,)*) => {$(
        impl $name {
            pub(super) fn worker(&self) -> Address {
                about(self.$($field).+.bytes())
            }
        }
    )*};
}
about_user! {
    LogOut: bearer.user,
    GetMe: user,
    UpdateMe: user,
    PutUser: user,
    AdmitUser: user,
    GetProfile: viewer,
    SearchProfiles: viewer,
    SetBlock: blocker,
    ListBlocked: user,
    ListContacts: user,
    ListVisible: viewer,
    RecordLastSeen: user,
}
