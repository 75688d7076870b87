//! Refresh tokens: each works once.

use natter_domain::session::RevocationScope;

use super::*;

#[tokio::test]
async fn each_token_has_one_successor() {
    let world = World::new();
    let mut signed_in = world.register("ann").await;
    let first = world.bearer(&signed_in.access_token).await;
    for _ in 0..3 {
        world.pass(60_000);
        let next = world.refresh(&signed_in.refresh_token).await.unwrap();
        assert_ne!(next.refresh_token, signed_in.refresh_token);
        assert_ne!(next.access_token, signed_in.access_token);
        assert_eq!(next.user, signed_in.user);
        let bearer = world.bearer(&next.access_token).await;
        assert_eq!((bearer.user, bearer.session), (first.user, first.session));
        assert!(world.check(&next.access_token).await.is_ok());
        signed_in = next;
    }
}

#[tokio::test]
async fn within_the_grace_the_same_successor_is_answered() {
    let world = World::new();
    let parent = world.register("ann").await.refresh_token;
    let first = world.refresh(&parent).await.unwrap();
    world.pass(9_999);
    let second = world.refresh(&parent).await.unwrap();
    assert_eq!(second.refresh_token, first.refresh_token);
    assert!(world.check(&second.access_token).await.is_ok());
    assert!(world.refresh(&first.refresh_token).await.is_ok());
    assert!(world.published().is_empty());
}

#[tokio::test]
async fn a_second_use_ends_the_session_everywhere() {
    for wait in [10_001, 3_600_000] {
        let world = World::new();
        let parent = world.register("ann").await;
        let session = world.bearer(&parent.access_token).await.session;
        let other = world.log_in("ann", PASSWORD).await.unwrap();
        let child = world.refresh(&parent.refresh_token).await.unwrap();
        world.pass(wait);

        let reused = world.refresh(&parent.refresh_token).await;
        assert_eq!(reused, Err(Rejection::InvalidRefreshToken));
        match &*world.published() {
            [DirectoryEvent::SessionsRevoked(revocation)] => {
                assert_eq!(revocation.user, parent.user.profile.user.id);
                assert_eq!(revocation.scope, RevocationScope::Session(session));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(world.refresh(&child.refresh_token).await, Err(Rejection::InvalidRefreshToken));
        assert!(world.refresh(&other.refresh_token).await.is_ok());
    }
}

#[tokio::test]
async fn once_the_successor_was_used_there_is_no_grace() {
    let world = World::new();
    let parent = world.register("ann").await.refresh_token;
    let child = world.refresh(&parent).await.unwrap().refresh_token;
    let grandchild = world.refresh(&child).await.unwrap();
    assert_eq!(world.refresh(&parent).await, Err(Rejection::InvalidRefreshToken));
    assert_eq!(world.check(&grandchild.access_token).await, Err(Rejection::SessionRevoked));
    assert_eq!(world.published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_at_once_all_get_the_one_successor() {
    let world = Arc::new(World::new());
    let parent = world.register("ann").await.refresh_token;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (world, parent) = (world.clone(), parent.clone());
            tokio::spawn(async move { world.refresh(&parent).await.unwrap() })
        })
        .collect();
    let mut successors = Vec::new();
    for task in tasks {
        successors.push(task.await.unwrap());
    }
    let successor = &successors[0].refresh_token;
    assert!(successors.iter().all(|signed_in| signed_in.refresh_token == *successor));
    assert!(world.refresh(successor).await.is_ok());
    assert!(world.published().is_empty());
}

#[tokio::test]
async fn an_expired_or_foreign_one_is_refused_and_ends_nothing() {
    let world = World::new();
    let signed_in = world.register("ann").await;
    let foreign = super::super::refresh_token::RefreshToken::generate().to_string();
    for text in ["", "x", &foreign, &signed_in.access_token, &format!("{} ", signed_in.refresh_token)] {
        assert_eq!(world.refresh(text).await, Err(Rejection::InvalidRefreshToken));
    }
    assert!(world.check(&signed_in.access_token).await.is_ok());
    world.pass(30 * 24 * 3_600_000);
    assert_eq!(world.refresh(&signed_in.refresh_token).await, Err(Rejection::InvalidRefreshToken));
    assert!(world.published().is_empty());
}
