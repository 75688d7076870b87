//! [`MongoStore`] loses nothing that it acknowledged, and leaves no hole, whoever writes and
//! whatever dies.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use natter_adapter_mongodb::MongoStore;
use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, MessageKind, StoredMessage};
use natter_domain::page::PageRequest;
use natter_domain::ports::store::{Commit, Committed, NewConversation, StoreError, Stores, Write};
use natter_domain::time::Timestamp;
use natter_test_servers::MongoSet;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn message(conversation: ConversationId, sender: UserId, head: Head) -> StoredMessage {
    StoredMessage {
        id: MessageId::generate(NOW),
        conversation,
        sender,
        text: Some("hello there".into()),
        media: Vec::new(),
        kind: MessageKind::Text,
        reply_to: None,
        reactions: Vec::new(),
        seq: head.seq + 1,
        rev: head.rev + 1,
        created_rev: head.rev + 1,
        client_message_id: Some(format!("{}", MessageId::generate(NOW))),
        edited_at: None,
        deleted: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn conversation(stores: &Stores, user: UserId) -> ConversationId {
    let participants = vec![Participant { user, role: Role::Admin, joined_at: NOW }];
    let id = ConversationId::generate(NOW);
    let new =
        NewConversation { id, kind: ConversationKind::Group, name: None, photo: None, participants, at: NOW };
    stores.conversations.create(new).await.unwrap();
    id
}

/// Stores it, however often that takes, and whatever is answered meanwhile but nonsense.
async fn send(stores: &Stores, mut message: StoredMessage) -> StoredMessage {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "not stored within a minute");
        match attempt(stores, &mut message).await {
            Ok(Committed::Written) => return message,
            Ok(Committed::Repeated(stored)) => return *stored,
            Ok(Committed::Collided) | Err(StoreError::Unavailable(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn attempt(stores: &Stores, message: &mut StoredMessage) -> Result<Committed, StoreError> {
    let head = stores.timeline.head(message.conversation).await?;
    (message.seq, message.rev, message.created_rev) = (head.seq + 1, head.rev + 1, head.rev + 1);
    let commit = Commit { conversation: message.conversation, writes: vec![Write::Insert(message.clone())] };
    Ok(stores.timeline.commit(commit).await?.remove(0))
}

/// The whole timeline, which has no hole.
async fn timeline(stores: &Stores, id: ConversationId) -> Vec<StoredMessage> {
    let mut all: Vec<StoredMessage> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message.rev);
        let (more, head) = stores.timeline.changes(id, after, 500).await.unwrap();
        if more.is_empty() {
            assert_eq!(head.rev, after);
            return all;
        }
        all.extend(more);
    }
}

async fn connect(server: &MongoSet) -> MongoStore {
    MongoStore::connect(&server.url()).await.unwrap()
}

async fn start(members: usize) -> MongoSet {
    tokio::task::spawn_blocking(move || MongoSet::start(members)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_and_write_together_leave_no_hole() {
    let server = start(1).await;
    // Both make the indexes.
    let (one, other) = tokio::join!(connect(&server), connect(&server));
    let replicas = [one.stores(), other.stores()];
    let user = UserId::generate(NOW);
    let id = conversation(&replicas[0], user).await;
    let writers = (0..50).map(|n| {
        let stores = replicas[n % 2].clone();
        tokio::spawn(async move {
            let mut sent = Vec::new();
            for _ in 0..4 {
                sent.push(send(&stores, message(id, user, Head::default())).await);
            }
            sent
        })
    });
    let mut sent = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        sent.extend(writer.await.unwrap());
    }
    sent.sort_by_key(|message| message.seq);
    assert!(sent.iter().map(|message| (message.seq, message.rev)).eq((1..=200).map(|n| (n, n))));
    assert_eq!(timeline(&replicas[1], id).await, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_does_not_take_the_place_that_it_has() {
    let server = start(1).await;
    let stores = connect(&server).await.stores();
    let user = UserId::generate(NOW);
    let id = conversation(&stores, user).await;
    let other = connect(&server).await.stores();
    // This replica knows the head as it is now …
    let sent = send(&other, message(id, user, Head::default())).await;
    // … and another one changes the message.
    let changed = StoredMessage { rev: sent.rev + 1, text: Some("changed".into()), ..sent.clone() };
    let again = StoredMessage { text: Some("changed again".into()), ..changed.clone() };
    let commit = async |stores: &Stores, expected_rev, message| {
        let writes = vec![Write::Replace { expected_rev, message }];
        stores.timeline.commit(Commit { conversation: id, writes }).await.unwrap()
    };
    assert_eq!(commit(&stores, sent.rev, changed.clone()).await, [Committed::Written]);
    // It was read as it is, and given the place after the head that is known.
    assert_eq!(commit(&other, changed.rev, again.clone()).await, [Committed::Collided]);
    assert_eq!(timeline(&stores, id).await, std::slice::from_ref(&changed));
    let again = StoredMessage { rev: changed.rev + 1, ..again };
    assert_eq!(commit(&other, changed.rev, again.clone()).await, [Committed::Written]);
    assert_eq!(timeline(&stores, id).await, [again]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_was_left_is_not_taken_again() {
    let server = start(1).await;
    let stores = connect(&server).await.stores();
    let user = UserId::generate(NOW);
    let id = conversation(&stores, user).await;
    let other = connect(&server).await.stores();
    let first = send(&stores, message(id, user, Head::default())).await;
    // This replica knows the head as it is now …
    let second = send(&other, message(id, user, Head::default())).await;
    // … and another one moves on, by changes alone, which leave their places.
    let mut changed = first;
    for rev in 3..6 {
        let before = std::mem::replace(&mut changed.rev, rev);
        let commit = Commit {
            conversation: id,
            writes: vec![Write::Replace { expected_rev: before, message: changed.clone() }],
        };
        assert_eq!(stores.timeline.commit(commit).await.unwrap(), [Committed::Written]);
    }
    let head = Head { rev: second.rev, seq: second.seq };
    let late = message(id, user, head);
    let mut edited = second.clone();
    edited.rev = head.rev + 1;
    for write in [Write::Insert(late), Write::Replace { expected_rev: second.rev, message: edited }] {
        let commit = Commit { conversation: id, writes: vec![write] };
        assert_eq!(other.timeline.commit(commit).await.unwrap(), [Committed::Collided]);
    }
    assert_eq!(timeline(&stores, id).await, [second, changed]);
}

/// Sends in several conversations from several tasks until told to stop; answers what was
/// acknowledged.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<StoredMessage>>>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(stores: &Stores, user: UserId, conversations: &[ConversationId]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let writers = (0..20).map(|n| {
            let (stores, stop, acknowledged) = (stores.clone(), stop.clone(), acknowledged.clone());
            let id = conversations[n % conversations.len()];
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let sent = send(&stores, message(id, user, Head::default())).await;
                    acknowledged.lock().unwrap().push(sent);
                }
            })
        });
        let writers = writers.collect();
        Self { stop, acknowledged, writers }
    }

    /// Waits until so many more have been acknowledged.
    async fn more(&self, count: usize) {
        let begun = Instant::now();
        let target = self.acknowledged.lock().unwrap().len() + count;
        while self.acknowledged.lock().unwrap().len() < target {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self) -> Vec<StoredMessage> {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        Arc::into_inner(self.acknowledged).expect("the writers have ended").into_inner().unwrap()
    }
}

async fn check(stores: &Stores, conversations: &[ConversationId], acknowledged: Vec<StoredMessage>) {
    let mut stored = Vec::new();
    for id in conversations {
        let all = timeline(stores, *id).await;
        assert!(all.iter().map(|message| message.seq).eq(1..=all.len() as u64), "no hole");
        assert!(all.iter().map(|message| message.rev).eq(1..=all.len() as u64), "no hole");
        stored.extend(all);
    }
    assert_eq!(stored.len(), acknowledged.len(), "each once");
    let stored: std::collections::HashMap<_, _> =
        stored.into_iter().map(|message| (message.id, message)).collect();
    for message in acknowledged {
        assert_eq!(stored.get(&message.id), Some(&message));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_mongod() {
    let mut server = start(1).await;
    let stores = connect(&server).await.stores();
    let user = UserId::generate(NOW);
    let mut conversations = Vec::new();
    for _ in 0..5 {
        conversations.push(conversation(&stores, user).await);
    }
    let load = Load::start(&stores, user, &conversations);
    for _ in 0..2 {
        load.more(200).await;
        server = tokio::task::spawn_blocking(move || {
            server.member(0).restart();
            server.wait_for_primary();
            server
        })
        .await
        .unwrap();
    }
    load.more(200).await;
    check(&stores, &conversations, load.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_primary() {
    let mut server = start(3).await;
    let stores = connect(&server).await.stores();
    let user = UserId::generate(NOW);
    let conversations = [conversation(&stores, user).await, conversation(&stores, user).await];
    let load = Load::start(&stores, user, &conversations);
    load.more(200).await;
    let server = tokio::task::spawn_blocking(move || {
        let primary = server.wait_for_primary();
        server.member(primary).kill();
        server.wait_for_primary();
        server
    });
    let _server = server.await.unwrap();
    load.more(200).await;
    check(&stores, &conversations, load.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_majority_nothing_is_acknowledged() {
    let mut server = start(3).await;
    let stores = connect(&server).await.stores();
    let user = UserId::generate(NOW);
    let id = conversation(&stores, user).await;
    let first = send(&stores, message(id, user, Head::default())).await;
    let primary = server.wait_for_primary();
    let others: Vec<_> = (0..3).filter(|n| *n != primary).collect();
    for n in &others {
        server.member(*n).pause();
    }
    let mut second = message(id, user, Head { rev: first.rev, seq: first.seq });
    let begun = Instant::now();
    let commit = Commit { conversation: id, writes: vec![Write::Insert(second.clone())] };
    let refused = stores.timeline.commit(commit).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(25), "it has a deadline");
    for n in &others {
        server.member(*n).resume();
    }
    // Whether or not it was written, it is there once.
    second = send(&stores, second).await;
    assert_eq!(timeline(&stores, id).await, [first, second]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_follow_what_a_closed_store_wrote() {
    let server = start(1).await;
    let store = connect(&server).await;
    let stores = store.stores();
    let user = UserId::generate(NOW);
    let (one, other) = (conversation(&stores, user).await, conversation(&stores, user).await);
    let mut later = message(one, user, Head::default());
    later.created_at = NOW.after(Duration::from_secs(1));
    send(&stores, later).await;
    store.close().await.unwrap();
    let listed = connect(&server).await.stores().conversations;
    let page = listed.list(user, &PageRequest { cursor: None, limit: 9 }).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|listed| listed.conversation.id).collect();
    assert_eq!(ids, [one, other]);
}
