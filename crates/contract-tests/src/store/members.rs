//! Laws of [`ConversationStore`](natter_domain::ports::store::ConversationStore): who takes part.

use std::collections::BTreeSet;

use natter_domain::conversation::{Conversation, ConversationKind, MAX_MEMBERS, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::Head;
use natter_domain::ports::store::{BlockRelation, ParticipantRemoval, Stores};

use super::samples::{at, at_once, group, new_conversation, people, send, someone};

async fn get(stores: &Stores, id: ConversationId) -> Conversation {
    stores.conversations.get(id).await.expect("reads").expect("is there")
}

async fn members(stores: &Stores, id: ConversationId) -> Vec<(UserId, Role)> {
    get(stores, id).await.participants.into_iter().map(|it| (it.user, it.role)).collect()
}

async fn remove(stores: &Stores, id: ConversationId, user: UserId) -> ParticipantRemoval {
    stores.conversations.remove(id, user, at(9)).await.expect("removes")
}

fn gone(heir: Option<UserId>) -> ParticipantRemoval {
    ParticipantRemoval::Removed { heir, emptied: false }
}

pub async fn are_added_once_at_the_end(stores: &Stores) {
    let [a, b, c, d] = people();
    let id = group(stores, &[a, b]).await;
    let before = get(stores, id).await;
    let nobody = stores.conversations.add(id, &[b, a, b], at(5)).await.expect("adds");
    assert_eq!(nobody, Some((before, vec![])));
    let (conversation, new) =
        stores.conversations.add(id, &[d, a, c, d], at(6)).await.expect("adds").expect("is there");
    assert_eq!(new, [d, c]);
    let expected = [(a, Role::Admin), (b, Role::Member), (d, Role::Member), (c, Role::Member)];
    assert_eq!(members(stores, id).await, expected);
    assert_eq!(conversation, get(stores, id).await);
    assert_eq!((conversation.updated_at, conversation.participants[2].joined_at), (at(6), at(6)));

    let mut contacts = stores.conversations.contacts(a).await.expect("reads");
    contacts.sort();
    assert_eq!(contacts, BTreeSet::from([b, c, d]).into_iter().collect::<Vec<_>>());
    assert_eq!(stores.conversations.contacts(someone()).await.expect("reads"), []);
    let nowhere = ConversationId::generate(at(0));
    assert_eq!(stores.conversations.add(nowhere, &[a], at(5)).await.expect("answers"), None);
}

pub async fn are_told_to_each_of_many_who_ask_at_once(stores: &Stores) {
    let people: [UserId; 40] = people();
    let mut made = Vec::new();
    for (place, pair) in people.windows(2).enumerate() {
        let id = group(stores, pair).await;
        for _ in 0..place % 3 {
            send(stores, id, pair[0], "hello").await;
        }
        if place % 2 == 0 {
            stores.blocks.set(pair[1], pair[0], true, at(1)).await.expect("blocks");
        }
        made.push(id);
    }
    let asked = people.windows(2).zip(&made).enumerate().map(|(place, (pair, id))| async move {
        assert_eq!(members(stores, *id).await, [(pair[0], Role::Admin), (pair[1], Role::Member)]);
        let end = (place % 3) as u64;
        assert_eq!(stores.timeline.head(*id).await.expect("reads"), Head { rev: end, seq: end });
        let relation = stores.blocks.between(pair[0], pair[1]).await.expect("reads");
        assert_eq!(relation, BlockRelation { by_user: false, by_other: place % 2 == 0 });
        let mut contacts = stores.conversations.contacts(pair[1]).await.expect("reads");
        contacts.sort();
        let mut expected = vec![pair[0]];
        expected.extend(people.get(place + 2));
        expected.sort();
        assert_eq!(contacts, expected);
        assert_eq!(stores.conversations.get(ConversationId::generate(at(0))).await.expect("reads"), None);
    });
    futures::future::join_all(asked).await;
}

pub async fn start_with_everything_read(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b]).await;
    for text in ["one", "two"] {
        send(stores, id, a, text).await;
    }
    stores.conversations.add(id, &[c], at(5)).await.expect("adds");
    assert_eq!(stores.conversations.listed(id, c).await.expect("reads").expect("is there").unread, 0);
    send(stores, id, a, "three").await;
    assert_eq!(stores.conversations.listed(id, c).await.expect("reads").expect("is there").unread, 1);
    // Whoever comes back starts again.
    remove(stores, id, b).await;
    stores.conversations.add(id, &[b], at(6)).await.expect("adds");
    assert_eq!(stores.conversations.listed(id, b).await.expect("reads").expect("is there").unread, 0);
}

pub async fn have_a_bound(stores: &Stores) {
    let users: Vec<_> = (0..MAX_MEMBERS - 1).map(|_| someone()).collect();
    let id = group(stores, &users).await;
    let refused = stores.conversations.add(id, &[someone(), someone()], at(5)).await.expect("answers");
    assert_eq!(refused, None);
    // Those who are in it already do not count.
    let full = stores.conversations.add(id, &[someone(), users[0]], at(5)).await.expect("adds");
    assert_eq!(full.expect("fits").0.participants.len(), MAX_MEMBERS);
    assert_eq!(stores.conversations.add(id, &[someone()], at(6)).await.expect("answers"), None);
}

pub async fn have_a_bound_when_many_are_added_at_once(stores: &Stores) {
    let users: Vec<_> = (0..MAX_MEMBERS - 12).map(|_| someone()).collect();
    let id = group(stores, &users).await;
    let added = at_once((0..10).map(|_| {
        let conversations = stores.conversations.clone();
        async move { conversations.add(id, &people::<3>(), at(5)).await.expect("answers") }
    }));
    let added = added.await;
    assert_eq!(added.iter().filter(|added| added.is_some()).count(), 4);
    assert_eq!(get(stores, id).await.participants.len(), MAX_MEMBERS);
}

pub async fn leave(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b, c]).await;
    assert_eq!(remove(stores, id, someone()).await, ParticipantRemoval::Absent);
    assert_eq!(remove(stores, id, b).await, gone(None));
    assert_eq!(remove(stores, id, b).await, ParticipantRemoval::Absent);
    assert_eq!(members(stores, id).await, [(a, Role::Admin), (c, Role::Member)]);
    assert_eq!(get(stores, id).await.updated_at, at(9));
    assert_eq!(stores.conversations.ids_of(b).await.expect("reads"), []);
    assert_eq!(stores.conversations.contacts(a).await.expect("reads"), [c]);
    assert_eq!(remove(stores, ConversationId::generate(at(0)), a).await, ParticipantRemoval::Absent);
}

pub async fn the_last_admin_has_an_heir(stores: &Stores) {
    let [a, b, c, d] = people();
    let id = group(stores, &[a, b, c]).await;
    stores.conversations.add(id, &[d], at(5)).await.expect("adds");
    stores.conversations.set_role(id, c, Role::Admin, at(5)).await.expect("sets").expect("is there");
    assert_eq!(remove(stores, id, a).await, gone(None), "there is another one");
    assert_eq!(remove(stores, id, c).await, gone(Some(b)), "longer in it than the other");
    assert_eq!(members(stores, id).await, [(b, Role::Admin), (d, Role::Member)]);
}

pub async fn the_last_one_out_deletes_it(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    assert_eq!(remove(stores, id, a).await, gone(Some(b)));
    let emptied = ParticipantRemoval::Removed { heir: None, emptied: true };
    assert_eq!(remove(stores, id, b).await, emptied);
    assert_eq!(stores.conversations.get(id).await.expect("reads"), None);
}

pub async fn somebody_is_admin_when_all_leave_at_once(stores: &Stores) {
    let users: [_; 12] = people();
    let id = group(stores, &users).await;
    let leaving = at_once(users[..11].iter().map(|user| {
        let (conversations, user) = (stores.conversations.clone(), *user);
        async move { conversations.remove(id, user, at(9)).await.expect("removes") }
    }));
    leaving.await;
    assert_eq!(members(stores, id).await, [(users[11], Role::Admin)]);
}

pub async fn roles_change_but_never_the_last_admin(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    let set = async |user, role| stores.conversations.set_role(id, user, role, at(7)).await.expect("answers");
    assert_eq!(set(a, Role::Member).await, None);
    assert_eq!(set(someone(), Role::Admin).await, None);
    let changed = set(b, Role::Admin).await.expect("changes");
    assert_eq!((changed.participants[1].role, changed.updated_at), (Role::Admin, at(7)));
    assert!(set(b, Role::Admin).await.is_some(), "may be repeated");
    assert!(set(a, Role::Member).await.is_some());
    assert_eq!(members(stores, id).await, [(a, Role::Member), (b, Role::Admin)]);
    let nowhere = stores.conversations.set_role(ConversationId::generate(at(0)), a, Role::Admin, at(7));
    assert_eq!(nowhere.await.expect("answers"), None);
}

pub async fn somebody_is_admin_when_all_step_down_at_once(stores: &Stores) {
    let users: [_; 8] = people();
    let mut new = new_conversation(ConversationKind::Group, &users, 0);
    new.participants.iter_mut().for_each(|participant| participant.role = Role::Admin);
    let id = stores.conversations.create(new).await.expect("creates").0.id;
    let stepping_down = at_once(users.map(|user| {
        let conversations = stores.conversations.clone();
        async move { conversations.set_role(id, user, Role::Member, at(9)).await.expect("answers") }
    }));
    let refused = stepping_down.await.iter().filter(|outcome| outcome.is_none()).count();
    let admins = members(stores, id).await.iter().filter(|(_, role)| *role == Role::Admin).count();
    assert_eq!((refused, admins), (1, 1));
}
