//! Laws of [`Timeline`](natter_domain::ports::store::Timeline): reading history and changes.

use natter_domain::command::Window;
use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::Head;
use natter_domain::ports::store::{Committed, Stores, Write};

use super::samples::{
    at, at_once, change, commit, delete, group, message, people, send, send_among_others, unread_counts,
};

async fn window(stores: &Stores, id: ConversationId, window: Window, limit: u32) -> (Vec<u64>, bool) {
    let (messages, more) = stores.timeline.window(id, window, limit).await.expect("reads");
    (messages.into_iter().map(|message| message.seq).collect(), more)
}

/// Revs of the changes after one, and where the timeline ended.
async fn changes(stores: &Stores, id: ConversationId, after: u64, limit: u32) -> (Vec<u64>, Head) {
    let (messages, end) = stores.timeline.changes(id, after, limit).await.expect("reads");
    (messages.into_iter().map(|message| message.rev).collect(), end)
}

async fn ten(stores: &Stores, sender: UserId) -> ConversationId {
    let id = group(stores, &[sender]).await;
    for n in 1..=10 {
        send(stores, id, sender, &format!("{n}")).await;
    }
    id
}

pub async fn windows(stores: &Stores) {
    let [a] = people();
    // Neighbours whose messages must not be seen.
    ten(stores, a).await;
    let id = ten(stores, a).await;
    ten(stores, a).await;
    // A change moves nothing in the history.
    let (all, _) = stores.timeline.window(id, Window::After(0), 10).await.expect("reads");
    change(stores, &all[2], |message| message.text = Some("drei".into())).await;
    delete(stores, &all[8]).await;
    let cases: [(Window, u32, &[u64], bool); 17] = [
        (Window::Latest, 3, &[10, 9, 8], true),
        (Window::Latest, 10, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], false),
        (Window::Before(4), 2, &[3, 2], true),
        (Window::Before(4), 3, &[3, 2, 1], false),
        (Window::Before(1), 3, &[], false),
        (Window::Before(0), 3, &[], false),
        (Window::Before(u64::MAX), 2, &[10, 9], true),
        (Window::After(0), 2, &[1, 2], true),
        (Window::After(7), 3, &[8, 9, 10], false),
        (Window::After(7), 2, &[8, 9], true),
        (Window::After(10), 2, &[], false),
        (Window::After(u64::MAX), 2, &[], false),
        (Window::Around(5), 5, &[3, 4, 5, 6, 7], true),
        (Window::Around(1), 5, &[1, 2, 3], true),
        (Window::Around(10), 5, &[8, 9, 10], false),
        (Window::Around(5), 1, &[5], true),
        (Window::Around(u64::MAX), 3, &[], false),
    ];
    for (asked, limit, seqs, more) in cases {
        assert_eq!(window(stores, id, asked, limit).await, (seqs.to_vec(), more), "{asked:?} {limit}");
    }
}

pub async fn windows_of_nothing(stores: &Stores) {
    let [a] = people();
    for id in [group(stores, &[a]).await, ConversationId::NONE] {
        for asked in [Window::Latest, Window::Before(3), Window::After(0), Window::Around(1)] {
            assert_eq!(window(stores, id, asked, 5).await, (vec![], false), "{asked:?}");
        }
        assert_eq!(changes(stores, id, 0, 5).await, (vec![], Head::default()));
    }
}

pub async fn changes_are_each_message_once(stores: &Stores) {
    let [a] = people();
    ten(stores, a).await;
    let id = group(stores, &[a]).await;
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        sent.push(send(stores, id, a, text).await);
    }
    let first = change(stores, &sent[0], |message| message.text = Some("uno".into())).await;
    let second = delete(stores, &sent[1]).await;
    let end = Head { rev: 5, seq: 3 };
    let all = vec![sent[2].clone(), first, second];
    assert_eq!(stores.timeline.changes(id, 0, 9).await.expect("reads"), (all.clone(), end));
    assert_eq!(stores.timeline.changes(id, 3, 9).await.expect("reads"), (all[1..].to_vec(), end));
    assert_eq!(changes(stores, id, 5, 9).await, (vec![], end));
    assert_eq!(changes(stores, id, u64::MAX, 9).await, (vec![], end));
}

pub async fn changes_come_in_pages(stores: &Stores) {
    let [a] = people();
    let id = ten(stores, a).await;
    let end = Head { rev: 10, seq: 10 };
    for (after, expected) in [(0, vec![1, 2, 3, 4]), (4, vec![5, 6, 7, 8]), (8, vec![9, 10])] {
        assert_eq!(changes(stores, id, after, 4).await, (expected, end));
    }
}

pub async fn changes_have_no_gaps_while_others_write(stores: &Stores) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 10;
    let [a] = people();
    let id = group(stores, &[a]).await;
    let follower = {
        let stores = stores.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while (seen.len() as u64) < WRITERS * EACH {
                let after = seen.last().copied().unwrap_or(0);
                let (revs, end) = changes(&stores, id, after, 7).await;
                assert!(revs.last().is_none_or(|last| *last <= end.rev));
                seen.extend(revs);
            }
            seen
        })
    };
    let writers = (0..WRITERS).map(|n| {
        let stores = stores.clone();
        async move {
            for m in 0..EACH {
                let message = message(id, a, 1, &format!("{m} of {n}"));
                assert_eq!(send_among_others(&stores, message).await, Committed::Written);
            }
        }
    });
    at_once(writers).await;
    let seen = follower.await.expect("no panic");
    assert_eq!(seen, (1..=WRITERS * EACH).collect::<Vec<_>>());
}

pub async fn takes_what_is_old_or_deleted(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    let mut old = message(id, a, 1, "old");
    (old.created_at, old.updated_at, old.edited_at) = (at(-900), at(-800), Some(at(-800)));
    let mut deleted = message(id, a, 2, "");
    (deleted.text, deleted.deleted) = (None, true);
    // Order is of places, whatever the times say.
    let mut older = message(id, b, 3, "older");
    (older.created_at, older.reply_to) = (at(-9_000), Some(old.id));
    let all = [old, deleted, older];
    let writes = all.iter().cloned().map(Write::Insert).collect();
    assert_eq!(commit(stores, id, writes).await, vec![Committed::Written; 3]);
    let (window, _) = stores.timeline.window(id, Window::After(0), 9).await.expect("reads");
    assert_eq!(window, all);
    assert_eq!(unread_counts(stores, id).await, [(a, 1), (b, 1)]);
}
