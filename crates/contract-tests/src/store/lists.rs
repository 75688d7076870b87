//! Laws of [`ConversationStore`](natter_domain::ports::store::ConversationStore): lists.

use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::Head;
use natter_domain::ports::store::{Listed, ListedToAll, StoreError, Stores};

use super::samples::{
    BAD_CURSORS, at, change, delete, eventually, group, group_at, page, people, send, someone, unread_counts,
};

/// The pages of a user's list.
async fn pages(stores: &Stores, user: UserId, limit: u32) -> Vec<Vec<ConversationId>> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let found = stores.conversations.list(user, &page(limit, cursor)).await.expect("lists");
        pages.push(found.items.into_iter().map(|listed| listed.conversation.id).collect());
        cursor = found.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

pub async fn the_most_recently_active_comes_first(stores: &Stores) {
    let [a, b] = people();
    assert_eq!(pages(stores, a, 9).await, [[]]);
    // Messages are created at their seq.
    let old = group_at(stores, &[a, b], -30).await;
    let older = group_at(stores, &[a, b], -40).await;
    let oldest = group_at(stores, &[a, b], -50).await;
    assert_eq!(pages(stores, a, 9).await, [[old, older, oldest]]);
    send(stores, oldest, b, "hello").await;
    eventually(vec![vec![oldest, old, older]], async || pages(stores, a, 9).await).await;
    stores.conversations.rename(older, "Hikers", at(5)).await.expect("renames");
    eventually(vec![vec![older, oldest, old]], async || pages(stores, a, 9).await).await;
    // Other changes of messages are no activity.
    let message = send(stores, old, b, "hello").await;
    change(stores, &message, |message| message.updated_at = at(100)).await;
    let read = async || pages(stores, a, 9).await[0][0];
    eventually(older, read).await;
}

pub async fn pages_hold_each_once(stores: &Stores) {
    let [a, b] = people();
    let mut expected = Vec::new();
    for n in 0..7 {
        // Some at the same time.
        expected.push(group_at(stores, &[a, b], n / 3).await);
    }
    group(stores, &[b]).await;
    let pages = pages(stores, a, 2).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
    let mut found = pages.concat();
    assert_eq!(found[0], expected[6]);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

pub async fn entries_show_the_end(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    let listed = async || stores.conversations.listed(id, a).await.expect("reads").expect("is there");
    let empty = listed().await;
    assert_eq!((empty.head, &empty.last_message, empty.unread), (Head::default(), &None, 0));
    assert_eq!(Some(empty.conversation), stores.conversations.get(id).await.expect("reads"));

    let first = send(stores, id, b, "one").await;
    let last = send(stores, id, b, "two").await;
    let shown = async || {
        let listed = listed().await;
        (listed.head, listed.last_message, listed.unread)
    };
    eventually((Head { rev: 2, seq: 2 }, Some(last.clone()), 2), shown).await;
    change(stores, &first, |message| message.text = Some("uno".into())).await;
    eventually((Head { rev: 3, seq: 2 }, Some(last.clone()), 2), shown).await;
    let deleted = delete(stores, &last).await;
    eventually((Head { rev: 4, seq: 2 }, Some(deleted), 1), shown).await;

    let in_list = stores.conversations.list(a, &page(1, None)).await.expect("lists");
    assert_eq!(in_list.items, [listed().await]);
}

pub async fn are_of_participants_only(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a]).await;
    assert_eq!(stores.conversations.listed(id, b).await.expect("reads"), None);
    assert_eq!(stores.conversations.listed(ConversationId::NONE, a).await.expect("reads"), None);
    assert_eq!(pages(stores, b, 9).await, [[]]);
    assert_eq!(stores.conversations.ids_of(b).await.expect("reads"), []);
}

pub async fn many_are_listed_to_all_at_once(stores: &Stores) {
    let [a, b, c] = people();
    let (one, empty, gone) =
        (group(stores, &[a, b]).await, group(stores, &[c]).await, group(stores, &[a]).await);
    let other = group(stores, &[c, b, a]).await;
    for (id, sender) in [(one, a), (other, b), (other, c), (gone, a)] {
        send(stores, id, sender, "hello").await;
    }
    stores.conversations.delete(gone).await.expect("deletes");
    let ids = [other, gone, empty, one, ConversationId::NONE];
    let mut all = stores.conversations.listed_to_all(&ids).await.expect("reads");
    all.sort_by_key(|listed| listed.conversation.id);
    let counts: Vec<_> = all.iter().map(|listed| listed.unread.clone()).collect();
    let mut expected =
        vec![(one, vec![(a, 0), (b, 1)]), (empty, vec![(c, 0)]), (other, vec![(c, 1), (b, 1), (a, 2)])];
    expected.sort();
    assert_eq!(all.iter().map(|listed| listed.conversation.id).zip(counts).collect::<Vec<_>>(), expected);
    for all in all {
        let (user, unread) = all.unread[0];
        let listed = stores.conversations.listed(all.conversation.id, user).await.expect("reads");
        let ListedToAll { conversation, head, last_message, .. } = all;
        assert_eq!(listed, Some(Listed { conversation, head, last_message, unread }));
    }
}

pub async fn unread_is_what_others_sent(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b, c]).await;
    let mut sent = Vec::new();
    for sender in [b, a, b, c, b, c, a] {
        sent.push(send(stores, id, sender, "hello").await);
    }
    let unread = async || {
        let counts = unread_counts(stores, id).await;
        for (user, unread) in &counts {
            let listed = stores.conversations.listed(id, *user).await.expect("reads").expect("is there");
            assert_eq!(listed.unread, *unread);
        }
        [a, b, c].map(|user| counts.iter().find(|(other, _)| *other == user).expect("each").1)
    };
    assert_eq!(unread().await, [5, 4, 5]);
    delete(stores, &sent[4]).await;
    assert_eq!(unread().await, [4, 4, 4]);
    // Out of order, and one that is deleted later.
    for message in [&sent[3], &sent[5]] {
        stores.receipts.mark_read(id, a, &[message.id], at(20)).await.expect("marks");
    }
    assert_eq!(unread().await, [2, 4, 4]);
    delete(stores, &sent[3]).await;
    assert_eq!(unread().await, [2, 3, 4]);
    stores.receipts.mark_all_read(id, b, 4, at(21)).await.expect("marks");
    assert_eq!(unread().await, [2, 2, 4]);
    stores.receipts.mark_all_read(id, a, 7, at(22)).await.expect("marks");
    assert_eq!(unread().await, [0, 2, 4]);
    send(stores, id, b, "more").await;
    assert_eq!(unread().await, [1, 2, 5]);
    // Read past what was counted, to within it, and to its end.
    for (up_to, unread_of_c) in [(2, 3), (6, 2), (8, 0)] {
        stores.receipts.mark_all_read(id, c, up_to, at(23)).await.expect("marks");
        assert_eq!(unread().await, [1, 2, unread_of_c]);
    }
    for (sender, expected) in [(c, [2, 3, 0]), (a, [2, 4, 1])] {
        send(stores, id, sender, "and more").await;
        assert_eq!(unread().await, expected);
    }
}

pub async fn strange_cursors_are_refused(stores: &Stores) {
    for bad in BAD_CURSORS {
        let refused = stores.conversations.list(someone(), &page(2, Some(bad.into()))).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{bad}");
    }
}
