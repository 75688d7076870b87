//! One's own profile, and those of others.

use natter_domain::command::{GetMe, GetProfile, RecordLastSeen, SearchProfiles, UpdateMe};
use natter_domain::user::ProfileChange;

use super::*;

impl World {
    async fn update(&self, user: UserId, change: ProfileChange) -> Result<User, Rejection> {
        self.accounts.update_me(UpdateMe { user, change }).await.map_err(rejection)
    }
}

#[tokio::test]
async fn a_change_is_kept_and_told() {
    let world = World::new();
    let ann = world.external("ann").await;
    let change = ProfileChange {
        name: Some(" Ann B ".to_owned()),
        username: Some("Ann.B".to_owned()),
        profile_image: Some(Some("/media/ann.png".to_owned())),
        email: None,
    };
    let updated = world.update(ann, change).await.unwrap();
    let expected = UserRef {
        id: ann,
        username: "Ann.B".to_owned(),
        name: "Ann B".to_owned(),
        profile_image: Some("/media/ann.png".to_owned()),
    };
    assert_eq!(updated.profile.user, expected);
    assert_eq!(world.published(), [DirectoryEvent::UserChanged(ann)]);
    assert_eq!(world.accounts.get_me(GetMe { user: ann }).await.unwrap(), updated);

    let removal = ProfileChange { profile_image: Some(None), ..ProfileChange::default() };
    let updated = world.update(ann, removal).await.unwrap();
    assert_eq!(updated.profile.user, UserRef { profile_image: None, ..expected });
}

#[tokio::test]
async fn no_change_is_none() {
    let world = World::new();
    let ann = world.external("ann").await;
    assert!(world.update(ann, ProfileChange::default()).await.is_ok());
    assert!(world.published().is_empty());
}

#[tokio::test]
async fn faulty_and_taken_fields_are_refused() {
    let world = World::new();
    let ann = world.external("ann").await;
    world.external("bob").await;
    let cases = [
        (ProfileChange { name: Some(" ".to_owned()), ..ProfileChange::default() }, "name"),
        (ProfileChange { username: Some("a b".to_owned()), ..ProfileChange::default() }, "username"),
        (
            ProfileChange {
                profile_image: Some(Some("javascript:alert(1)".to_owned())),
                ..ProfileChange::default()
            },
            "profileImage",
        ),
    ];
    for (change, expected) in cases {
        match world.update(ann, change).await {
            Err(Rejection::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let taken = ProfileChange { username: Some("BOB".to_owned()), ..ProfileChange::default() };
    assert_eq!(world.update(ann, taken).await, Err(Rejection::UsernameTaken));
    let own = ProfileChange { username: Some("ANN".to_owned()), ..ProfileChange::default() };
    assert!(world.update(ann, own.clone()).await.is_ok());
    assert_eq!(world.update(UserId::generate(world.now()), own).await, Err(Rejection::UserNotFound));
}

#[tokio::test]
async fn a_bus_that_is_down_fails_no_change() {
    let world = World::new();
    let ann = world.external("ann").await;
    world.bus.down.store(true, Ordering::SeqCst);
    let change = ProfileChange { name: Some("Ann B".to_owned()), ..ProfileChange::default() };
    assert_eq!(world.update(ann, change).await.unwrap().profile.user.name, "Ann B");
}

#[tokio::test]
async fn others_see_who_one_is_and_when_one_was_there() {
    let world = World::new();
    let (ann, bob) = (world.external("ann").await, world.external("bob").await);
    let at = world.now();
    world.accounts.record_last_seen(RecordLastSeen { user: bob, at }).await.unwrap();
    let earlier = Timestamp::from_millis(at.millis() - 1);
    world.accounts.record_last_seen(RecordLastSeen { user: bob, at: earlier }).await.unwrap();
    let profile = world.accounts.get_profile(GetProfile { viewer: ann, user: bob }).await.unwrap();
    assert_eq!((&*profile.user.username, profile.last_seen), ("bob", Some(at)));

    for user in [UserId::NONE, UserId::generate(at)] {
        let result = world.accounts.get_profile(GetProfile { viewer: ann, user }).await;
        assert_eq!(result.map_err(rejection), Err(Rejection::UserNotFound));
        let result = world.accounts.get_me(GetMe { user }).await;
        assert_eq!(result.map_err(rejection), Err(Rejection::UserNotFound));
    }
}

#[tokio::test]
async fn search_is_by_prefix() {
    let world = World::new();
    let viewer = world.external("zoe").await;
    for name in ["anna", "Annika", "bob"] {
        world.external(name).await;
    }
    for (prefix, expected) in [(" ANN ", &["anna", "Annika"][..]), ("bo", &["bob"]), ("nna", &[]), ("%", &[])]
    {
        let command = SearchProfiles { viewer, prefix: prefix.to_owned(), page: first_page() };
        assert_eq!(names(&world.accounts.search_profiles(command).await.unwrap()), expected, "{prefix}");
    }
}
