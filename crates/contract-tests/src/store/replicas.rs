//! Laws of stores that share a database: what one remembers is not made wrong by what the other does.

use natter_domain::id::UserId;
use natter_domain::message::StoredMessage;
use natter_domain::ports::store::{Delivery, Stores, Unread};

use super::samples::{at, group, people, send, unread_counts};

fn written(message: &StoredMessage) -> Unread {
    Unread { message: message.id, sender: message.sender, seq: message.seq }
}

pub async fn each_message_is_told_once_by_one_of_them(replicas: &[Stores; 2]) {
    let users: [UserId; 3] = people();
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(group(&replicas[0], &users).await);
    }
    let (mut sent, mut told) = (Vec::new(), Vec::new());
    for seq in 1..=20 {
        let mut deliveries = Vec::new();
        for id in &ids {
            let written = vec![written(&send(&replicas[0], *id, users[0], "hello").await)];
            deliveries.push(Delivery { conversation: *id, users: users[1..].to_vec(), up_to: seq, written });
        }
        sent.extend(deliveries.iter().flat_map(|delivery| &delivery.written).map(|it| it.message));
        // All at once; and one of them as on connecting.
        let tasks = [0, 1, 0, 1].map(|n: usize| {
            let (stores, deliveries) = (replicas[n].clone(), deliveries.clone());
            tokio::spawn(async move { stores.receipts.mark_delivered(&deliveries, at(9)).await })
        });
        let pending = replicas[1].receipts.deliver_pending(&users[1..2], at(9), 100).await;
        let (pending, more) = pending.expect("delivers");
        assert!(!more);
        told.extend(pending);
        for task in tasks {
            told.extend(task.await.expect("no panic").expect("marks"));
        }
        for id in &ids {
            let receipts = replicas[0].receipts.receipts(*id).await.expect("reads");
            let delivered: Vec<_> = receipts.iter().map(|(receipt, _)| receipt.delivered_seq).collect();
            assert_eq!(delivered, [0, seq, seq]);
        }
    }
    let mut told: Vec<_> = told.into_iter().map(|delivered| delivered.message).collect();
    told.sort();
    sent.sort();
    assert_eq!(told, sent);
}

pub async fn what_the_other_one_did_is_found_out(replicas: &[Stores; 2]) {
    let [ann, bob, eve] = people();
    let id = group(&replicas[0], &[ann, bob]).await;
    let deliver = async |users: &[UserId], up_to| {
        let delivery = Delivery { conversation: id, users: users.to_vec(), up_to, written: Vec::new() };
        let told = replicas[0].receipts.mark_delivered(&[delivery], at(9)).await.expect("marks");
        told.into_iter().map(|delivered| delivered.message).collect::<Vec<_>>()
    };
    let first = send(&replicas[0], id, ann, "one").await;
    assert_eq!(deliver(&[bob], 1).await, [first.id]);
    for replica in replicas {
        assert_eq!(unread_counts(replica, id).await, [(ann, 0), (bob, 1)]);
    }
    // One joins by the other replica, and reads there.
    replicas[1].conversations.add(id, &[eve], at(2)).await.expect("adds");
    let second = send(&replicas[1], id, bob, "two").await;
    assert_eq!(deliver(&[eve], 2).await, [second.id]);
    let third = send(&replicas[1], id, bob, "three").await;
    replicas[1].receipts.mark_read(id, ann, &[third.id], at(9)).await.expect("marks");
    assert_eq!(deliver(&[ann, eve], 3).await, []);
    for replica in [0, 1, 0] {
        assert_eq!(unread_counts(&replicas[replica], id).await, [(ann, 1), (bob, 1), (eve, 2)]);
    }
    replicas[1].receipts.mark_all_read(id, eve, 2, at(9)).await.expect("marks");
    send(&replicas[1], id, eve, "four").await;
    for replica in [0, 1, 0] {
        assert_eq!(unread_counts(&replicas[replica], id).await, [(ann, 2), (bob, 2), (eve, 1)]);
    }
}
