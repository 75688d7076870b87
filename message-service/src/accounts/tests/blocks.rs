//! Blocks, and what they hide.

use natter_domain::command::{
    GetProfile, ListBlocked, ListContacts, ListVisible, RecordLastSeen, SearchProfiles, SetBlock,
};
use natter_domain::ports::store::NewConversation;
use natter_domain::{ConversationId, ConversationKind, Participant, Role};

use super::*;

impl World {
    async fn block(&self, blocker: UserId, blocked: UserId, block: bool) -> Result<(), Rejection> {
        self.accounts.set_block(SetBlock { blocker, blocked, block }).await.map_err(rejection)
    }

    /// A user who was there now.
    async fn seen(&self, username: &str) -> UserId {
        let user = self.external(username).await;
        self.accounts.record_last_seen(RecordLastSeen { user, at: self.now() }).await.unwrap();
        user
    }

    async fn conversation(&self, users: &[UserId]) {
        let at = self.now();
        let new = NewConversation {
            id: ConversationId::generate(at),
            kind: ConversationKind::Group,
            name: Some("all".to_owned()),
            photo: None,
            participants: users
                .iter()
                .map(|user| Participant { user: *user, role: Role::Member, joined_at: at })
                .collect(),
            at,
        };
        self.accounts.stores.conversations.create(new).await.unwrap();
    }

    async fn visible(&self, viewer: UserId, users: &[UserId]) -> Vec<UserId> {
        let command = ListVisible { viewer, users: users.to_vec() };
        let page = self.accounts.list_visible(command).await.unwrap();
        assert!(page.items.iter().all(|profile| profile.last_seen.is_some()));
        page.items.iter().map(|profile| profile.user.id).collect()
    }
}

#[tokio::test]
async fn a_block_is_set_and_taken_back_and_told_even_if_it_was_so() {
    let world = World::new();
    let (ann, bob) = (world.external("ann").await, world.external("bob").await);
    for block in [true, false] {
        for _ in 0..2 {
            assert_eq!(world.block(ann, bob, block).await, Ok(()));
            let told = world.published();
            // It is told once more 2 s later, which a slow machine may see here.
            assert!(!told.is_empty());
            assert!(told.iter().all(|event| *event == DirectoryEvent::BlockChanged(ann, bob)));
            let blocked = ListBlocked { user: ann, page: first_page() };
            let blocked = world.accounts.list_blocked(blocked).await.unwrap();
            assert_eq!(blocked.items.len(), usize::from(block));
        }
    }
}

#[tokio::test]
async fn one_blocks_somebody_else_who_exists() {
    let world = World::new();
    let ann = world.external("ann").await;
    for block in [true, false] {
        assert_eq!(world.block(ann, ann, block).await, Err(Rejection::BlockYourself));
        for nobody in [UserId::NONE, UserId::generate(world.now())] {
            assert_eq!(world.block(ann, nobody, block).await, Err(Rejection::UserNotFound));
        }
    }
    assert!(world.published().is_empty());
}

#[tokio::test]
async fn across_a_block_nobody_sees_when_the_other_was_there() {
    let world = World::new();
    let (ann, bob) = (world.seen("ann").await, world.seen("bob").await);
    let seen =
        async |viewer, user| world.accounts.get_profile(GetProfile { viewer, user }).await.unwrap().last_seen;
    assert!(seen(ann, bob).await.is_some());
    world.block(ann, bob, true).await.unwrap();
    assert_eq!((seen(ann, bob).await, seen(bob, ann).await), (None, None));
    assert!(seen(ann, ann).await.is_some());
    let blocked = ListBlocked { user: ann, page: first_page() };
    let blocked = world.accounts.list_blocked(blocked).await.unwrap();
    assert_eq!((names(&blocked), blocked.items[0].last_seen), (vec!["bob"], None));
    world.block(ann, bob, false).await.unwrap();
    assert!(seen(bob, ann).await.is_some());
}

#[tokio::test]
async fn search_finds_whom_one_blocked_and_not_who_blocked_one() {
    let world = World::new();
    let (ann, bob) = (world.seen("user-ann").await, world.seen("user-bob").await);
    world.block(ann, bob, true).await.unwrap();
    let search = async |viewer| {
        let command = SearchProfiles { viewer, prefix: "user".to_owned(), page: first_page() };
        world.accounts.search_profiles(command).await.unwrap()
    };
    let of_ann = search(ann).await;
    assert_eq!(names(&of_ann), ["user-ann", "user-bob"]);
    assert_eq!(of_ann.items[1].last_seen, None);
    assert_eq!(names(&search(bob).await), ["user-bob"]);
}

#[tokio::test]
async fn contacts_share_a_conversation_and_no_block() {
    let world = World::new();
    let mut users = Vec::new();
    for name in ["ann", "bob", "eve", "dan", "stranger"] {
        users.push(world.seen(name).await);
    }
    users.sort();
    let [ann, bob, eve, dan, stranger] = users[..] else { panic!("five") };
    let after = async |user, after| {
        let contacts = world.accounts.list_contacts(ListContacts { user, after }).await.unwrap();
        assert!(!contacts.more);
        contacts.users
    };
    let contacts = async |user| after(user, None).await;
    assert!(contacts(ann).await.is_empty());
    world.conversation(&[ann, bob, eve, dan]).await;
    assert_eq!(contacts(ann).await, [bob, eve, dan]);
    assert_eq!(after(ann, Some(bob)).await, [eve, dan]);
    assert!(after(ann, Some(dan)).await.is_empty());
    world.block(ann, bob, true).await.unwrap();
    world.block(eve, ann, true).await.unwrap();
    assert_eq!(contacts(ann).await, [dan]);
    assert_eq!(contacts(bob).await, [eve, dan]);

    let mut visible = world.visible(ann, &[stranger, bob, eve, dan, UserId::NONE]).await;
    visible.sort();
    assert_eq!(visible, [dan, stranger]);
}
