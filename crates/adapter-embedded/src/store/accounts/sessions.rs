//! Sessions and their ends.

use async_trait::async_trait;
use natter_domain::id::{SessionId, UserId};
use natter_domain::ports::store::{NewSession, Rotate, Rotation, SessionStore, StoreError};
use natter_domain::session::{Bearer, Revocation, RevocationScope};
use natter_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::SqliteStore;
use super::super::fault::Fault;
use super::rotation;

/// How long what has ended is remembered, in milliseconds: a day.
const REMEMBERED: i64 = 24 * 60 * 60 * 1_000;
/// Most revocations in an answer.
const REVOCATIONS: i64 = 1_000;

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create(&self, new: NewSession) -> Result<(), StoreError> {
        self.engine.write(move |unit| create(unit, &new)).await
    }

    async fn rotate(&self, rotate: Rotate) -> Result<Rotation, StoreError> {
        self.engine.write(move |unit| rotation::rotate(unit, &rotate)).await
    }

    async fn revoke(&self, revocation: Revocation) -> Result<(), StoreError> {
        self.engine.write(move |unit| revoke(unit, &revocation)).await
    }

    async fn are_live(&self, bearers: &[Bearer]) -> Result<Vec<bool>, StoreError> {
        let bearers = bearers.to_vec();
        self.engine.read(move |db| bearers.iter().map(|bearer| is_live(db, bearer)).collect()).await
    }

    async fn revoked_since(&self, since: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        self.engine
            .read(move |db| {
                // By revocations_by_time.
                db.prepare_cached(
                    "SELECT user, scope, session, at FROM revocations WHERE at >= ?1 \
                     ORDER BY at, number LIMIT ?2",
                )?
                .query_and_then((since.millis(), REVOCATIONS), revocation)?
                .collect()
            })
            .await
    }
}

fn create(db: &Connection, new: &NewSession) -> Result<(), Fault> {
    let expires_at = new.expires_at.millis();
    db.prepare_cached(
        "INSERT OR IGNORE INTO sessions (id, user, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((new.id.bytes(), new.user.bytes(), new.created_at.millis(), expires_at))?;
    rotation::issue(db, &new.refresh, new.id, expires_at)?;
    forget_expired(db, new.created_at.millis() - REMEMBERED)
}

/// A few at each login, which keeps up: each login brings one session. By the indexes on expiry.
fn forget_expired(db: &Connection, before: i64) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM refresh_tokens WHERE hash IN \
         (SELECT hash FROM refresh_tokens WHERE expires_at < ?1 LIMIT 100)",
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?1 LIMIT 10)",
    ] {
        db.prepare_cached(sql)?.execute([before])?;
    }
    Ok(())
}

pub(super) fn revoke(db: &Connection, revocation: &Revocation) -> Result<(), Fault> {
    let (user, at) = (revocation.user.bytes(), revocation.at.millis());
    let (scope, session) = match &revocation.scope {
        RevocationScope::Session(id) => {
            let ours =
                db.prepare_cached("UPDATE sessions SET revoked = 1 WHERE id = ?1")?.execute([id.bytes()])?;
            if ours == 0 {
                db.prepare_cached("INSERT OR IGNORE INTO foreign_logouts (session) VALUES (?1)")?
                    .execute([id.bytes()])?;
            }
            (0, Some(id.bytes()))
        }
        RevocationScope::Everything => (1, None),
        RevocationScope::UserGone => (2, None),
    };
    if scope > 0 {
        // By sessions_by_user.
        db.prepare_cached("UPDATE sessions SET revoked = 1 WHERE user = ?1 AND (created_at <= ?2 OR ?3)")?
            .execute((user, at, scope == 2))?;
        db.prepare_cached(
            "INSERT INTO user_logouts (user, at, gone) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET at = max(at, excluded.at), gone = max(gone, excluded.gone)",
        )?
        .execute((user, at, scope == 2))?;
    }
    db.prepare_cached("INSERT INTO revocations (at, user, scope, session) VALUES (?1, ?2, ?3, ?4)")?
        .execute((at, user, scope, session))?;
    db.prepare_cached("DELETE FROM revocations WHERE at < ?1")?.execute([at - REMEMBERED])?;
    Ok(())
}

fn is_live(db: &Connection, bearer: &Bearer) -> Result<bool, Fault> {
    let logout: Option<(i64, bool)> = db
        .prepare_cached("SELECT at, gone FROM user_logouts WHERE user = ?1")?
        .query_row([bearer.user.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if logout.is_some_and(|(_, gone)| gone) {
        return Ok(false);
    }
    if bearer.own {
        // A session that was made after a logout everywhere is live however old its token looks:
        // `iat` has whole seconds only, so a login right after the logout seems to be before it.
        let live = db
            .prepare_cached("SELECT NOT revoked FROM sessions WHERE id = ?1 AND user = ?2")?
            .query_row((bearer.session.bytes(), bearer.user.bytes()), |row| row.get(0))
            .optional()?;
        return Ok(live.unwrap_or(false));
    }
    if logout.is_some_and(|(at, _)| bearer.issued_at.millis() < at) {
        return Ok(false);
    }
    let ended = db
        .prepare_cached("SELECT 1 FROM foreign_logouts WHERE session = ?1")?
        .exists([bearer.session.bytes()])?;
    Ok(!ended)
}

fn revocation(row: &Row<'_>) -> Result<Revocation, Fault> {
    let scope = match (row.get::<_, i64>(1)?, row.get::<_, Option<[u8; 12]>>(2)?) {
        (0, Some(id)) => RevocationScope::Session(SessionId::from_bytes(id)),
        (1, _) => RevocationScope::Everything,
        (2, _) => RevocationScope::UserGone,
        _ => return Err(Fault::Malformed("revocation")),
    };
    Ok(Revocation { user: UserId::from_bytes(row.get(0)?), scope, at: Timestamp::from_millis(row.get(3)?) })
}
