//! Refresh tokens: each works once.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, doc};
use natter_domain::id::{SessionId, UserId};
use natter_domain::ports::store::{Rotate, Rotation, TokenHash};
use natter_domain::session::{Revocation, RevocationScope};
use natter_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::logouts;
use super::sessions::{self, purge_at};
use crate::fault::{Fault, unless_taken, within};
use crate::schema::Collections;
use crate::values::{Id as _, date, timestamp};

/// A token as stored, by its hash.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenDocument {
    #[serde(rename = "_id")]
    hash: Binary,
    session_id: ObjectId,
    expires_at: DateTime,
    /// When MongoDB may delete it.
    purge_at: DateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_use: Option<FirstUse>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstUse {
    at: DateTime,
    salt: Binary,
    successor: Binary,
    successor_expires_at: DateTime,
}

fn binary(bytes: &[u8; 32]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

fn bytes(binary: &Binary) -> Result<[u8; 32], Fault> {
    binary.bytes.as_slice().try_into().map_err(|_| Fault::Malformed("token"))
}

/// Keeps a token that was not used yet, unless it is there.
pub(super) async fn issue(
    collections: &Collections,
    hash: &TokenHash,
    session: SessionId,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let token = TokenDocument {
        hash: binary(hash),
        session_id: session.oid(),
        expires_at: date(expires_at),
        purge_at: purge_at(expires_at),
        first_use: None,
    };
    unless_taken(within(collections.refresh_tokens.insert_one(token)).await)?;
    Ok(())
}

pub(super) async fn rotate(collections: &Collections, rotate: &Rotate) -> Result<Rotation, Fault> {
    // A second look is after a first use that another one was faster with; there is no third.
    for _ in 0..2 {
        let Some(token) = find(collections, &rotate.presented).await? else { return Ok(Rotation::Refused) };
        let id = SessionId::of(token.session_id);
        let session = sessions::find(collections, id).await?.filter(|session| !session.revoked);
        let Some(user) = session.map(|session| UserId::of(session.user_id)) else {
            return Ok(Rotation::Refused);
        };
        if timestamp(token.expires_at) <= rotate.now {
            return Ok(Rotation::Refused);
        }
        match token.first_use {
            Some(first) => return again(collections, rotate, user, id, &first).await,
            None if spend(collections, rotate, id).await? => {
                return Ok(Rotation::Rotated { user, session: id });
            }
            None => {}
        }
    }
    Err(Fault::Contended)
}

/// Notes the first use; `false` if somebody has been faster.
async fn spend(collections: &Collections, rotate: &Rotate, session: SessionId) -> Result<bool, Fault> {
    let unused = doc! { "_id": binary(&rotate.presented), "firstUse": { "$exists": false } };
    let first_use = doc! {
        "at": date(rotate.now),
        "salt": binary(&rotate.salt),
        "successor": binary(&rotate.successor),
        "successorExpiresAt": date(rotate.expires_at),
    };
    let spent = doc! { "$set": { "firstUse": first_use } };
    if within(collections.refresh_tokens.find_one_and_update(unused, spent)).await?.is_none() {
        return Ok(false);
    }
    succeed(collections, &rotate.successor, session, rotate.expires_at).await?;
    Ok(true)
}

/// Makes the successor good. Where this is not reached, the token's repetition does it.
async fn succeed(
    collections: &Collections,
    successor: &TokenHash,
    session: SessionId,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let later = doc! { "$max": { "purgeAt": purge_at(expires_at) } };
    within(collections.sessions.update_one(doc! { "_id": session.oid() }, later)).await?;
    issue(collections, successor, session, expires_at).await
}

/// What comes of a token that was used before.
async fn again(
    collections: &Collections,
    rotate: &Rotate,
    user: UserId,
    session: SessionId,
    first: &FirstUse,
) -> Result<Rotation, Fault> {
    let successor = bytes(&first.successor)?;
    let in_grace = rotate.now.since(timestamp(first.at)) < rotate.grace;
    let used = async || {
        let token = find(collections, &successor).await?;
        Ok::<_, Fault>(token.is_some_and(|token| token.first_use.is_some()))
    };
    if in_grace && !used().await? {
        succeed(collections, &successor, session, timestamp(first.successor_expires_at)).await?;
        return Ok(Rotation::Repeated { user, session, salt: bytes(&first.salt)? });
    }
    let revocation = Revocation { user, scope: RevocationScope::Session(session), at: rotate.now };
    logouts::revoke(collections, &revocation).await?;
    Ok(Rotation::Reused(revocation))
}

async fn find(collections: &Collections, hash: &TokenHash) -> Result<Option<TokenDocument>, Fault> {
    within(collections.refresh_tokens.find_one(doc! { "_id": binary(hash) })).await
}
