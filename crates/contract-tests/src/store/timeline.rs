//! Laws of [`Timeline`](natter_domain::ports::store::Timeline): writing.

use std::collections::BTreeSet;

use natter_domain::id::{ConversationId, MessageId};
use natter_domain::media::{Media, MediaKind};
use natter_domain::message::{Head, MessageKind, Reaction, StoredMessage};
use natter_domain::ports::store::{Commit, Committed, Stores, Write};

use super::samples::{at, at_once, change, commit, delete, group, message, people, send, send_among_others};

async fn head(stores: &Stores, id: ConversationId) -> Head {
    stores.timeline.head(id).await.expect("reads")
}

async fn read(stores: &Stores, id: MessageId) -> Option<StoredMessage> {
    stores.timeline.message(id).await.expect("reads")
}

fn repeated(message: &StoredMessage) -> Committed {
    Committed::Repeated(Box::new(message.clone()))
}

pub async fn begins_at_zero(stores: &Stores) {
    let [a] = people();
    let (one, other) = (group(stores, &[a]).await, group(stores, &[a]).await);
    send(stores, other, a, "hello").await;
    let asked = [one, other, ConversationId::NONE, one];
    let (zero, first) = (Head::default(), Head { rev: 1, seq: 1 });
    assert_eq!(stores.timeline.heads(&asked).await.expect("reads"), [zero, first, zero, zero]);
    assert_eq!(stores.timeline.heads(&[]).await.expect("reads"), []);
    assert_eq!(head(stores, ConversationId::NONE).await, zero);
    assert_eq!(read(stores, MessageId::NONE).await, None);
    assert_eq!(stores.timeline.messages(&[]).await.expect("reads"), []);
}

pub async fn keeps_every_field(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    let first = send(stores, id, a, "first").await;
    let mut whole = message(id, a, 2, "look at this");
    let media = |url: &str, kind, filename: Option<&str>, size| Media {
        url: url.into(),
        kind,
        filename: filename.map(Into::into),
        size,
        mimetype: filename.map(|_| "application/x".into()),
    };
    whole.media = vec![
        media("/media/a.png", MediaKind::Image, Some("Füße \"🎉\".png"), Some(5_000_000_000)),
        media("/media/b.mp4", MediaKind::Video, None, None),
        media("/media/c.mp3", MediaKind::Audio, Some(""), Some(0)),
        media("/media/d.pdf", MediaKind::File, Some("\\'\u{0}"), None),
    ];
    whole.kind = MessageKind::Media(MediaKind::Image);
    whole.reply_to = Some(first.id);
    whole.client_message_id = Some("mine \u{0} 🎉".into());
    assert_eq!(commit(stores, id, vec![Write::Insert(whole.clone())]).await, [Committed::Written]);
    assert_eq!(read(stores, whole.id).await, Some(whole.clone()));

    let changed = change(stores, &whole, |message| {
        message.text = Some("look at that".into());
        message.reactions = vec![
            Reaction { emoji: "👍🏽".into(), users: vec![b, a] },
            Reaction { emoji: "❤️".into(), users: vec![a] },
        ];
        message.edited_at = Some(at(50));
        message.updated_at = at(51);
    });
    let changed = changed.await;
    assert_eq!(read(stores, whole.id).await, Some(changed.clone()));
    let deleted = change(stores, &changed, |message| {
        (message.text, message.media, message.reactions) = (None, Vec::new(), Vec::new());
        message.kind = MessageKind::Text;
        message.deleted = true;
    });
    let deleted = deleted.await;
    assert_eq!(read(stores, whole.id).await, Some(deleted.clone()));
    assert_eq!((deleted.seq, deleted.rev, deleted.created_rev), (2, 4, 2));
    assert_eq!(head(stores, id).await, Head { rev: 4, seq: 2 });

    let mut both = stores.timeline.messages(&[deleted.id, first.id, MessageId::NONE]).await.expect("reads");
    both.sort_by_key(|message| message.seq);
    assert_eq!(both, [first, deleted]);
}

pub async fn keeps_any_text(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    for text in ["🎉👩‍👩‍👧‍👦", "a\0b", "'; DROP TABLE messages; --", "{\"$ne\":null}", " ", "\u{202e}x\u{feff}"]
    {
        let sent = send(stores, id, a, text).await;
        assert_eq!(read(stores, sent.id).await, Some(sent));
    }
    let long = send(stores, id, a, &"🧗".repeat(10_000)).await;
    assert_eq!(read(stores, long.id).await, Some(long));
}

pub async fn writes_in_order(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let (one, mut two) = (message(id, a, 1, "one"), message(id, a, 2, "two"));
    (two.rev, two.created_rev) = (3, 3);
    let mut edited = one.clone();
    (edited.rev, edited.text) = (2, Some("uno".into()));
    let writes = vec![
        Write::Insert(one.clone()),
        Write::Replace { expected_rev: 1, message: edited.clone() },
        Write::Insert(two.clone()),
    ];
    assert_eq!(commit(stores, id, writes).await, vec![Committed::Written; 3]);
    assert_eq!(head(stores, id).await, Head { rev: 3, seq: 2 });
    let (changes, end) = stores.timeline.changes(id, 0, 9).await.expect("reads");
    assert_eq!((changes, end), (vec![edited, two], Head { rev: 3, seq: 2 }));
    assert_eq!(commit(stores, id, vec![]).await, []);
}

pub async fn stops_at_the_first_that_fails(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let first = send(stores, id, a, "first").await;
    let (two, hole, three) = (message(id, a, 2, "2"), message(id, a, 4, "4"), message(id, a, 3, "3"));
    let writes = vec![Write::Insert(two.clone()), Write::Insert(hole.clone()), Write::Insert(three.clone())];
    let outcome = commit(stores, id, writes).await;
    assert_eq!(outcome, [Committed::Written, Committed::Collided, Committed::NotTried]);
    // A repetition is not written either, so those after it would not be next.
    let writes = vec![Write::Insert(first.clone()), Write::Insert(three.clone())];
    assert_eq!(commit(stores, id, writes).await, [repeated(&first), Committed::NotTried]);
    let (changes, end) = stores.timeline.changes(id, 0, 9).await.expect("reads");
    assert_eq!((changes, end), (vec![first, two], Head { rev: 2, seq: 2 }));
    assert_eq!((read(stores, hole.id).await, read(stores, three.id).await), (None, None));
}

pub async fn a_stale_head_collides(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let first = send(stores, id, a, "first").await;
    change(stores, &first, |_| {}).await;
    let end = Head { rev: 2, seq: 1 };
    for (seq, rev) in [(1, 1), (2, 2), (1, 3), (3, 3), (2, 4), (3, 4), (0, 0), (u64::MAX, u64::MAX)] {
        let mut late = message(id, a, 1, "late");
        (late.seq, late.rev, late.created_rev) = (seq, rev, rev);
        let outcome = commit(stores, id, vec![Write::Insert(late)]).await;
        assert_eq!(outcome, [Committed::Collided], "{seq} {rev}");
    }
    assert_eq!(head(stores, id).await, end);
}

pub async fn a_stale_change_collides(stores: &Stores) {
    let [a] = people();
    let (id, other) = (group(stores, &[a]).await, group(stores, &[a]).await);
    let first = send(stores, id, a, "first").await;
    let changed = change(stores, &first, |message| message.text = Some("changed".into())).await;
    for (expected_rev, rev) in [(1, 3), (2, 2), (2, 4), (3, 3), (0, 3)] {
        let mut late = changed.clone();
        (late.rev, late.text) = (rev, Some("late".into()));
        let outcome = commit(stores, id, vec![Write::Replace { expected_rev, message: late }]).await;
        assert_eq!(outcome, [Committed::Collided], "{expected_rev} {rev}");
    }
    // One that is not there, and one that is elsewhere.
    let unknown = Write::Replace { expected_rev: 2, message: message(id, a, 3, "unknown") };
    assert_eq!(commit(stores, id, vec![unknown]).await, [Committed::Collided]);
    let mut elsewhere = first.clone();
    (elsewhere.conversation, elsewhere.rev) = (other, 1);
    let elsewhere = Write::Replace { expected_rev: 2, message: elsewhere };
    assert_eq!(commit(stores, other, vec![elsewhere]).await, [Committed::Collided]);
    assert_eq!(read(stores, first.id).await, Some(changed));
    assert_eq!(head(stores, id).await, Head { rev: 2, seq: 1 });
}

pub async fn a_message_is_stored_once(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let first = send(stores, id, a, "first").await;
    let changed = change(stores, &first, |message| message.text = Some("changed".into())).await;
    // Whether or not the writer knows the head, and whatever it says of the message now.
    let mut again = message(id, a, 2, "again");
    (again.id, again.rev, again.created_rev) = (first.id, 3, 3);
    for again in [first, again] {
        assert_eq!(commit(stores, id, vec![Write::Insert(again)]).await, [repeated(&changed)]);
    }
    assert_eq!(head(stores, id).await, Head { rev: 2, seq: 1 });
}

pub async fn a_senders_name_is_stored_once(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let mut first = message(id, a, 1, "first");
    first.client_message_id = Some("n1".into());
    assert_eq!(commit(stores, id, vec![Write::Insert(first.clone())]).await, [Committed::Written]);
    for seq in [1, 2, 7] {
        let mut again = message(id, a, seq, "again");
        again.client_message_id = Some("n1".into());
        assert_eq!(commit(stores, id, vec![Write::Insert(again)]).await, [repeated(&first)], "{seq}");
    }
    // As long as the message is kept, which a deleted one is.
    let deleted = delete(stores, &first).await;
    let mut again = message(id, a, 2, "again");
    (again.rev, again.created_rev, again.client_message_id) = (3, 3, Some("n1".into()));
    assert_eq!(commit(stores, id, vec![Write::Insert(again)]).await, [repeated(&deleted)]);
    let named = stores.timeline.by_client_id(id, a, "n1").await.expect("reads");
    assert_eq!(named, Some(deleted));
}

pub async fn a_senders_name_is_the_senders(stores: &Stores) {
    let [a, b] = people();
    let (id, other) = (group(stores, &[a, b]).await, group(stores, &[a, b]).await);
    let named = |conversation, sender, seq, name: &str| {
        let mut message = message(conversation, sender, seq, "hello");
        message.client_message_id = Some(name.into());
        message
    };
    let all = [named(id, a, 1, "n1"), named(id, b, 2, "n1"), named(id, a, 3, "N1"), named(other, a, 1, "n1")];
    for message in &all {
        let outcome = commit(stores, message.conversation, vec![Write::Insert(message.clone())]).await;
        assert_eq!(outcome, [Committed::Written]);
    }
    for message in all {
        let name = message.client_message_id.clone().expect("named");
        let found = stores.timeline.by_client_id(message.conversation, message.sender, &name).await;
        assert_eq!(found.expect("reads"), Some(message));
    }
    for name in ["", "n", "n1 ", "%", "n1\0"] {
        assert_eq!(stores.timeline.by_client_id(id, a, name).await.expect("reads"), None);
    }
}

pub async fn a_repetition_takes_no_place(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let first = send(stores, id, a, "first").await;
    let mut again = first.clone();
    (again.seq, again.rev, again.created_rev) = (2, 2, 2);
    assert_eq!(commit(stores, id, vec![Write::Insert(again)]).await, [repeated(&first)]);
    let second = send(stores, id, a, "second").await;
    assert_eq!((second.seq, second.rev), (2, 2));
}

pub async fn is_gone_with_its_conversation(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let first = send(stores, id, a, "first").await;
    stores.conversations.delete(id).await.expect("deletes");
    let mut changed = first.clone();
    changed.rev = 2;
    let insert = Write::Insert(message(id, a, 2, "second"));
    let replace = Write::Replace { expected_rev: 1, message: changed };
    for writes in [vec![insert.clone(), replace.clone()], vec![replace, insert]] {
        assert_eq!(commit(stores, id, writes).await, [Committed::Gone, Committed::NotTried]);
    }
    let never = ConversationId::generate(at(0));
    let nowhere = commit(stores, never, vec![Write::Insert(message(never, a, 1, "x"))]).await;
    assert_eq!(nowhere, [Committed::Gone]);
}

pub async fn many_writers_leave_no_hole(stores: &Stores) {
    const WRITERS: u64 = 50;
    let users: [_; 5] = people();
    let ids = [group(stores, &users).await, group(stores, &users).await];
    let writers = (0..WRITERS).map(|n| {
        let stores = stores.clone();
        async move {
            let id = ids[usize::from(n % 5 == 0)];
            let text = format!("from {n}");
            let message = message(id, users[usize::try_from(n).expect("small") % 5], 1, &text);
            assert_eq!(send_among_others(&stores, message).await, Committed::Written);
        }
    });
    at_once(writers).await;
    for (id, count) in ids.into_iter().zip([40, 10]) {
        assert_eq!(head(stores, id).await, Head { rev: count, seq: count });
        let (changes, _) = stores.timeline.changes(id, 0, 100).await.expect("reads");
        let places: Vec<_> = changes.iter().map(|message| (message.seq, message.rev)).collect();
        assert_eq!(places, (1..=count).map(|n| (n, n)).collect::<Vec<_>>());
        let texts: BTreeSet<_> = changes.into_iter().map(|message| message.text).collect();
        assert_eq!(texts.len() as u64, count);
    }
}

pub async fn one_name_at_once_is_stored_once(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    // All know the same head, as replicas that take the same retry do.
    let outcomes = at_once((0..20).map(|_| {
        let timeline = stores.timeline.clone();
        let mut message = message(id, a, 1, "hello");
        message.client_message_id = Some("n1".into());
        let commit = Commit { conversation: id, writes: vec![Write::Insert(message)] };
        async move { timeline.commit(commit).await.expect("commits").remove(0) }
    }));
    let outcomes = outcomes.await;
    let stored = stores.timeline.by_client_id(id, a, "n1").await.expect("reads").expect("is stored");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Committed::Written).count(), 1);
    // A store that can't tell which index refused it may say that it collided; a second try tells.
    let others = outcomes.iter().filter(|outcome| **outcome != Committed::Written);
    for outcome in others {
        assert!(*outcome == repeated(&stored) || *outcome == Committed::Collided, "{outcome:?}");
    }
    assert_eq!(head(stores, id).await, Head { rev: 1, seq: 1 });
}
