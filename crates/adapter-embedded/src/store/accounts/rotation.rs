//! Refresh tokens: each works once.

use natter_domain::id::{SessionId, UserId};
use natter_domain::ports::store::{Rotate, Rotation, TokenHash};
use natter_domain::session::{Revocation, RevocationScope};
use natter_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::fault::Fault;
use super::sessions;

/// Keeps a token that was not used yet.
pub(super) fn issue(
    db: &Connection,
    hash: &TokenHash,
    session: SessionId,
    expires_at: i64,
) -> Result<(), Fault> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO refresh_tokens (hash, session, expires_at) VALUES (?1, ?2, ?3)",
    )?
    .execute((hash, session.bytes(), expires_at))?;
    Ok(())
}

/// A token whose session goes on.
struct Token {
    session: SessionId,
    user: UserId,
    expires_at: Timestamp,
    first_use: Option<FirstUse>,
}

struct FirstUse {
    at: Timestamp,
    salt: [u8; 32],
    successor: TokenHash,
}

impl Token {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let first_use = match (row.get::<_, Option<i64>>(3)?, row.get(4)?, row.get(5)?) {
            (Some(at), Some(salt), Some(successor)) => {
                Some(FirstUse { at: Timestamp::from_millis(at), salt, successor })
            }
            _ => None,
        };
        Ok(Self {
            session: SessionId::from_bytes(row.get(0)?),
            user: UserId::from_bytes(row.get(1)?),
            expires_at: Timestamp::from_millis(row.get(2)?),
            first_use,
        })
    }
}

pub(super) fn rotate(db: &Connection, rotate: &Rotate) -> Result<Rotation, Fault> {
    let token = db
        .prepare_cached(
            "SELECT s.id, s.user, t.expires_at, t.used_at, t.salt, t.successor \
             FROM refresh_tokens t JOIN sessions s ON s.id = t.session \
             WHERE t.hash = ?1 AND NOT s.revoked",
        )?
        .query_row([&rotate.presented], Token::read)
        .optional()?;
    let Some(Token { session, user, expires_at, first_use }) = token else { return Ok(Rotation::Refused) };
    if expires_at <= rotate.now {
        return Ok(Rotation::Refused);
    }
    let Some(first) = first_use else {
        spend(db, session, rotate)?;
        return Ok(Rotation::Rotated { user, session });
    };
    if rotate.now.since(first.at) < rotate.grace && !is_used(db, &first.successor)? {
        return Ok(Rotation::Repeated { user, session, salt: first.salt });
    }
    let revocation = Revocation { user, scope: RevocationScope::Session(session), at: rotate.now };
    sessions::revoke(db, &revocation)?;
    Ok(Rotation::Reused(revocation))
}

fn spend(db: &Connection, session: SessionId, rotate: &Rotate) -> Result<(), Fault> {
    let expires_at = rotate.expires_at.millis();
    db.prepare_cached("UPDATE refresh_tokens SET used_at = ?2, salt = ?3, successor = ?4 WHERE hash = ?1")?
        .execute((&rotate.presented, rotate.now.millis(), &rotate.salt, &rotate.successor))?;
    issue(db, &rotate.successor, session, expires_at)?;
    db.prepare_cached("UPDATE sessions SET expires_at = max(expires_at, ?2) WHERE id = ?1")?
        .execute((session.bytes(), expires_at))?;
    Ok(())
}

fn is_used(db: &Connection, hash: &TokenHash) -> Result<bool, Fault> {
    Ok(db
        .prepare_cached("SELECT 1 FROM refresh_tokens WHERE hash = ?1 AND used_at IS NOT NULL")?
        .exists([hash])?)
}
