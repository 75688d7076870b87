//! Laws of [`ConversationStore`](natter_domain::ports::store::ConversationStore): making, changing
//! and deleting.

use natter_domain::conversation::{Conversation, ConversationKind};
use natter_domain::id::ConversationId;
use natter_domain::message::Head;
use natter_domain::ports::store::{MessageQuery, NewConversation, Stores};
use natter_domain::time::Timestamp;

use super::samples::{at, at_once, group, new_conversation, page, people, send, someone};

async fn get(stores: &Stores, id: ConversationId) -> Option<Conversation> {
    stores.conversations.get(id).await.expect("reads")
}

pub async fn are_read_as_they_were_made(stores: &Stores) {
    let members: [_; 3] = people();
    for (kind, members) in
        [(ConversationKind::Group, &members[..]), (ConversationKind::Direct, &members[..2])]
    {
        let photo = (kind == ConversationKind::Group).then(|| "/media/g.png".to_owned());
        let new = NewConversation { photo, ..new_conversation(kind, members, 7) };
        let expected = Conversation {
            id: new.id,
            kind,
            name: new.name.clone(),
            photo: new.photo.clone(),
            participants: new.participants.clone(),
            created_at: at(7),
            updated_at: at(7),
        };
        let made = stores.conversations.create(new).await.expect("creates");
        assert_eq!(made, (expected.clone(), true));
        assert_eq!(get(stores, expected.id).await, Some(expected));
    }
    assert_eq!(get(stores, ConversationId::generate(at(0))).await, None);
    assert_eq!(get(stores, ConversationId::NONE).await, None);
}

pub async fn one_id_is_made_once(stores: &Stores) {
    let new = new_conversation(ConversationKind::Group, &people::<3>(), 0);
    let (made, created) = stores.conversations.create(new.clone()).await.expect("creates");
    assert!(created);
    assert_eq!(stores.conversations.create(new).await.expect("creates"), (made, false));
}

pub async fn a_pair_has_one(stores: &Stores) {
    let [a, b, c] = people();
    assert_eq!(stores.conversations.direct_of(a, b).await.expect("reads"), None);
    let make = async |one, other| {
        let new = new_conversation(ConversationKind::Direct, &[one, other], 0);
        stores.conversations.create(new).await.expect("creates")
    };
    let (made, created) = make(a, b).await;
    assert!(created);
    assert_eq!(make(b, a).await, (made.clone(), false));
    assert!(make(a, c).await.1 && make(b, c).await.1, "other pairs have their own");
    // A group of the two is something else.
    group(stores, &[a, b]).await;
    for (one, other) in [(a, b), (b, a)] {
        let found = stores.conversations.direct_of(one, other).await.expect("reads");
        assert_eq!(found, Some(made.clone()));
    }
}

pub async fn a_pair_has_one_when_many_ask_at_once(stores: &Stores) {
    let [a, b] = people();
    let made = at_once((0..20).map(|n| {
        let conversations = stores.conversations.clone();
        let pair = if n % 2 == 0 { [a, b] } else { [b, a] };
        let new = new_conversation(ConversationKind::Direct, &pair, n);
        async move { conversations.create(new).await.expect("creates") }
    }));
    let made = made.await;
    assert_eq!(made.iter().filter(|(_, created)| *created).count(), 1);
    assert!(made.iter().all(|(conversation, _)| *conversation == made[0].0));
    assert_eq!(stores.conversations.ids_of(a).await.expect("reads"), [made[0].0.id]);
}

pub async fn are_renamed_and_pictured(stores: &Stores) {
    let id = group(stores, &people::<3>()).await;
    let mut expected = get(stores, id).await.expect("is there");
    let mut changed = |change: &mut dyn FnMut(&mut Conversation), millis: i64| {
        change(&mut expected);
        expected.updated_at = at(millis);
        Some(expected.clone())
    };
    let renamed = stores.conversations.rename(id, "Bergfreunde 🏔", at(5)).await.expect("renames");
    assert_eq!(renamed, changed(&mut |it| it.name = Some("Bergfreunde 🏔".into()), 5));
    let pictured = stores.conversations.set_photo(id, Some("/media/p.png"), at(6)).await.expect("sets");
    assert_eq!(pictured, changed(&mut |it| it.photo = Some("/media/p.png".into()), 6));
    let plain = stores.conversations.set_photo(id, None, at(7)).await.expect("removes");
    assert_eq!(plain, changed(&mut |it| it.photo = None, 7));
    assert_eq!(get(stores, id).await, plain);

    let nowhere = ConversationId::generate(at(0));
    assert_eq!(stores.conversations.rename(nowhere, "x", at(5)).await.expect("answers"), None);
    assert_eq!(stores.conversations.set_photo(nowhere, None, at(5)).await.expect("answers"), None);
}

pub async fn deleting_leaves_nothing(stores: &Stores) {
    let [a, b] = people();
    let (id, other) = (group(stores, &[a, b]).await, group(stores, &[a, b]).await);
    let message = send(stores, id, a, "farewell").await;
    let kept = send(stores, other, a, "farewell").await;
    stores.receipts.mark_read(id, b, &[message.id], at(1)).await.expect("marks");
    for _ in 0..2 {
        stores.conversations.delete(id).await.expect("deletes, and may be repeated");
    }
    assert_eq!(get(stores, id).await, None);
    assert_eq!(stores.conversations.listed(id, a).await.expect("reads"), None);
    assert_eq!(stores.conversations.ids_of(a).await.expect("reads"), [other]);
    assert_eq!(stores.conversations.list(a, &page(9, None)).await.expect("reads").items.len(), 1);
    assert_eq!(stores.conversations.listed_to_all(&[id]).await.expect("reads"), []);
    assert_eq!(stores.timeline.head(id).await.expect("reads"), Head::default());
    assert_eq!(stores.timeline.message(message.id).await.expect("reads"), None);
    assert_eq!(
        stores.timeline.messages(&[message.id, kept.id]).await.expect("reads"),
        std::slice::from_ref(&kept)
    );
    assert_eq!(stores.timeline.changes(id, 0, 9).await.expect("reads"), (vec![], Head::default()));
    assert_eq!(stores.receipts.receipts(id).await.expect("reads"), []);
    let query = MessageQuery { text: "farewell".into(), conversations: vec![id, other] };
    assert_eq!(stores.timeline.search(&query, &page(9, None)).await.expect("searches").items, [kept]);
}

pub async fn a_deleted_pair_starts_again(stores: &Stores) {
    let [a, b] = people();
    let new = new_conversation(ConversationKind::Direct, &[a, b], 0);
    let first = stores.conversations.create(new.clone()).await.expect("creates").0.id;
    send(stores, first, a, "hello").await;
    stores.conversations.delete(first).await.expect("deletes");
    assert_eq!(stores.conversations.direct_of(a, b).await.expect("reads"), None);
    let new = NewConversation { id: ConversationId::generate(at(1)), ..new };
    let (again, created) = stores.conversations.create(new).await.expect("creates");
    assert!(created);
    assert_eq!(stores.timeline.head(again.id).await.expect("reads"), Head::default());
    let message = send(stores, again.id, b, "hello again").await;
    assert_eq!(stores.timeline.changes(again.id, 0, 9).await.expect("reads").0, [message]);
    let nobody = stores.conversations.remove(first, someone(), Timestamp::from_millis(0)).await;
    assert!(nobody.is_ok());
}
