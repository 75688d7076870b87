//! Making accounts.

use futures::future::join_all;

use super::*;

#[tokio::test]
async fn makes_an_account_and_a_session() {
    let world = World::new();
    let command = Register { name: Some(" Ann B ".to_owned()), ..registration("Ann") };
    let command = Register { email: " Ann@Example.ORG".to_owned(), ..command };
    let signed_in = world.accounts.register(command).await.unwrap();
    let user = &signed_in.user;
    assert_eq!((&*user.profile.user.username, &*user.profile.user.name), ("Ann", "Ann B"));
    assert_eq!((&*user.email, user.created_at), ("ann@example.org", world.now()));
    assert_eq!(signed_in.expires_in, Duration::from_secs(600));

    let bearer = world.bearer(&signed_in.access_token).await;
    assert!(bearer.own && bearer.user == user.profile.user.id);
    assert_eq!(world.check(&signed_in.access_token).await, Ok(user.profile.user.clone()));
}

#[tokio::test]
async fn once_more_is_no_other_account() {
    let world = World::new();
    let command = registration("ann");
    let first = world.accounts.register(command.clone()).await.unwrap();
    let again = world.accounts.register(command).await.unwrap();
    assert_eq!(again.user, first.user);
    assert_ne!(again.refresh_token, first.refresh_token);
    assert_eq!(world.check(&again.access_token).await, Ok(first.user.profile.user));
}

#[tokio::test]
async fn the_name_is_the_username_where_there_is_none() {
    let world = World::new();
    assert_eq!(world.register("ann").await.user.profile.user.name, "ann");
}

#[tokio::test]
async fn names_and_addresses_are_unique_whatever_their_case() {
    let world = World::new();
    world.register("ann").await;
    let cases = [
        (registration("ANN"), Rejection::UsernameTaken),
        (Register { email: "new@example.org".to_owned(), ..registration("Ann") }, Rejection::UsernameTaken),
        (Register { email: "ANN@example.org".to_owned(), ..registration("bob") }, Rejection::EmailTaken),
    ];
    for (command, expected) in cases {
        assert_eq!(world.accounts.register(command).await.map_err(rejection), Err(expected));
    }
}

#[tokio::test]
async fn one_of_many_at_once_gets_the_name() {
    let world = World::new();
    let results = join_all((0..20).map(|number| {
        let email = format!("ann{number}@example.org");
        world.accounts.register(Register { email, ..registration("ann") })
    }))
    .await;
    let taken =
        |result: &Result<_, _>| matches!(result, Err(ServiceError::Rejected(Rejection::UsernameTaken)));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| taken(result)).count(), 19);
}

#[tokio::test]
async fn faulty_fields_are_named_and_nothing_is_made() {
    let world = World::new();
    let good = || registration("ann");
    let cases = [
        (Register { username: "a".to_owned(), ..good() }, "username"),
        (Register { email: "ann".to_owned(), ..good() }, "email"),
        (Register { password: "short".to_owned(), ..good() }, "password"),
        (Register { password: "x".repeat(1_000_000), ..good() }, "password"),
        (Register { name: Some(" ".to_owned()), ..good() }, "name"),
    ];
    for (command, expected) in cases {
        match world.accounts.register(command).await.map_err(rejection) {
            Err(Rejection::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    world.register("ann").await;
}
