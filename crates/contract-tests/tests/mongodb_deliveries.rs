//! Several [`MongoStore`]s on one database remember what was delivered and counted, and none is
//! wrong by what another one did.

#![expect(clippy::unwrap_used, reason = "tests")]

use natter_adapter_mongodb::MongoStore;
use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{MessageKind, StoredMessage};
use natter_domain::ports::store::{Commit, Committed, Delivery, NewConversation, Stores, Unread, Write};
use natter_domain::time::Timestamp;
use natter_test_servers::MongoSet;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

async fn group(stores: &Stores, users: &[UserId]) -> ConversationId {
    let participant = |user: &UserId| Participant { user: *user, role: Role::Admin, joined_at: NOW };
    let new = NewConversation {
        id: ConversationId::generate(NOW),
        kind: ConversationKind::Group,
        name: Some("group".into()),
        photo: None,
        participants: users.iter().map(participant).collect(),
        at: NOW,
    };
    stores.conversations.create(new).await.unwrap().0.id
}

async fn send(stores: &Stores, conversation: ConversationId, sender: UserId, seq: u64) -> Unread {
    let message = StoredMessage {
        id: MessageId::generate(NOW),
        conversation,
        sender,
        text: Some("hello".into()),
        media: Vec::new(),
        kind: MessageKind::Text,
        reply_to: None,
        reactions: Vec::new(),
        seq,
        rev: seq,
        created_rev: seq,
        client_message_id: None,
        edited_at: None,
        deleted: false,
        created_at: NOW,
        updated_at: NOW,
    };
    let sent = Unread { message: message.id, sender, seq };
    let commit = Commit { conversation, writes: vec![Write::Insert(message)] };
    assert_eq!(stores.timeline.commit(commit).await.unwrap(), [Committed::Written]);
    sent
}

async fn replicas() -> (MongoSet, [Stores; 2]) {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let url = server.url();
    let (one, other) = tokio::join!(MongoStore::connect(&url), MongoStore::connect(&url));
    (server, [one.unwrap().stores(), other.unwrap().stores()])
}

fn people() -> [UserId; 3] {
    std::array::from_fn(|_| UserId::generate(NOW))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_is_told_once_by_one_of_the_replicas() {
    let (_server, replicas) = replicas().await;
    let users = people();
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(group(&replicas[0], &users).await);
    }
    let (mut sent, mut told) = (Vec::new(), Vec::new());
    for seq in 1..=20 {
        let mut deliveries = Vec::new();
        for id in &ids {
            let written = vec![send(&replicas[0], *id, users[0], seq).await];
            deliveries.push(Delivery { conversation: *id, users: users[1..].to_vec(), up_to: seq, written });
        }
        sent.extend(deliveries.iter().flat_map(|delivery| &delivery.written).map(|it| it.message));
        // All at once; and one of them as on connecting.
        let tasks = [0, 1, 0, 1].map(|n: usize| {
            let (stores, deliveries) = (replicas[n].clone(), deliveries.clone());
            tokio::spawn(async move { stores.receipts.mark_delivered(&deliveries, NOW).await.unwrap() })
        });
        let (pending, more) = replicas[1].receipts.deliver_pending(&users[1..2], NOW, 100).await.unwrap();
        assert!(!more);
        told.extend(pending);
        for task in tasks {
            told.extend(task.await.unwrap());
        }
        for id in &ids {
            let receipts = replicas[0].receipts.receipts(*id).await.unwrap();
            let delivered: Vec<_> = receipts.iter().map(|(receipt, _)| receipt.delivered_seq).collect();
            assert_eq!(delivered, [0, seq, seq]);
        }
    }
    let mut told: Vec<_> = told.into_iter().map(|delivered| delivered.message).collect();
    told.sort();
    sent.sort();
    assert_eq!(told, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_replica_knows_is_found_out() {
    let (_server, replicas) = replicas().await;
    let [ann, bob, eve] = people();
    let id = group(&replicas[0], &[ann, bob]).await;
    let deliver = async |replica: usize, users: &[UserId], up_to| {
        let delivery = Delivery { conversation: id, users: users.to_vec(), up_to, written: Vec::new() };
        let told = replicas[replica].receipts.mark_delivered(&[delivery], NOW).await.unwrap();
        told.into_iter().map(|delivered| delivered.message).collect::<Vec<_>>()
    };
    let unread = async |replica: usize| {
        let listed = replicas[replica].conversations.listed_to_all(&[id]).await.unwrap().remove(0);
        listed.unread.into_iter().map(|(_, unread)| unread).collect::<Vec<_>>()
    };
    let first = send(&replicas[0], id, ann, 1).await;
    assert_eq!(deliver(0, &[bob], 1).await, [first.message]);
    assert_eq!((unread(0).await, unread(1).await), (vec![0, 1], vec![0, 1]));
    // One joins by the other replica, and reads there.
    replicas[1].conversations.add(id, &[eve], NOW).await.unwrap();
    let second = send(&replicas[1], id, bob, 2).await;
    assert_eq!(deliver(0, &[eve], 2).await, [second.message]);
    let third = send(&replicas[1], id, bob, 3).await;
    replicas[1].receipts.mark_read(id, ann, &[third.message], NOW).await.unwrap();
    assert_eq!(deliver(0, &[ann, eve], 3).await, []);
    for replica in [0, 1, 0] {
        assert_eq!(unread(replica).await, [1, 1, 2]);
    }
    replicas[1].receipts.mark_all_read(id, eve, 2, NOW).await.unwrap();
    send(&replicas[1], id, eve, 4).await;
    for replica in [0, 1, 0] {
        assert_eq!(unread(replica).await, [2, 2, 1]);
    }
}
