//! Logging out, and what it does to tokens.

use natter_domain::command::{ListRevocations, LogOut};
use natter_domain::session::{Revocation, RevocationScope};

use super::*;

impl World {
    async fn log_out(&self, access_token: &str, everywhere: bool) {
        let bearer = self.bearer(access_token).await;
        self.accounts.log_out(LogOut { bearer, everywhere }).await.unwrap();
    }

    /// A token without a session of ours, as another issuer with the same secret makes them.
    fn foreign(&self, user: UserId) -> String {
        self.issuer.issue(user, None, self.now()).unwrap().token
    }
}

#[tokio::test]
async fn one_session_ends_and_the_others_go_on() {
    let world = World::new();
    let one = world.register("ann").await;
    let other = world.log_in("ann", PASSWORD).await.unwrap();
    let since = world.now();
    world.log_out(&one.access_token, false).await;

    assert_eq!(world.check(&one.access_token).await, Err(Rejection::SessionRevoked));
    assert_eq!(world.refresh(&one.refresh_token).await, Err(Rejection::InvalidRefreshToken));
    assert!(world.check(&other.access_token).await.is_ok());
    assert!(world.refresh(&other.refresh_token).await.is_ok());

    let bearer = world.bearer(&one.access_token).await;
    let revocation =
        Revocation { user: bearer.user, scope: RevocationScope::Session(bearer.session), at: since };
    assert_eq!(world.published(), [DirectoryEvent::SessionsRevoked(revocation.clone())]);
    let listed = world.accounts.list_revocations(ListRevocations { since }).await.unwrap();
    assert_eq!(listed, [revocation]);
}

#[tokio::test]
async fn everywhere_ends_all_of_the_users_tokens_of_before() {
    let world = World::new();
    let ann = world.register("ann").await;
    let id = ann.user.profile.user.id;
    let other = world.log_in("ann", PASSWORD).await.unwrap();
    let foreign = world.foreign(id);
    let eve = world.register("eve").await;
    world.pass(1);
    world.log_out(&ann.access_token, true).await;
    for token in [&ann.access_token, &other.access_token, &foreign] {
        assert_eq!(world.check(token).await, Err(Rejection::SessionRevoked));
    }
    assert!(world.check(&eve.access_token).await.is_ok());
    assert!(matches!(
        &*world.published(),
        [DirectoryEvent::SessionsRevoked(Revocation { scope: RevocationScope::Everything, .. })]
    ));

    // In the same second, and yet after it.
    world.pass(1);
    let again = world.log_in("ann", PASSWORD).await.unwrap();
    assert!(world.check(&again.access_token).await.is_ok());
    assert!(world.check(&world.foreign(id)).await.is_ok());
}

#[tokio::test]
async fn a_foreign_token_ends_alone() {
    let world = World::new();
    let ann = world.external("ann").await;
    let one = world.foreign(ann);
    world.pass(1_000);
    let other = world.foreign(ann);
    assert!(world.check(&one).await.is_ok());
    world.log_out(&one, false).await;
    assert_eq!(world.check(&one).await, Err(Rejection::SessionRevoked));
    assert!(world.check(&other).await.is_ok());
}

#[tokio::test]
async fn a_bus_that_is_down_does_not_keep_one_logged_in() {
    let world = World::new();
    let ann = world.register("ann").await;
    world.bus.down.store(true, Ordering::SeqCst);
    world.log_out(&ann.access_token, false).await;
    assert_eq!(world.check(&ann.access_token).await, Err(Rejection::SessionRevoked));
}

#[tokio::test]
async fn who_does_not_exist_is_not_found() {
    let world = World::new();
    for user in [UserId::generate(world.now()), UserId::NONE] {
        assert_eq!(world.check(&world.foreign(user)).await, Err(Rejection::UserNotFound));
    }
    let ann = world.external("ann").await;
    let never_opened = SessionId::generate(world.now());
    let token = world.issuer.issue(ann, Some(never_opened), world.now()).unwrap().token;
    assert_eq!(world.check(&token).await, Err(Rejection::SessionRevoked));
}
