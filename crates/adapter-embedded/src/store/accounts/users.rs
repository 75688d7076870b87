//! People.

use async_trait::async_trait;
use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::ports::store::{AccountError, Credentials, NewUser, StoreError, UserStore};
use natter_domain::time::Timestamp;
use natter_domain::user::{Profile, ProfileChange, User, UserRef};
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::SqliteStore;
use super::super::fault::Fault;
use super::{fold, search};

const BY_ID: &str = "SELECT id, username, name, profile_image, last_seen, email, created_at, password_hash \
                     FROM users WHERE id = ?1";

/// What an account collided with, found before anything is written.
enum Taken {
    Username,
    Email,
}

impl From<Taken> for AccountError {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Username => Self::UsernameTaken,
            Taken::Email => Self::EmailTaken,
        }
    }
}

#[async_trait]
impl UserStore for SqliteStore {
    async fn create(&self, new: NewUser) -> Result<(), AccountError> {
        let created = self.engine.write(move |unit| create(unit, &new)).await?;
        created.map_err(Into::into)
    }

    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = ids.to_vec();
        self.engine.read(move |db| ids.iter().filter_map(|id| by_id(db, *id).transpose()).collect()).await
    }

    async fn by_identifier(&self, identifier: &str) -> Result<Option<Credentials>, StoreError> {
        let identifier = identifier.to_owned();
        self.engine.read(move |db| by_identifier(db, &identifier)).await
    }

    async fn update(&self, id: UserId, change: ProfileChange) -> Result<Option<User>, AccountError> {
        let updated = self.engine.write(move |unit| update(unit, id, change)).await?;
        updated.map_err(Into::into)
    }

    async fn set_password(
        &self,
        id: UserId,
        before: Option<&str>,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let (before, after) = (before.map(str::to_owned), password_hash.to_owned());
        self.engine
            .write(move |unit| {
                let changed = unit
                    .prepare_cached(
                        "UPDATE users SET password_hash = ?3 \
                         WHERE id = ?1 AND password_hash = coalesce(?2, password_hash)",
                    )?
                    .execute((id.bytes(), before, after))?;
                Ok(changed > 0)
            })
            .await
    }

    async fn search(
        &self,
        prefix: &str,
        hidden: &[UserId],
        page: &PageRequest,
    ) -> Result<Page<Profile>, StoreError> {
        let (prefix, hidden, page) = (fold(prefix), hidden.iter().copied().collect(), page.clone());
        self.engine.read(move |db| search::search(db, &prefix, &hidden, &page)).await
    }

    async fn record_last_seen(&self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.engine
            .write(move |unit| {
                unit.prepare_cached(
                    "UPDATE users SET last_seen = ?2 WHERE id = ?1 AND coalesce(last_seen, ?2 - 1) < ?2",
                )?
                .execute((id.bytes(), at.millis()))?;
                Ok(())
            })
            .await
    }
}

fn create(db: &Connection, new: &NewUser) -> Result<Result<(), Taken>, Fault> {
    let User { profile: Profile { user, .. }, email, created_at } = &new.user;
    if by_id(db, user.id)?.is_some() {
        return Ok(Ok(()));
    }
    let key = fold(&user.username);
    if username_taken(db, &key)? {
        return Ok(Err(Taken::Username));
    }
    if email_taken(db, email)? {
        return Ok(Err(Taken::Email));
    }
    db.prepare_cached(
        "INSERT INTO users (id, username, username_key, name, profile_image, email, password_hash, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(rusqlite::params![
        user.id.bytes(),
        user.username,
        key,
        user.name,
        user.profile_image,
        email,
        new.password_hash,
        created_at.millis(),
    ])?;
    search::write_words(db, user)?;
    Ok(Ok(()))
}

fn update(db: &Connection, id: UserId, change: ProfileChange) -> Result<Result<Option<User>, Taken>, Fault> {
    let Some(mut user) = by_id(db, id)? else { return Ok(Ok(None)) };
    let before = fold(&user.profile.user.username);
    let shown = &mut user.profile.user;
    shown.name = change.name.unwrap_or_else(|| std::mem::take(&mut shown.name));
    shown.username = change.username.unwrap_or_else(|| std::mem::take(&mut shown.username));
    shown.profile_image = change.profile_image.unwrap_or_else(|| shown.profile_image.take());
    let key = fold(&shown.username);
    if key != before && username_taken(db, &key)? {
        return Ok(Err(Taken::Username));
    }
    if let Some(email) = change.email.filter(|email| *email != user.email) {
        if email_taken(db, &email)? {
            return Ok(Err(Taken::Email));
        }
        user.email = email;
    }
    let shown = &user.profile.user;
    db.prepare_cached(
        "UPDATE users SET username = ?2, username_key = ?3, name = ?4, profile_image = ?5, email = ?6 \
         WHERE id = ?1",
    )?
    .execute((id.bytes(), &shown.username, &key, &shown.name, &shown.profile_image, &user.email))?;
    search::write_words(db, shown)?;
    Ok(Ok(Some(user)))
}

fn username_taken(db: &Connection, key: &str) -> Result<bool, Fault> {
    let mut statement = db.prepare_cached("SELECT 1 FROM users WHERE username_key = ?1")?;
    Ok(statement.exists([key])?)
}

/// By `users_by_email`, which has no empty ones.
fn email_taken(db: &Connection, email: &str) -> Result<bool, Fault> {
    let mut statement = db.prepare_cached("SELECT 1 FROM users WHERE email = ?1 AND email <> ''")?;
    Ok(statement.exists([email])?)
}

fn by_id(db: &Connection, id: UserId) -> Result<Option<User>, Fault> {
    Ok(db.prepare_cached(BY_ID)?.query_row([id.bytes()], user).optional()?)
}

fn by_identifier(db: &Connection, identifier: &str) -> Result<Option<Credentials>, Fault> {
    let by_name = db
        .prepare_cached("SELECT id FROM users WHERE username_key = ?1")?
        .query_row([fold(identifier)], |row| row.get::<_, [u8; 12]>(0))
        .optional()?;
    let found = match by_name {
        Some(id) => Some(id),
        None => db
            .prepare_cached("SELECT id FROM users WHERE email = ?1 AND email <> ''")?
            .query_row([identifier], |row| row.get::<_, [u8; 12]>(0))
            .optional()?,
    };
    let Some(id) = found else { return Ok(None) };
    let credentials = db
        .prepare_cached(BY_ID)?
        .query_row([id], |row| Ok(Credentials { user: user(row)?, password_hash: row.get(7)? }))?;
    Ok(Some(credentials))
}

/// A row of id, username, name, picture and time last seen.
pub(super) fn profile(row: &Row<'_>) -> rusqlite::Result<Profile> {
    Ok(Profile {
        user: UserRef {
            id: UserId::from_bytes(row.get(0)?),
            username: row.get(1)?,
            name: row.get(2)?,
            profile_image: row.get(3)?,
        },
        last_seen: row.get::<_, Option<_>>(4)?.map(Timestamp::from_millis),
    })
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { profile: profile(row)?, email: row.get(5)?, created_at: Timestamp::from_millis(row.get(6)?) })
}
