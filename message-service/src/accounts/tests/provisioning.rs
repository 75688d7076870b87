//! Users of another login service: put by it, or admitted on first sight.

use natter_domain::command::{AdmitUser, GetMe, PutUser};
use natter_domain::user::ProfileChange;

use super::*;

impl World {
    async fn put(&self, user: UserId, change: ProfileChange) -> Result<User, Rejection> {
        self.accounts.put_user(PutUser { user, change, password: None }).await.map_err(rejection)
    }

    async fn put_password(&self, user: UserId, password: &str) -> Result<User, Rejection> {
        let (change, password) = (ProfileChange::default(), Some(password.to_owned()));
        self.accounts.put_user(PutUser { user, change, password }).await.map_err(rejection)
    }

    async fn admit(&self, user: UserId, said: ProfileChange) -> Result<(), Rejection> {
        self.accounts.admit_user(AdmitUser { user, said }).await.map_err(rejection)
    }

    async fn me(&self, user: UserId) -> Result<User, Rejection> {
        self.accounts.get_me(GetMe { user }).await.map_err(rejection)
    }

    fn strange(&self) -> UserId {
        UserId::generate(self.now())
    }
}

fn named(username: &str) -> ProfileChange {
    ProfileChange { username: Some(username.to_owned()), ..ProfileChange::default() }
}

fn ada() -> ProfileChange {
    ProfileChange {
        name: Some(" Ada ".to_owned()),
        profile_image: Some(Some("https://a.example/a.png".to_owned())),
        email: Some(" Ada@Example.org ".to_owned()),
        ..named("ada")
    }
}

/// The user that [`ada`] makes.
fn expected(user: UserId, at: Timestamp) -> User {
    let user = UserRef {
        id: user,
        username: "ada".to_owned(),
        name: "Ada".to_owned(),
        profile_image: Some("https://a.example/a.png".to_owned()),
    };
    User { profile: Profile { user, last_seen: None }, email: "ada@example.org".to_owned(), created_at: at }
}

#[tokio::test]
async fn a_put_makes_a_user_once_and_is_told() {
    let world = World::new();
    let (user, made_at) = (world.strange(), world.now());
    for _ in 0..2 {
        assert_eq!(world.put(user, ada()).await, Ok(expected(user, made_at)));
        assert_eq!(world.published(), [DirectoryEvent::UserChanged(user)]);
        world.pass(1_000);
    }
    assert_eq!(world.me(user).await, Ok(expected(user, made_at)));

    let unnamed = world.strange();
    let made = world.put(unnamed, named("bob")).await.unwrap();
    assert_eq!((made.profile.user.name.as_str(), made.email.as_str()), ("bob", ""));
}

#[tokio::test]
async fn a_put_changes_what_it_names_alone() {
    let world = World::new();
    let (user, made_at) = (world.strange(), world.now());
    world.put(user, ada()).await.unwrap();
    assert_eq!(world.put(user, ProfileChange::default()).await, Ok(expected(user, made_at)));
    let change =
        ProfileChange { profile_image: Some(None), email: Some(String::new()), ..ProfileChange::default() };
    let mut bare = expected(user, made_at);
    (bare.profile.user.profile_image, bare.email) = (None, String::new());
    assert_eq!(world.put(user, change).await, Ok(bare));
}

#[tokio::test]
async fn a_password_that_is_put_is_the_one_to_log_in_with() {
    let world = World::new();
    let user = world.strange();
    world.put(user, named("ada")).await.unwrap();
    assert_eq!(world.log_in("ada", PASSWORD).await, Err(Rejection::InvalidCredentials));
    world.put_password(user, PASSWORD).await.unwrap();
    let session = world.log_in("ada", PASSWORD).await.unwrap();
    world.put_password(user, "battery staple").await.unwrap();
    assert_eq!(world.log_in("ada", PASSWORD).await, Err(Rejection::InvalidCredentials));
    assert!(world.log_in("ada", "battery staple").await.is_ok());
    assert!(world.check(&session.access_token).await.is_ok(), "sessions go on");
}

#[tokio::test]
async fn a_put_that_is_faulty_or_taken_does_nothing() {
    let world = World::new();
    let bob = world.strange();
    world
        .put(bob, ProfileChange { email: Some("bob@example.org".to_owned()), ..named("bob") })
        .await
        .unwrap();
    world.published();
    let user = world.strange();
    let image = |url: &str| ProfileChange { profile_image: Some(Some(url.to_owned())), ..named("ada") };
    let email = |email: &str| ProfileChange { email: Some(email.to_owned()), ..named("ada") };
    for (id, change, expected) in [
        (UserId::NONE, ada(), "id"),
        (user, ProfileChange { username: None, ..ada() }, "username"),
        (user, named("a"), "username"),
        (user, ProfileChange { name: Some(" ".to_owned()), ..named("ada") }, "name"),
        (user, image("javascript:alert(1)"), "profileImage"),
        (user, email("ada"), "email"),
    ] {
        match world.put(id, change).await {
            Err(Rejection::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    assert!(matches!(
        world.put_password(bob, "short").await,
        Err(Rejection::Invalid { field, .. }) if field == "password"
    ));
    assert_eq!(world.put(user, named("BOB")).await, Err(Rejection::UsernameTaken));
    assert_eq!(world.put(user, email("Bob@example.org")).await, Err(Rejection::EmailTaken));
    assert_eq!(world.me(user).await, Err(Rejection::UserNotFound));

    // Nor to one who is there.
    world.put(user, ada()).await.unwrap();
    world.published();
    let before = world.me(user).await;
    let change = ProfileChange { name: Some("Other".to_owned()), ..named("Bob") };
    assert_eq!(world.put(user, change).await, Err(Rejection::UsernameTaken));
    assert_eq!(world.me(user).await, before);
    assert!(world.published().is_empty());
}

#[tokio::test]
async fn of_puts_at_once_one_makes_the_user() {
    let world = World::new();
    let (user, made_at) = (world.strange(), world.now());
    let puts = futures::future::join_all((0..20).map(|_| world.put(user, ada()))).await;
    assert!(puts.iter().all(|put| *put == Ok(expected(user, made_at))), "{puts:?}");
}

#[tokio::test]
async fn who_is_admitted_is_as_their_token_says_the_first_time() {
    let world = World::new();
    let (user, made_at) = (world.strange(), world.now());
    world.admit(user, ada()).await.unwrap();
    assert_eq!(world.published(), [DirectoryEvent::UserChanged(user)]);
    world.admit(user, named("other")).await.unwrap();
    assert!(world.published().is_empty());
    assert_eq!(world.me(user).await, Ok(expected(user, made_at)));
    // There is no password to guess.
    for password in ["", PASSWORD] {
        assert_eq!(world.log_in("ada", password).await, Err(Rejection::InvalidCredentials));
    }
    assert_eq!(world.admit(UserId::NONE, ada()).await, Err(Rejection::UserNotFound));
}

#[tokio::test]
async fn who_is_admitted_gets_a_name_that_can_be_had() {
    let world = World::new();
    world.put(world.strange(), ada()).await.unwrap();
    let end = |user: UserId| user.to_string()[18..].to_owned();
    for (said, name) in [
        (named("ADA"), "ADA-"),
        (named("Åda Lovelace"), "da_Lovelace"),
        (named("!"), "user-"),
        (ProfileChange::default(), "user-"),
        (ProfileChange { name: Some("Grace H".to_owned()), ..ProfileChange::default() }, "Grace_H"),
        (ProfileChange { email: Some("mary@example.org".to_owned()), ..ProfileChange::default() }, "mary"),
    ] {
        let user = world.strange();
        world.admit(user, said).await.unwrap();
        let name = if name.ends_with('-') { format!("{name}{}", end(user)) } else { name.to_owned() };
        assert_eq!(world.me(user).await.unwrap().profile.user.username, name);
    }
}

#[tokio::test]
async fn what_a_token_says_is_left_out_where_it_is_faulty_or_taken() {
    let world = World::new();
    world.put(world.strange(), ada()).await.unwrap();
    for email in ["nobody", "ADA@example.org"] {
        let user = world.strange();
        let said = ProfileChange {
            name: Some("x".repeat(1_000)),
            profile_image: Some(Some("javascript:alert(1)".to_owned())),
            email: Some(email.to_owned()),
            ..named(&format!("eve.{}", email.len()))
        };
        world.admit(user, said).await.unwrap();
        let made = world.me(user).await.unwrap();
        let shown = made.profile.user;
        assert_eq!((shown.name, shown.profile_image, made.email), (shown.username, None, String::new()));
    }
}

#[tokio::test]
async fn of_admissions_at_once_one_makes_the_user() {
    let world = World::new();
    let user = world.strange();
    let admissions = futures::future::join_all((0..20).map(|_| world.admit(user, ada()))).await;
    assert!(admissions.iter().all(Result::is_ok), "{admissions:?}");
    assert_eq!(world.me(user).await.unwrap().profile.user.username, "ada");

    let others: Vec<_> = (0..20).map(|_| world.strange()).collect();
    let admissions = others.iter().map(|user| world.admit(*user, named("bob")));
    assert!(futures::future::join_all(admissions).await.iter().all(Result::is_ok));
    let mut names = std::collections::HashSet::new();
    for user in others {
        names.insert(world.me(user).await.unwrap().profile.user.username);
    }
    assert_eq!(names.len(), 20);
    assert!(names.contains("bob"));
}
