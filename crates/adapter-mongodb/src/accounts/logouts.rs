//! Ends of sessions.

use std::collections::{HashMap, HashSet};

use mongodb::bson::{Document, doc};
use natter_domain::id::{SessionId, UserId};
use natter_domain::session::{Bearer, Revocation, RevocationScope};
use natter_domain::time::Timestamp;

use super::sessions::purge_at;
use crate::fault::{Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, timestamp};

/// Most revocations in an answer.
const REVOCATIONS: i64 = 1_000;

/// A user's latest logout everywhere.
pub(super) struct Logout {
    pub(super) at: Timestamp,
    /// The user is no more.
    pub(super) gone: bool,
}

/// Those of the bearers' users who have had one.
pub(super) async fn latest(
    collections: &Collections,
    bearers: &[Bearer],
) -> Result<HashMap<UserId, Logout>, Fault> {
    let users: Vec<_> = bearers.iter().map(|bearer| bearer.user.oid()).collect();
    let found = all(collections.user_logouts.find(doc! { "_id": { "$in": users } })).await?;
    let read = |logout: Document| {
        let user = UserId::of(logout.get_object_id("_id").ok()?);
        let at = timestamp(*logout.get_datetime("at").ok()?);
        Some((user, Logout { at, gone: logout.get_bool("gone").unwrap_or(false) }))
    };
    found.into_iter().map(|logout| read(logout).ok_or(Fault::Malformed("logout"))).collect()
}

/// Those of the bearers' sessions that are of other issuers, and have ended.
pub(super) async fn foreign(
    collections: &Collections,
    bearers: &[Bearer],
) -> Result<HashSet<SessionId>, Fault> {
    let foreign = bearers.iter().filter(|bearer| !bearer.own);
    let ids: Vec<_> = foreign.map(|bearer| bearer.session.oid()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found = all(collections.foreign_logouts.find(doc! { "_id": { "$in": ids } })).await?;
    let read = |logout: Document| Some(SessionId::of(logout.get_object_id("_id").ok()?));
    found.into_iter().map(|logout| read(logout).ok_or(Fault::Malformed("logout"))).collect()
}

/// Ends what is to end, then notes it in the log: whoever follows that finds it ended.
pub(super) async fn revoke(collections: &Collections, revocation: &Revocation) -> Result<(), Fault> {
    let ended = doc! { "$set": { "revoked": true } };
    let (user, at) = (revocation.user.oid(), date(revocation.at));
    let (scope, session) = match &revocation.scope {
        RevocationScope::Session(id) => {
            let ours = within(collections.sessions.update_one(doc! { "_id": id.oid() }, ended)).await?;
            if ours.matched_count == 0 {
                // Kept, since nobody knows when its tokens expire.
                let there = doc! { "_id": id.oid() };
                let note = doc! { "$setOnInsert": { "at": at } };
                within(collections.foreign_logouts.update_one(there, note).upsert(true)).await?;
            }
            ("session", Some(id.oid()))
        }
        RevocationScope::Everything => {
            end_all(collections, revocation, false).await?;
            within(
                collections.sessions.update_many(doc! { "userId": user, "createdAt": { "$lte": at } }, ended),
            )
            .await?;
            ("everything", None)
        }
        RevocationScope::UserGone => {
            end_all(collections, revocation, true).await?;
            within(collections.sessions.update_many(doc! { "userId": user }, ended)).await?;
            ("userGone", None)
        }
    };
    // Its key is all of it, so that a repetition is the same.
    let key = doc! { "userId": user, "scope": scope, "sessionId": session, "at": at };
    let note = doc! { "$setOnInsert": { "at": at, "purgeAt": purge_at(revocation.at) } };
    within(collections.revocations.update_one(doc! { "_id": key }, note).upsert(true)).await?;
    Ok(())
}

/// Notes a logout everywhere, before its sessions are ended: one that is stored too late to be
/// among them is known by its time.
async fn end_all(collections: &Collections, revocation: &Revocation, gone: bool) -> Result<(), Fault> {
    let mut latest = doc! { "$max": { "at": date(revocation.at) } };
    if gone {
        latest.insert("$set", doc! { "gone": true });
    }
    let user = doc! { "_id": revocation.user.oid() };
    within(collections.user_logouts.update_one(user, latest).upsert(true)).await?;
    Ok(())
}

/// By `time`.
pub(super) async fn since(collections: &Collections, since: Timestamp) -> Result<Vec<Revocation>, Fault> {
    let find = collections.revocations.find(doc! { "at": { "$gte": date(since) } });
    let found = all(find.sort(doc! { "at": 1, "_id": 1 }).limit(REVOCATIONS)).await?;
    found.iter().map(read).collect()
}

fn read(revocation: &Document) -> Result<Revocation, Fault> {
    let malformed = |_| Fault::Malformed("revocation");
    let key = revocation.get_document("_id").map_err(malformed)?;
    let scope = match key.get_str("scope").map_err(malformed)? {
        "session" => {
            RevocationScope::Session(SessionId::of(key.get_object_id("sessionId").map_err(malformed)?))
        }
        "everything" => RevocationScope::Everything,
        "userGone" => RevocationScope::UserGone,
        _ => return Err(Fault::Malformed("revocation")),
    };
    Ok(Revocation {
        user: UserId::of(key.get_object_id("userId").map_err(malformed)?),
        scope,
        at: timestamp(*key.get_datetime("at").map_err(malformed)?),
    })
}
