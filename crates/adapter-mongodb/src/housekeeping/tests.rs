//! What a process that died left behind is put right by another one.

use std::time::SystemTime;

use mongodb::bson::{DateTime, Document, doc};
use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::StoredMessage;
use natter_domain::ports::store::{Commit, Committed, NewConversation, StoreError, Write};
use natter_domain::time::Timestamp;
use natter_test_servers::MongoSet;

use super::*;
use crate::MongoStore;
use crate::samples::message;
use crate::values::{Id as _, date};

fn now() -> Timestamp {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_millis(now.as_millis().try_into().unwrap())
}

fn long_ago() -> DateTime {
    DateTime::from_millis(now().millis() - 70_000)
}

fn conversation(at: Timestamp) -> NewConversation {
    let id = ConversationId::generate(at);
    let participants = vec![Participant { user: UserId::generate(at), role: Role::Admin, joined_at: at }];
    NewConversation { id, kind: ConversationKind::Group, name: None, photo: None, participants, at }
}

/// A store with a conversation of one message.
async fn store(server: &MongoSet) -> (MongoStore, ConversationId, StoredMessage) {
    let store = MongoStore::connect(&server.url()).await.unwrap();
    let sent_at = Timestamp::from_millis(now().millis() - 60_000);
    let new = conversation(Timestamp::from_millis(sent_at.millis() - 1));
    let id = new.id;
    store.stores().conversations.create(new).await.unwrap();
    let message = message(id, sent_at);
    let commit = Commit { conversation: id, writes: vec![Write::Insert(message.clone())] };
    assert_eq!(store.stores().timeline.commit(commit).await.unwrap(), [Committed::Written]);
    store.core.activity.flush(&store.core.database).await.unwrap();
    (store, id, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_of_dead_processes_is_rebuilt() {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let (store, id, message) = store(&server).await;
    let collections = &store.core.collections;
    let conversations = collections.conversations.clone_with_type::<Document>();
    let one = doc! { "_id": id.oid() };
    let lost = doc! { "$set": { "activeAt": DateTime::from_millis(0) } };
    conversations.update_one(one.clone(), lost).await.unwrap();
    collections.writers.insert_one(doc! { "_id": "dead", "at": long_ago() }).await.unwrap();

    timeline::rebuild(&store.core.database, collections).await.unwrap();
    let rebuilt = conversations.find_one(one).await.unwrap().unwrap();
    assert_eq!(*rebuilt.get_datetime("activeAt").unwrap(), date(message.created_at));
    let left = collections.writers.count_documents(doc! { "_id": "dead" }).await.unwrap();
    assert_eq!(left, 0);
    let living = collections.writers.count_documents(doc! {}).await.unwrap();
    assert_eq!(living, 1, "this process");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_committed_again_makes_up_for_activity_that_was_lost() {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let (store, id, message) = store(&server).await;
    let conversations = store.core.collections.conversations.clone_with_type::<Document>();
    let one = doc! { "_id": id.oid() };
    let lost = doc! { "$set": { "activeAt": DateTime::from_millis(0) } };
    conversations.update_one(one.clone(), lost).await.unwrap();

    let again = StoredMessage { seq: 2, rev: 2, created_rev: 2, ..message.clone() };
    let commit = Commit { conversation: id, writes: vec![Write::Insert(again)] };
    let outcome = store.stores().timeline.commit(commit).await.unwrap();
    assert_eq!(outcome, [Committed::Repeated(Box::new(message.clone()))]);
    store.core.activity.flush(&store.core.database).await.unwrap();
    let found = conversations.find_one(one).await.unwrap().unwrap();
    assert_eq!(*found.get_datetime("activeAt").unwrap(), date(message.created_at));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deleted_conversations_leave_is_erased() {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let (store, id, kept) = store(&server).await;
    let collections = &store.core.collections;
    // As if its deletion had been cut short, and the other one's never begun.
    let gone = ConversationId::generate(now());
    let orphan = timeline::MessageDocument::new(gone, &message(gone, now()));
    collections.messages.insert_one(orphan).await.unwrap();
    for id in [id, gone] {
        collections.erasures.insert_one(doc! { "_id": id.oid(), "at": long_ago() }).await.unwrap();
    }
    erase::sweep(collections).await.unwrap();
    let left = store.stores().timeline.head(gone).await.unwrap();
    assert_eq!(left, natter_domain::message::Head::default());
    assert_eq!(store.stores().timeline.message(kept.id).await.unwrap(), Some(kept));
    assert_eq!(collections.erasures.count_documents(doc! {}).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_by_who_has_not_seen_a_deletion_is_erased_and_confuses_nothing() {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let (writer, other) = (
        MongoStore::connect(&server.url()).await.unwrap(),
        MongoStore::connect(&server.url()).await.unwrap(),
    );
    let (new, erasures) = (conversation(now()), &other.core.collections.erasures);
    let id = new.id;
    writer.stores().conversations.create(new.clone()).await.unwrap();
    let commit = |number| {
        let message = StoredMessage { seq: number, rev: number, created_rev: number, ..message(id, now()) };
        Commit { conversation: id, writes: vec![Write::Insert(message)] }
    };
    assert_eq!(writer.stores().timeline.commit(commit(1)).await.unwrap(), [Committed::Written]);
    other.stores().conversations.delete(id).await.unwrap();
    // Unless this took so long that it has looked again.
    let late = writer.stores().timeline.commit(commit(2)).await.unwrap();
    assert!([Committed::Written, Committed::Gone].contains(&late[0]), "{late:?}");
    let again = other.stores().conversations.create(new.clone()).await;
    assert!(matches!(again, Err(StoreError::Unavailable(_))), "{again:?}");
    // Nor does that bring it back.
    assert_eq!(other.stores().conversations.get(id).await.unwrap(), None);

    erasures.update_one(doc! {}, doc! { "$set": { "at": long_ago() } }).await.unwrap();
    erase::sweep(&other.core.collections).await.unwrap();
    let left = other.stores().timeline.head(id).await.unwrap();
    assert_eq!(left, natter_domain::message::Head::default());
    assert!(other.stores().conversations.create(new).await.unwrap().1);
}
