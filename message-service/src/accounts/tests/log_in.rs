//! Logging in.

use std::num::NonZeroU16;
use std::pin::pin;
use std::sync::mpsc::channel;

use super::*;

#[tokio::test]
async fn takes_name_or_address_in_any_case() {
    let world = World::new();
    let ann = world.register("Ann").await.user;
    for identifier in ["Ann", "ann", " ANN ", "ann@example.org", "Ann@Example.ORG"] {
        let signed_in = world.log_in(identifier, PASSWORD).await.unwrap();
        assert_eq!(signed_in.user, ann, "{identifier}");
        assert!(world.check(&signed_in.access_token).await.is_ok());
    }
}

#[tokio::test]
async fn every_wrong_way_has_the_same_answer() {
    let world = World::new();
    world.register("ann").await;
    world.external("eve").await;
    let long = "x".repeat(1_000_000);
    let cases = [
        ("ann", "wrong horse"),
        ("ann", ""),
        ("ann", &long),
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("eve", ""),
        ("eve", PASSWORD),
        ("", ""),
        ("' OR 1=1 --", PASSWORD),
        (&long, PASSWORD),
    ];
    for (identifier, password) in cases {
        assert_eq!(world.log_in(identifier, password).await, Err(Rejection::InvalidCredentials));
    }
}

/// That one costs as much as the other, `passwords.rs` holds; here, that nobody is spared it: while no
/// password can be checked, nobody has an answer.
#[tokio::test]
async fn an_unknown_user_costs_a_check_of_the_password_as_a_known_one_does() {
    let settings =
        AccountSettings { hashes_at_once: NonZeroU16::MIN, hashes_waiting: 0, ..AccountSettings::default() };
    let world = World::with(settings);
    world.register("ann").await;
    world.external("eve").await;
    let (go, held) = channel::<()>();
    let mut busy = pin!(world.accounts.passwords.pool.run(move || held.recv()));
    assert!(futures::poll!(busy.as_mut()).is_pending());
    for identifier in ["ann", "nobody", "eve"] {
        let answer = world.log_in(identifier, "wrong horse").await;
        assert!(matches!(answer, Err(Rejection::RateLimited { .. })), "{identifier}");
    }
    drop(go);
    assert!(busy.await.is_ok());
    for identifier in ["ann", "nobody", "eve"] {
        assert_eq!(world.log_in(identifier, "wrong horse").await, Err(Rejection::InvalidCredentials));
    }
}

#[tokio::test]
async fn the_first_login_with_a_bcrypt_hash_hashes_it_anew() {
    let world = World::new();
    let hash = async || {
        let found = world.accounts.stores.users.by_identifier("eve").await.unwrap();
        found.unwrap().password_hash
    };
    let eve = world.external("eve").await;
    let old = bcrypt::hash(PASSWORD, 4).unwrap();
    world.accounts.stores.users.set_password(eve, None, &old).await.unwrap();
    assert_eq!(world.log_in("eve", "wrong horse").await, Err(Rejection::InvalidCredentials));
    assert_eq!(hash().await, old);
    world.log_in("eve", PASSWORD).await.unwrap();
    let new = hash().await;
    assert!(new.starts_with("$argon2id$"), "{new}");
    world.log_in("eve", PASSWORD).await.unwrap();
    assert_eq!(hash().await, new);
}

#[tokio::test]
async fn attempts_are_limited_for_known_and_unknown_alike() {
    let world = World::new();
    world.register("ann").await;
    for name in ["ann", "nobody"] {
        for _ in 0..10 {
            assert_eq!(world.log_in(name, "wrong horse").await, Err(Rejection::InvalidCredentials));
        }
        let limited = Err(Rejection::RateLimited { retry_after: Duration::from_secs(6) });
        assert_eq!(world.log_in(name, PASSWORD).await, limited);
    }
    // The address is the same account; another account is another.
    assert!(matches!(world.log_in("ann@example.org", PASSWORD).await, Err(Rejection::RateLimited { .. })));
    world.register("bob").await;
    assert!(world.log_in("bob", PASSWORD).await.is_ok());

    world.pass(6_000);
    assert!(world.log_in("ann", PASSWORD).await.is_ok());
    assert_eq!(world.log_in("ann", "wrong horse").await, Err(Rejection::InvalidCredentials));
}

#[tokio::test]
async fn attempts_at_once_are_no_way_around_the_limit() {
    let world = World::new();
    world.register("ann").await;
    let attempts = (0..40).map(|_| world.log_in("ann", "wrong horse"));
    let results = futures::future::join_all(attempts).await;
    let wrong = results.iter().filter(|result| **result == Err(Rejection::InvalidCredentials));
    assert_eq!(wrong.count(), 10);
}
