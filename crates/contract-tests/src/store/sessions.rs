//! Laws of [`SessionStore`](natter_domain::ports::store::SessionStore).

use std::time::Duration;

use natter_domain::id::{SessionId, UserId};
use natter_domain::ports::store::{NewSession, Rotate, Rotation, Stores};
use natter_domain::session::{Bearer, Revocation, RevocationScope};

use super::samples::{at, at_once, people, someone};

const MONTH: i64 = 30 * 24 * 3_600_000;

async fn login(stores: &Stores, user: UserId, refresh: u8, millis: i64) -> SessionId {
    let id = SessionId::generate(at(millis));
    let expires_at = at(millis + MONTH);
    let new = NewSession { id, user, refresh: [refresh; 32], created_at: at(millis), expires_at };
    for _ in 0..2 {
        stores.sessions.create(new.clone()).await.expect("creates, and may be repeated");
    }
    id
}

fn bearer(user: UserId, session: SessionId, own: bool, issued: i64) -> Bearer {
    Bearer { user, session, own, issued_at: at(issued), expires_at: at(issued + 600_000) }
}

async fn is_live(stores: &Stores, bearer: Bearer) -> bool {
    let live = stores.sessions.are_live(&[bearer]).await.expect("reads");
    assert_eq!(live.len(), 1);
    live[0]
}

async fn revoke(stores: &Stores, user: UserId, scope: RevocationScope, millis: i64) {
    let revocation = Revocation { user, scope, at: at(millis) };
    for _ in 0..2 {
        stores.sessions.revoke(revocation.clone()).await.expect("revokes, and may be repeated");
    }
}

/// Spends token `presented` for token `successor`, with a grace of 10 s.
fn rotate(presented: u8, successor: u8, millis: i64) -> Rotate {
    Rotate {
        presented: [presented; 32],
        salt: [successor ^ 0xff; 32],
        successor: [successor; 32],
        expires_at: at(millis + MONTH),
        now: at(millis),
        grace: Duration::from_secs(10),
    }
}

async fn rotated(stores: &Stores, presented: u8, successor: u8, millis: i64) -> Rotation {
    stores.sessions.rotate(rotate(presented, successor, millis)).await.expect("rotates")
}

pub async fn live_until_revoked(stores: &Stores) {
    let [a, b] = people();
    let (one, other) = (login(stores, a, 1, 0).await, login(stores, a, 2, 0).await);
    assert!(is_live(stores, bearer(a, one, true, 0)).await);
    assert!(!is_live(stores, bearer(a, SessionId::generate(at(0)), true, 0)).await, "never made");
    assert!(!is_live(stores, bearer(b, one, true, 0)).await, "somebody else's");
    revoke(stores, a, RevocationScope::Session(one), 5).await;
    assert!(!is_live(stores, bearer(a, one, true, 0)).await);
    assert!(is_live(stores, bearer(a, other, true, 0)).await);
    assert_eq!(rotated(stores, 1, 3, 10).await, Rotation::Refused);
}

pub async fn everything_ends_what_was_there(stores: &Stores) {
    let [a, b] = people();
    let foreign = SessionId::generate(at(0));
    let (one, others) = (login(stores, a, 1, 0).await, login(stores, b, 2, 0).await);
    revoke(stores, a, RevocationScope::Everything, 5_000).await;
    let later = login(stores, a, 3, 6_000).await;
    // A logout that comes late does not take back a later one.
    revoke(stores, a, RevocationScope::Everything, 1_000).await;
    assert!(!is_live(stores, bearer(a, one, true, 0)).await);
    assert!(is_live(stores, bearer(a, later, true, 6_000)).await);
    assert!(is_live(stores, bearer(b, others, true, 0)).await);
    assert!(!is_live(stores, bearer(a, foreign, false, 4_000)).await);
    assert!(is_live(stores, bearer(a, foreign, false, 5_000)).await);
    assert!(is_live(stores, bearer(b, foreign, false, 0)).await);
    assert_eq!(rotated(stores, 1, 4, 7_000).await, Rotation::Refused);
}

pub async fn nothing_lives_when_the_user_is_gone(stores: &Stores) {
    let [a] = people();
    let (one, later) = (login(stores, a, 1, 0).await, login(stores, a, 2, 9_000).await);
    revoke(stores, a, RevocationScope::UserGone, 5_000).await;
    for session in [bearer(a, one, true, 0), bearer(a, later, true, 9_000), bearer(a, one, false, 9_000)] {
        assert!(!is_live(stores, session).await);
    }
}

pub async fn of_other_issuers_are_named_alone(stores: &Stores) {
    let [a] = people();
    let (one, other) = (SessionId::generate(at(0)), SessionId::generate(at(0)));
    assert!(is_live(stores, bearer(a, one, false, 0)).await, "needs not to be made");
    revoke(stores, a, RevocationScope::Session(one), 5).await;
    assert!(!is_live(stores, bearer(a, one, false, 9)).await);
    assert!(is_live(stores, bearer(a, other, false, 0)).await);
}

pub async fn each_of_many_is_told_in_order(stores: &Stores) {
    let [a, b, c] = people();
    let (ended, of_b, of_c) =
        (login(stores, a, 1, 0).await, login(stores, b, 2, 0).await, login(stores, c, 3, 0).await);
    let going = login(stores, a, 4, 0).await;
    let (foreign, foreign_ended) = (SessionId::generate(at(0)), SessionId::generate(at(0)));
    revoke(stores, a, RevocationScope::Session(ended), 5).await;
    revoke(stores, a, RevocationScope::Session(foreign_ended), 5).await;
    revoke(stores, b, RevocationScope::Everything, 5_000).await;
    let asked = [
        (bearer(a, going, true, 0), true),
        (bearer(a, ended, true, 0), false),
        (bearer(b, of_b, true, 0), false),
        (bearer(a, foreign_ended, false, 0), false),
        (bearer(c, of_c, true, 0), true),
        (bearer(b, foreign, false, 4_000), false),
        (bearer(a, foreign, false, 0), true),
        (bearer(a, of_c, true, 0), false),
        (bearer(a, going, true, 0), true),
        (bearer(someone(), SessionId::generate(at(0)), true, 0), false),
    ];
    let (bearers, expected): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
    assert_eq!(stores.sessions.are_live(&bearers).await.expect("reads"), expected);
    assert_eq!(stores.sessions.are_live(&[]).await.expect("reads"), []);
}

pub async fn revocations_are_listed_oldest_first(stores: &Stores) {
    let [a, b] = people();
    let session = login(stores, a, 1, 0).await;
    let revocations = [
        Revocation { user: a, scope: RevocationScope::Session(session), at: at(10) },
        Revocation { user: b, scope: RevocationScope::Everything, at: at(20) },
        Revocation { user: b, scope: RevocationScope::UserGone, at: at(30) },
    ];
    for revocation in revocations.iter().rev() {
        stores.sessions.revoke(revocation.clone()).await.expect("revokes");
    }
    let since = async |millis| stores.sessions.revoked_since(at(millis)).await.expect("reads");
    assert_eq!(since(0).await, revocations);
    assert_eq!(since(20).await, revocations[1..]);
    assert_eq!(since(31).await, []);
}

pub async fn a_refresh_token_works_once(stores: &Stores) {
    let [user] = people();
    let session = login(stores, user, 1, 0).await;
    assert_eq!(rotated(stores, 1, 2, 1_000).await, Rotation::Rotated { user, session });
    assert_eq!(rotated(stores, 2, 3, 2_000).await, Rotation::Rotated { user, session });
    let revocation = Revocation { user, scope: RevocationScope::Session(session), at: at(60_000) };
    assert_eq!(rotated(stores, 1, 4, 60_000).await, Rotation::Reused(revocation.clone()));
    assert!(!is_live(stores, bearer(user, session, true, 2_000)).await);
    // The whole family has ended, and the token that was never given out works no more than others.
    for token in [1, 2, 3, 4] {
        assert_eq!(rotated(stores, token, 5, 61_000).await, Rotation::Refused);
    }
    assert_eq!(stores.sessions.revoked_since(at(60_000)).await.expect("reads"), [revocation]);
}

pub async fn the_first_use_is_repeated_within_the_grace(stores: &Stores) {
    let [user] = people();
    let session = login(stores, user, 1, 0).await;
    rotated(stores, 1, 2, 1_000).await;
    let repeated = Rotation::Repeated { user, session, salt: [2 ^ 0xff; 32] };
    for (successor, millis) in [(3, 1_000), (4, 10_999)] {
        assert_eq!(rotated(stores, 1, successor, millis).await, repeated);
        assert_eq!(rotated(stores, successor, 9, millis).await, Rotation::Refused, "was never given out");
    }
    assert_eq!(rotated(stores, 2, 5, 11_000).await, Rotation::Rotated { user, session });
}

pub async fn a_used_successor_ends_the_grace(stores: &Stores) {
    let [user] = people();
    login(stores, user, 1, 0).await;
    rotated(stores, 1, 2, 1_000).await;
    rotated(stores, 2, 3, 2_000).await;
    assert!(matches!(rotated(stores, 1, 4, 3_000).await, Rotation::Reused(_)));
}

pub async fn unknown_and_expired_tokens_are_refused(stores: &Stores) {
    login(stores, someone(), 1, 0).await;
    assert_eq!(rotated(stores, 7, 8, 0).await, Rotation::Refused);
    assert_eq!(rotated(stores, 1, 2, MONTH + 1).await, Rotation::Refused);
    assert_eq!(rotated(stores, 2, 3, 0).await, Rotation::Refused, "was never given out");
}

pub async fn of_many_rotations_at_once_one_is_the_first(stores: &Stores) {
    let [user] = people();
    let session = login(stores, user, 1, 0).await;
    let results = at_once((2..22).map(|successor| {
        let sessions = stores.sessions.clone();
        async move { (successor, sessions.rotate(rotate(1, successor, 1_000)).await.expect("rotates")) }
    }));
    let results = results.await;
    let first: Vec<_> =
        results.iter().filter(|(_, result)| *result == Rotation::Rotated { user, session }).collect();
    let [(successor, _)] = first.as_slice() else { panic!("one is the first: {results:?}") };
    let repeated = Rotation::Repeated { user, session, salt: [successor ^ 0xff; 32] };
    assert_eq!(results.iter().filter(|(_, result)| *result == repeated).count(), 19);
    assert_eq!(rotated(stores, *successor, 40, 2_000).await, Rotation::Rotated { user, session });
}
