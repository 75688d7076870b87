//! People.

use async_trait::async_trait;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{AccountError, Credentials, NewUser, StoreError, UserStore};
use natter_domain::time::Timestamp;
use natter_domain::user::{Profile, ProfileChange, User, UserRef};
use serde::{Deserialize, Serialize};

use super::fold;
use crate::MongoStore;
use crate::fault::{Fault, all, taken, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, oids, timestamp};

/// A user as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserDocument {
    #[serde(rename = "_id")]
    id: ObjectId,
    username: String,
    /// Folded: names are unique whatever their case.
    pub(super) username_key: String,
    name: String,
    name_key: String,
    profile_image: Option<String>,
    email: String,
    password_hash: String,
    last_seen: Option<DateTime>,
    created_at: DateTime,
}

impl UserDocument {
    fn new(new: NewUser) -> Self {
        let User { profile: Profile { user, last_seen }, email, created_at } = new.user;
        Self {
            id: user.id.oid(),
            username_key: fold(&user.username),
            username: user.username,
            name_key: fold(&user.name),
            name: user.name,
            profile_image: user.profile_image,
            email,
            password_hash: new.password_hash,
            last_seen: last_seen.map(date),
            created_at: date(created_at),
        }
    }

    pub(super) fn into_profile(self) -> Profile {
        self.into_user().profile
    }

    fn into_user(self) -> User {
        let user = UserRef {
            id: UserId::of(self.id),
            username: self.username,
            name: self.name,
            profile_image: self.profile_image,
        };
        User {
            profile: Profile { user, last_seen: self.last_seen.map(timestamp) },
            email: self.email,
            created_at: timestamp(self.created_at),
        }
    }
}

#[async_trait]
impl UserStore for MongoStore {
    async fn create(&self, new: NewUser) -> Result<(), AccountError> {
        let user = UserDocument::new(new);
        match within(self.collections().users.insert_one(&user)).await {
            Err(Fault::Driver(error)) if taken(&error).is_some() => refused(self.collections(), &user).await,
            created => Ok(created.map(drop).map_err(StoreError::from)?),
        }
    }

    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = all(self.collections().users.find(doc! { "_id": { "$in": oids(ids) } })).await?;
        Ok(found.into_iter().map(UserDocument::into_user).collect())
    }

    async fn by_identifier(&self, identifier: &str) -> Result<Option<Credentials>, StoreError> {
        // By `username`, then by `email`.
        let mut found = find(self.collections(), doc! { "usernameKey": fold(identifier) }).await?;
        if found.is_none() && !identifier.is_empty() {
            found = find(self.collections(), doc! { "email": identifier }).await?;
        }
        Ok(found.map(|mut user| {
            let password_hash = std::mem::take(&mut user.password_hash);
            Credentials { user: user.into_user(), password_hash }
        }))
    }

    async fn update(&self, id: UserId, change: ProfileChange) -> Result<Option<User>, AccountError> {
        let mut set = Document::new();
        if let Some(name) = change.name {
            set.insert("nameKey", fold(&name));
            set.insert("name", name);
        }
        if let Some(username) = change.username {
            set.insert("usernameKey", fold(&username));
            set.insert("username", username);
        }
        if let Some(image) = change.profile_image {
            set.insert("profileImage", image);
        }
        if let Some(email) = change.email {
            set.insert("email", email);
        }
        if set.is_empty() {
            return Ok(self.by_ids(&[id]).await?.pop());
        }
        let update =
            self.collections().users.find_one_and_update(doc! { "_id": id.oid() }, doc! { "$set": &set });
        match within(update.return_document(ReturnDocument::After)).await {
            Ok(user) => Ok(user.map(UserDocument::into_user)),
            Err(Fault::Driver(error)) if taken(&error).is_some() => {
                Err(refused_change(self.collections(), id, &set).await?)
            }
            Err(fault) => Err(StoreError::from(fault).into()),
        }
    }

    async fn set_password(
        &self,
        id: UserId,
        before: Option<&str>,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut user = doc! { "_id": id.oid() };
        if let Some(before) = before {
            user.insert("passwordHash", before);
        }
        let set = doc! { "$set": { "passwordHash": password_hash } };
        Ok(within(self.collections().users.update_one(user, set)).await?.matched_count > 0)
    }

    async fn search(
        &self,
        prefix: &str,
        hidden: &[UserId],
        page: &PageRequest,
    ) -> Result<Page<Profile>, StoreError> {
        Ok(super::search::search(self.collections(), &fold(prefix), hidden, page).await?)
    }

    async fn record_last_seen(&self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        let later = doc! { "$max": { "lastSeen": Bson::DateTime(date(at)) } };
        within(self.collections().users.update_one(doc! { "_id": id.oid() }, later)).await?;
        Ok(())
    }
}

/// Why a user can't be made, whose keys are there: it is made already, or somebody else has the
/// name, or the address. Which index the server names is not enough, since both may be taken.
async fn refused(collections: &Collections, user: &UserDocument) -> Result<(), AccountError> {
    let find = async |filter| find(collections, filter).await.map_err(StoreError::from);
    if find(doc! { "_id": user.id }).await?.is_some() {
        return Ok(());
    }
    let by_name = find(doc! { "usernameKey": &user.username_key }).await?;
    Err(if by_name.is_some() { AccountError::UsernameTaken } else { AccountError::EmailTaken })
}

/// Why a user can't be changed so. Both may be taken, as in [`refused`].
async fn refused_change(
    collections: &Collections,
    id: UserId,
    set: &Document,
) -> Result<AccountError, AccountError> {
    let Ok(key) = set.get_str("usernameKey") else { return Ok(AccountError::EmailTaken) };
    let others = doc! { "usernameKey": key, "_id": { "$ne": id.oid() } };
    let other = find(collections, others).await.map_err(StoreError::from)?;
    Ok(if other.is_some() { AccountError::UsernameTaken } else { AccountError::EmailTaken })
}

async fn find(collections: &Collections, filter: Document) -> Result<Option<UserDocument>, Fault> {
    within(collections.users.find_one(filter)).await
}
