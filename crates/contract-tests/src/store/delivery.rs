//! Laws of [`ReceiptStore`](natter_domain::ports::store::ReceiptStore): delivery.

use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::StoredMessage;
use natter_domain::ports::store::{Delivered, Delivery, Stores, Unread};

use super::samples::{at, at_once, delete, group, people, send, someone};

fn told_of(message: &StoredMessage) -> Delivered {
    Delivered { message: message.id, conversation: message.conversation, sender: message.sender }
}

async fn delivered_seq(stores: &Stores, id: ConversationId, user: UserId) -> u64 {
    let receipts = stores.receipts.receipts(id).await.expect("reads");
    receipts.iter().find(|(receipt, _)| receipt.user == user).expect("takes part").0.delivered_seq
}

fn sorted(mut told: Vec<Delivered>) -> Vec<Delivered> {
    told.sort_by_key(|delivered| delivered.message);
    told
}

fn delivery(conversation: ConversationId, users: &[UserId], up_to: u64) -> Delivery {
    Delivery { conversation, users: users.to_vec(), up_to, written: Vec::new() }
}

/// In order of the messages' ids.
async fn mark_all(stores: &Stores, deliveries: &[Delivery]) -> Vec<MessageId> {
    let told = stores.receipts.mark_delivered(deliveries, at(9)).await.expect("marks");
    let mut told: Vec<_> = told.into_iter().map(|delivered| delivered.message).collect();
    told.sort();
    told
}

async fn mark(stores: &Stores, id: ConversationId, users: &[UserId], up_to: u64) -> Vec<MessageId> {
    mark_all(stores, &[delivery(id, users, up_to)]).await
}

/// All that is pending for one, in parts of so many.
async fn pending(stores: &Stores, user: UserId, limit: u32) -> Vec<Delivered> {
    pending_of(stores, &[user], limit).await
}

async fn pending_of(stores: &Stores, users: &[UserId], limit: u32) -> Vec<Delivered> {
    let mut all = Vec::new();
    // More parts than there can be messages.
    for _ in 0..1_000 {
        let (part, more) = stores.receipts.deliver_pending(users, at(9), limit).await.expect("delivers");
        assert!(part.len() <= limit as usize);
        all.extend(part);
        if !more {
            return all;
        }
    }
    panic!("has no end");
}

pub async fn marks_never_go_back(stores: &Stores) {
    let [a, b] = people();
    let id = group(stores, &[a, b]).await;
    for _ in 0..3 {
        send(stores, id, a, "hello").await;
    }
    for (up_to, expected) in [(2, 2), (1, 2), (2, 2), (u64::MAX, 3)] {
        mark(stores, id, &[b, someone()], up_to).await;
        assert_eq!(delivered_seq(stores, id, b).await, expected);
    }
    assert_eq!(delivered_seq(stores, id, a).await, 0);
    send(stores, id, a, "later").await;
    assert_eq!(delivered_seq(stores, id, b).await, 3, "what comes later is not delivered yet");
    assert_eq!(mark(stores, ConversationId::NONE, &[b], 1).await, []);
}

pub async fn tells_the_first_recipient(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b, c]).await;
    let one = send(stores, id, a, "one").await;
    // The sender is no recipient.
    assert_eq!(mark(stores, id, &[a], 1).await, []);
    assert_eq!(mark(stores, id, &[c, b], 1).await, [one.id]);
    assert_eq!(mark(stores, id, &[b, c], 1).await, []);
    let (two, three) = (send(stores, id, b, "two").await, send(stores, id, a, "three").await);
    assert_eq!(mark(stores, id, &[c], 2).await, [two.id]);
    assert_eq!(mark(stores, id, &[a, b, c], 3).await, [three.id]);
    assert_eq!(pending(stores, c, 9).await, []);
    assert_eq!(mark(stores, id, &[], 3).await, []);
    // Reading is being delivered.
    let four = send(stores, id, a, "four").await;
    stores.receipts.mark_read(id, b, &[four.id], at(9)).await.expect("marks");
    assert_eq!(mark(stores, id, &[c], 4).await, []);
}

pub async fn many_conversations_go_at_once(stores: &Stores) {
    let [a, b, c] = people();
    let (one, other) = (group(stores, &[a, b]).await, group(stores, &[c, a]).await);
    let (quiet, gone) = (group(stores, &[a, b]).await, group(stores, &[a, b]).await);
    let mut sent = Vec::new();
    for (id, sender) in [(one, a), (other, c), (one, b), (gone, a)] {
        sent.push(send(stores, id, sender, "hello").await);
    }
    stores.conversations.delete(gone).await.expect("deletes");
    let ids: Vec<_> = sent.iter().map(|message| message.id).collect();
    let all = [
        delivery(gone, &[b], 1),
        delivery(one, &[b], 1),
        delivery(ConversationId::NONE, &[b], 1),
        delivery(quiet, &[b], 5),
        delivery(other, &[a, someone()], 1),
    ];
    let told = stores.receipts.mark_delivered(&all, at(9)).await.expect("marks");
    assert_eq!(sorted(told), sorted(vec![told_of(&sent[0]), told_of(&sent[1])]));
    assert_eq!((delivered_seq(stores, one, b).await, delivered_seq(stores, other, a).await), (1, 1));
    assert_eq!(mark_all(stores, &all).await, []);
    // The same one twice is as if one came after the other.
    let twice = [delivery(one, &[a], 2), delivery(one, &[a, b], 2)];
    assert_eq!(mark_all(stores, &twice).await, [ids[2]]);
    assert_eq!(mark_all(stores, &[]).await, []);
}

pub async fn what_was_just_written_need_not_be_read(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b, c]).await;
    let mut sent = Vec::new();
    for sender in [a, b, a, c, a] {
        sent.push(send(stores, id, sender, "hello").await);
    }
    let ids: Vec<_> = sent.iter().map(|message| message.id).collect();
    let unread = |place: usize| {
        let message = &sent[place];
        Unread { message: message.id, sender: message.sender, seq: message.seq }
    };
    // Whose places are known, what was not known, a place left out, and what was known before.
    let given = |users: &[UserId], up_to, places: &[usize]| Delivery {
        written: places.iter().copied().map(unread).collect(),
        ..delivery(id, users, up_to)
    };
    assert_eq!(mark_all(stores, &[given(&[b], 2, &[0, 1])]).await, [ids[0]]);
    assert_eq!(mark_all(stores, &[given(&[c], 3, &[2])]).await, {
        let mut both = vec![ids[1], ids[2]];
        both.sort();
        both
    });
    stores.receipts.mark_read(id, a, &[ids[3]], at(9)).await.expect("marks");
    assert_eq!(mark_all(stores, &[given(&[a, b], 5, &[3, 4])]).await, [ids[4]]);
    for user in [a, b] {
        assert_eq!(delivered_seq(stores, id, user).await, 5);
    }
}

pub async fn changes_of_participants_count_at_once(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b]).await;
    let first = send(stores, id, a, "one").await;
    assert_eq!(mark(stores, id, &[b, c], 1).await, [first.id]);
    stores.conversations.add(id, &[c], at(5)).await.expect("adds");
    let second = send(stores, id, a, "two").await;
    assert_eq!(mark(stores, id, &[b, c], 2).await, [second.id]);
    assert_eq!(delivered_seq(stores, id, c).await, 2);
    stores.conversations.remove(id, c, at(6)).await.expect("removes");
    let third = send(stores, id, a, "three").await;
    assert_eq!(mark(stores, id, &[c], 3).await, []);
    stores.conversations.add(id, &[c], at(7)).await.expect("adds");
    // They were away when it was sent.
    assert_eq!(mark(stores, id, &[c], 3).await, []);
    assert_eq!(mark(stores, id, &[b], 3).await, [third.id]);
}

pub async fn pending_is_everything(stores: &Stores) {
    let [a, b, c] = people();
    let (one, other) = (group(stores, &[a, b]).await, group(stores, &[b, a, c]).await);
    let mut expected = vec![told_of(&send(stores, one, a, "1").await)];
    send(stores, one, b, "2").await;
    expected.push(told_of(&send(stores, one, a, "3").await));
    let had = send(stores, other, c, "4").await;
    mark(stores, other, &[a], 1).await;
    expected.push(told_of(&send(stores, other, c, "5").await));
    let deleted = send(stores, other, c, "6").await;
    delete(stores, &deleted).await;
    let mut found = pending(stores, b, 100).await;
    found.retain(|delivered| delivered.message != deleted.id);
    assert_eq!(sorted(found), sorted(expected), "and not {had:?}");
    assert_eq!((delivered_seq(stores, one, b).await, delivered_seq(stores, other, b).await), (3, 3));
    assert_eq!(pending(stores, b, 100).await, []);
    assert_eq!(pending(stores, someone(), 100).await, []);
}

pub async fn pending_comes_in_parts(stores: &Stores) {
    let [a, b] = people();
    let mut expected = Vec::new();
    for count in [3, 1, 4] {
        let id = group(stores, &[a, b]).await;
        for n in 0..count {
            expected.push(send(stores, id, a, &format!("{n}")).await.id);
            send(stores, id, b, "mine").await;
        }
    }
    let mut found: Vec<_> = pending(stores, b, 2).await.into_iter().map(|told| told.message).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

pub async fn pending_of_many_is_what_it_is_of_each(stores: &Stores) {
    for limit in [1, 3, 100] {
        let [a, b, c, d] = people();
        let (mut conversations, mut expected) = (Vec::new(), Vec::new());
        // More than are looked at in one go, each of them with somebody else behind.
        for recipients in [[b, c], [c, d], [b, d]].into_iter().cycle().take(12) {
            let id = group(stores, &[a, recipients[0], recipients[1]]).await;
            send(stores, id, a, "had").await;
            mark(stores, id, &recipients, 1).await;
            expected.push(send(stores, id, a, "one").await.id);
            expected.push(send(stores, id, recipients[0], "two").await.id);
            conversations.push((id, recipients, 3));
        }
        // Reading is being delivered.
        let quiet = group(stores, &[a, b, c]).await;
        let read = send(stores, quiet, a, "read").await;
        stores.receipts.mark_read(quiet, b, &[read.id], at(9)).await.expect("marks");
        conversations.push((quiet, [b, c], 1));
        let found = pending_of(stores, &[b, c, someone(), d], limit).await;
        let mut found: Vec<_> = found.into_iter().map(|told| told.message).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        for (id, recipients, last) in conversations {
            for user in recipients {
                assert_eq!(delivered_seq(stores, id, user).await, last);
            }
            assert_eq!(delivered_seq(stores, id, a).await, 0);
        }
        assert_eq!(pending_of(stores, &[b, c, d], limit).await, []);
    }
    assert_eq!(pending_of(stores, &[], 9).await, []);
}

pub async fn a_newcomer_received_nothing_from_before(stores: &Stores) {
    let [a, b, c] = people();
    let id = group(stores, &[a, b]).await;
    let before = send(stores, id, a, "before").await;
    stores.conversations.add(id, &[c], at(5)).await.expect("adds");
    let after = send(stores, id, a, "after").await;
    assert_eq!(pending(stores, c, 9).await, [told_of(&after)]);
    assert_eq!(pending(stores, b, 9).await, [told_of(&before)]);
}

pub async fn each_message_is_told_once_whoever_asks(stores: &Stores) {
    let users: [_; 6] = people();
    let id = group(stores, &users).await;
    let mut expected = Vec::new();
    for n in 0..20 {
        expected.push(send(stores, id, users[0], &format!("{n}")).await.id);
    }
    let calls = (0..30).map(|n: usize| {
        let stores = stores.clone();
        let user = users[1 + n % 5];
        async move {
            if n.is_multiple_of(3) {
                pending(&stores, user, 3).await.into_iter().map(|told| told.message).collect()
            } else {
                mark(&stores, id, &[user, users[0]], 1 + n as u64 % 20).await
            }
        }
    });
    let mut found = at_once(calls).await.concat();
    found.extend(mark(stores, id, &users, 20).await);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

pub async fn each_is_told_once_where_many_ask_for_many(stores: &Stores) {
    let users: [_; 4] = people();
    let mut ids = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..4 {
        let id = group(stores, &users).await;
        ids.push(id);
        for n in 0..6 {
            expected.push(send(stores, id, users[0], &format!("{n}")).await.id);
        }
    }
    let calls = (0..24).map(|n: usize| {
        let (stores, ids) = (stores.clone(), ids.clone());
        let user = users[1 + n % 3];
        async move {
            if n.is_multiple_of(4) {
                pending(&stores, user, 5).await.into_iter().map(|told| told.message).collect()
            } else {
                let some = ids.iter().cycle().skip(n).take(3);
                let deliveries: Vec<_> =
                    some.map(|id| delivery(*id, &[user, users[0]], 1 + n as u64 % 6)).collect();
                mark_all(&stores, &deliveries).await
            }
        }
    });
    let mut found = at_once(calls).await.concat();
    let rest: Vec<_> = ids.iter().map(|id| delivery(*id, &users, 6)).collect();
    found.extend(mark_all(stores, &rest).await);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}
