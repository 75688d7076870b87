//! Sessions.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use natter_domain::id::{SessionId, UserId};
use natter_domain::ports::store::{NewSession, Rotate, Rotation, SessionStore, StoreError};
use natter_domain::session::{Bearer, Revocation};
use natter_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{logouts, rotation};
use crate::MongoStore;
use crate::fault::{Fault, all, unless_taken, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, timestamp};

/// How long what has ended is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// A session as stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionDocument {
    #[serde(rename = "_id")]
    pub(super) id: ObjectId,
    pub(super) user_id: ObjectId,
    pub(super) created_at: DateTime,
    pub(super) revoked: bool,
    /// When MongoDB may delete it.
    purge_at: DateTime,
}

#[async_trait]
impl SessionStore for MongoStore {
    async fn create(&self, new: NewSession) -> Result<(), StoreError> {
        let session = SessionDocument {
            id: new.id.oid(),
            user_id: new.user.oid(),
            created_at: date(new.created_at),
            revoked: false,
            purge_at: purge_at(new.expires_at),
        };
        // First the session: a token without one is refused.
        unless_taken(within(self.collections().sessions.insert_one(session)).await)?;
        rotation::issue(self.collections(), &new.refresh, new.id, new.expires_at).await?;
        Ok(())
    }

    async fn rotate(&self, rotate: Rotate) -> Result<Rotation, StoreError> {
        Ok(rotation::rotate(self.collections(), &rotate).await?)
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        Ok(logouts::revoke(self.collections(), &revocation).await?)
    }

    async fn are_live(&self, bearers: &[Bearer]) -> Result<Vec<bool>, StoreError> {
        let collections = self.collections();
        let (logouts, own, foreign) = try_join!(
            logouts::latest(collections, bearers),
            own(collections, bearers),
            logouts::foreign(collections, bearers),
        )?;
        let is_live = |bearer: &Bearer| {
            let logout = logouts.get(&bearer.user);
            if logout.is_some_and(|logout| logout.gone) {
                return false;
            }
            if bearer.own {
                // A session that was made after a logout everywhere is live however old its token
                // looks: `iat` has whole seconds only, so a login right after the logout seems to be
                // before it.
                return own.get(&bearer.session).is_some_and(|session| {
                    let before = |at| timestamp(session.created_at) <= at;
                    UserId::of(session.user_id) == bearer.user
                        && !session.revoked
                        && !logout.is_some_and(|logout| before(logout.at))
                });
            }
            logout.is_none_or(|logout| bearer.issued_at >= logout.at) && !foreign.contains(&bearer.session)
        };
        Ok(bearers.iter().map(is_live).collect())
    }

    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        Ok(logouts::since(self.collections(), since).await?)
    }
}

pub(super) async fn find(collections: &Collections, id: SessionId) -> Result<Option<SessionDocument>, Fault> {
    within(collections.sessions.find_one(doc! { "_id": id.oid() })).await
}

/// The sessions of those of the bearers that have one of ours.
async fn own(
    collections: &Collections,
    bearers: &[Bearer],
) -> Result<HashMap<SessionId, SessionDocument>, Fault> {
    let own = bearers.iter().filter(|bearer| bearer.own);
    let ids: Vec<_> = own.map(|bearer| bearer.session.oid()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = all(collections.sessions.find(doc! { "_id": { "$in": ids } })).await?;
    Ok(found.into_iter().map(|session| (SessionId::of(session.id), session)).collect())
}

/// When MongoDB may delete what ends then. It deletes by its own clock, which may not be the
/// caller's: never earlier than a day from now.
pub(super) fn purge_at(end: Timestamp) -> DateTime {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    date(end.max(now).after(REMEMBERED))
}
