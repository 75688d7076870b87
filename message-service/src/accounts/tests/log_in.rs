//! Logging in.

use std::time::Instant;

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

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let world = World::new();
    world.register("ann").await;
    world.external("eve").await;
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..5 {
        for (time, identifier) in shortest.iter_mut().zip(["ann", "nobody", "eve"]) {
            let start = Instant::now();
            assert_eq!(world.log_in(identifier, "wrong horse").await, Err(Rejection::InvalidCredentials));
            *time = start.elapsed().min(*time);
        }
    }
    // Without a hash it would be a small part of it; the margin is for busy machines.
    let [known, unknown, external] = shortest;
    assert!(unknown * 3 > known && external * 3 > known, "{shortest:?}");
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
