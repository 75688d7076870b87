//! People, blocks between them, and files that were issued to them.

use async_trait::async_trait;

use super::StoreError;
use crate::id::UserId;
use crate::media::MediaRecord;
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;
use crate::user::{Profile, ProfileChange, User};

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// Without `last_seen`; `email` lower-cased, empty for none (and then not unique).
    pub user: User,
    /// PHC string, or bcrypt's where it was brought along from another server; empty where another
    /// login service has it.
    pub password_hash: String,
}

/// What is needed to check a login.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub user: User,
    /// As in [`NewUser`].
    pub password_hash: String,
}

/// Why an account can't be made or renamed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Somebody else has the name; case does not matter.
    #[error("username taken")]
    UsernameTaken,
    /// Somebody else has the address.
    #[error("email taken")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// People.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Makes a user. Repeating it with the same id is no error. The name is looked at first.
    async fn create(&self, new: NewUser) -> Result<(), AccountError>;
    /// Those of the ids that exist, in any order.
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
    /// By username or lower-cased address; case of the username does not matter.
    async fn by_identifier(&self, identifier: &str) -> Result<Option<Credentials>, StoreError>;
    /// Changes a profile; `None` if there is no such user. The name is looked at first.
    async fn update(&self, id: UserId, change: ProfileChange) -> Result<Option<User>, AccountError>;
    /// Puts another password in place of `before`, or of whatever there is; `false` if there is no
    /// such user, or the password is another one than `before` by now.
    async fn set_password(
        &self,
        id: UserId,
        before: Option<&str>,
        password_hash: &str,
    ) -> Result<bool, StoreError>;
    /// People whose username or name begins so, case aside, in order of username, without those in
    /// `hidden`.
    async fn search(
        &self,
        prefix: &str,
        hidden: &[UserId],
        page: &PageRequest,
    ) -> Result<Page<Profile>, StoreError>;
    /// Notes when a user was last online; never goes back.
    async fn record_last_seen(&self, id: UserId, at: Timestamp) -> Result<(), StoreError>;
}

/// Which blocks stand between a user and another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BlockRelation {
    /// The user has blocked the other.
    pub by_user: bool,
    /// The other has blocked the user.
    pub by_other: bool,
}

impl BlockRelation {
    /// Whether there is any.
    pub fn any(self) -> bool {
        self.by_user || self.by_other
    }
}

/// Who has blocked whom.
#[async_trait]
pub trait BlockStore: Send + Sync {
    /// Sets or takes back a block; `false` if it was so already.
    async fn set(
        &self,
        blocker: UserId,
        blocked: UserId,
        block: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Whom a user has blocked, latest first.
    async fn blocked_by(&self, blocker: UserId, page: &PageRequest) -> Result<Page<Profile>, StoreError>;
    /// Everybody with whom the user has a block, with which way; those without are left out.
    async fn relations(&self, user: UserId) -> Result<Vec<(UserId, BlockRelation)>, StoreError>;
    /// The blocks between two.
    async fn between(&self, user: UserId, other: UserId) -> Result<BlockRelation, StoreError>;
}

/// What the media service issued.
#[async_trait]
pub trait MediaRegistry: Send + Sync {
    /// Keeps a record.
    async fn record(&self, record: MediaRecord) -> Result<(), StoreError>;
    /// Those of the URLs that were issued, in any order.
    async fn find(&self, urls: &[String]) -> Result<Vec<MediaRecord>, StoreError>;
}
