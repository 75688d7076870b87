//! Laws of [`ReceiptStore`](natter_domain::ports::store::ReceiptStore): reading.

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::StoredMessage;
use natter_domain::ports::store::{Delivery, ReadSpan, Stores, Unread};
use natter_domain::receipt::Receipt;

use super::samples::{at, at_once, delete, group, people, send, someone};

async fn receipt(stores: &Stores, id: ConversationId, user: UserId) -> (Receipt, Vec<u64>) {
    let receipts = stores.receipts.receipts(id).await.expect("reads");
    receipts.into_iter().find(|(receipt, _)| receipt.user == user).expect("takes part")
}

async fn mark(stores: &Stores, reader: UserId, messages: &[&StoredMessage]) -> Vec<u64> {
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    let id = messages[0].conversation;
    let read = stores.receipts.mark_read(id, reader, &ids, at(100)).await.expect("marks");
    for unread in &read {
        let message = messages.iter().find(|message| message.id == unread.message).expect("one of these");
        assert_eq!((unread.sender, unread.seq), (message.sender, message.seq));
    }
    read.into_iter().map(|unread| unread.seq).collect()
}

/// A conversation of these messages; each is by the user at that place.
async fn sent(stores: &Stores, users: &[UserId], senders: &[usize]) -> (ConversationId, Vec<StoredMessage>) {
    let id = group(stores, users).await;
    let mut messages = Vec::new();
    for sender in senders {
        messages.push(send(stores, id, users[*sender], "hello").await);
    }
    (id, messages)
}

pub async fn watermarks_fold(stores: &Stores) {
    // Who sent what; which of it was deleted; what the first user reads, a call each; and where
    // the watermark is after that, with what is read above it.
    type Case<'a> = (&'a [usize], &'a [u64], &'a [&'a [u64]], u64, &'a [u64]);
    let cases: [Case<'_>; 10] = [
        (&[1, 1, 1], &[], &[&[1]], 1, &[]),
        (&[1, 1, 1], &[], &[&[3]], 0, &[3]),
        (&[1, 1, 1], &[], &[&[3], &[1]], 1, &[3]),
        (&[1, 1, 1], &[], &[&[3], &[1], &[2]], 3, &[]),
        (&[1, 1, 1], &[], &[&[3, 1, 2]], 3, &[]),
        (&[1, 0, 0, 2], &[], &[&[1]], 3, &[]),
        (&[1, 0, 1, 0], &[], &[&[3], &[1]], 4, &[]),
        (&[1, 1, 2, 1], &[2, 3], &[&[1]], 3, &[]),
        (&[1, 0, 1, 2, 1], &[3], &[&[5], &[1]], 3, &[5]),
        (&[0, 1, 1], &[], &[&[2]], 2, &[]),
    ];
    for (senders, deleted, calls, read_seq, singles) in cases {
        let users: [_; 3] = people();
        let (id, messages) = sent(stores, &users, senders).await;
        let nth = |seq: u64| &messages[usize::try_from(seq).expect("small") - 1];
        for seq in deleted {
            delete(stores, nth(*seq)).await;
        }
        for call in calls {
            let read: Vec<_> = call.iter().map(|seq| nth(*seq)).collect();
            let mut expected = call.to_vec();
            expected.sort();
            assert_eq!(mark(stores, users[0], &read).await, expected, "{senders:?} {calls:?}");
        }
        let (receipt, above) = receipt(stores, id, users[0]).await;
        assert_eq!((receipt.read_seq, above.as_slice()), (read_seq, singles), "{senders:?} {calls:?}");
        assert_eq!(receipt.read_at.is_some(), read_seq > 0);
    }
}

pub async fn what_was_read_is_answered_once(stores: &Stores) {
    let users: [_; 2] = people();
    let (_, messages) = sent(stores, &users, &[1, 1, 1, 1]).await;
    let [one, two, three, four] = messages.as_slice() else { panic!("four") };
    assert_eq!(mark(stores, users[0], &[three, one, three]).await, [1, 3]);
    assert_eq!(mark(stores, users[0], &[one, two, three]).await, [2]);
    assert_eq!(mark(stores, users[0], &[one, two, three]).await, Vec::<u64>::new());
    assert_eq!(mark(stores, users[0], &[four]).await, [4]);
}

pub async fn only_others_messages_of_the_conversation_are_read(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[0, 1, 1]).await;
    let (_, elsewhere) = sent(stores, &users, &[1]).await;
    delete(stores, &messages[1]).await;
    let ids = [messages[0].id, messages[1].id, elsewhere[0].id, MessageId::NONE];
    let read = stores.receipts.mark_read(id, users[0], &ids, at(100)).await.expect("marks");
    assert_eq!(read, []);
    assert_eq!(stores.receipts.mark_read(id, users[0], &[], at(100)).await.expect("marks"), []);
    let unread = stores.conversations.listed(id, users[0]).await.expect("reads").expect("is there").unread;
    assert_eq!(unread, 1);
}

pub async fn reading_is_being_delivered(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[1, 1, 1]).await;
    mark(stores, users[0], &[&messages[1]]).await;
    assert_eq!(receipt(stores, id, users[0]).await.0.delivered_seq, 2);
    stores.receipts.mark_all_read(id, users[0], 3, at(9)).await.expect("marks");
    assert_eq!(receipt(stores, id, users[0]).await.0.delivered_seq, 3);
}

pub async fn all_is_read_at_once(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[1, 0, 1, 1]).await;
    let all = async |up_to, millis| {
        stores.receipts.mark_all_read(id, users[0], up_to, at(millis)).await.expect("marks")
    };
    let span = |after, up_to| Some(ReadSpan { after, up_to, read_before: vec![] });
    assert_eq!(all(3, 50).await, span(0, 3));
    assert_eq!(all(3, 60).await, None);
    assert_eq!(all(2, 61).await, None);
    assert_eq!(mark(stores, users[0], &[&messages[0]]).await, Vec::<u64>::new());
    let expected =
        Receipt { user: users[0], joined_seq: 0, delivered_seq: 3, read_seq: 3, read_at: Some(at(50)) };
    assert_eq!(receipt(stores, id, users[0]).await, (expected, vec![]));
    let untouched = Receipt { user: users[1], joined_seq: 0, delivered_seq: 0, read_seq: 0, read_at: None };
    assert_eq!(receipt(stores, id, users[1]).await, (untouched, vec![]));
    assert_eq!(all(4, 70).await, span(3, 4));
    assert_eq!(receipt(stores, id, users[0]).await.0.read_at, Some(at(70)));
}

pub async fn all_tells_what_was_read_before(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[1, 1, 1, 1, 1]).await;
    mark(stores, users[0], &[&messages[1], &messages[3]]).await;
    let span = stores.receipts.mark_all_read(id, users[0], 5, at(9)).await.expect("marks");
    assert_eq!(span, Some(ReadSpan { after: 0, up_to: 5, read_before: vec![2, 4] }));
    assert_eq!(receipt(stores, id, users[0]).await.1, Vec::<u64>::new());
}

pub async fn all_is_what_is_there(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, _) = sent(stores, &users, &[1]).await;
    let span = stores.receipts.mark_all_read(id, users[0], u64::MAX, at(9)).await.expect("marks");
    assert_eq!(span, Some(ReadSpan { after: 0, up_to: 1, read_before: vec![] }));
    send(stores, id, users[1], "later").await;
    let unread = stores.conversations.listed(id, users[0]).await.expect("reads").expect("is there").unread;
    assert_eq!(unread, 1);
}

pub async fn others_messages_are_a_range(stores: &Stores) {
    let users: [_; 3] = people();
    let (id, messages) = sent(stores, &users, &[1, 0, 2, 1, 1, 2]).await;
    delete(stores, &messages[3]).await;
    let unread = |seq: usize| {
        let message = &messages[seq - 1];
        Unread { message: message.id, sender: message.sender, seq: message.seq }
    };
    for (after, up_to, limit, expected) in [
        (0, 6, 9, vec![1, 3, 5, 6]),
        (0, u64::MAX, 2, vec![1, 3]),
        (1, 5, 9, vec![3, 5]),
        (5, 5, 9, vec![]),
        (6, u64::MAX, 9, vec![]),
        (u64::MAX, u64::MAX, 9, vec![]),
    ] {
        let found = stores.receipts.others_messages(id, users[0], after, up_to, limit).await.expect("reads");
        assert_eq!(found, expected.into_iter().map(unread).collect::<Vec<_>>(), "{after} {up_to} {limit}");
    }
}

pub async fn are_of_participants_only(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[1]).await;
    let stranger = someone();
    for id in [id, ConversationId::NONE] {
        let read = stores.receipts.mark_read(id, stranger, &[messages[0].id], at(9)).await.expect("marks");
        assert_eq!(read, []);
        let all = stores.receipts.mark_all_read(id, stranger, 1, at(9)).await.expect("marks");
        assert_eq!(all, None);
        let delivery = Delivery { conversation: id, users: vec![stranger], up_to: 1, written: Vec::new() };
        let told = stores.receipts.mark_delivered(&[delivery], at(9)).await.expect("marks");
        assert_eq!(told, []);
    }
    let order: Vec<_> = stores.receipts.receipts(id).await.expect("reads").into_iter().collect();
    assert_eq!(order.iter().map(|(receipt, _)| receipt.user).collect::<Vec<_>>(), users);
    assert_eq!(stores.receipts.receipts(ConversationId::NONE).await.expect("reads"), []);
}

pub async fn read_at_once_by_many_callers_is_answered_once(stores: &Stores) {
    let users: [_; 2] = people();
    let (id, messages) = sent(stores, &users, &[1; 30]).await;
    let calls = (0..20).map(|n| {
        let receipts = stores.receipts.clone();
        let ids: Vec<_> = messages.iter().skip(n).map(|message| message.id).collect();
        async move { receipts.mark_read(id, users[0], &ids, at(9)).await.expect("marks") }
    });
    let mut read: Vec<_> = at_once(calls).await.concat().into_iter().map(|unread| unread.seq).collect();
    read.sort();
    assert_eq!(read, (1..=30).collect::<Vec<_>>());
    assert_eq!(receipt(stores, id, users[0]).await.0.read_seq, 30);
}
