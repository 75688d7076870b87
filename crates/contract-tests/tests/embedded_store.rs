//! [`SqliteStore`] keeps to the laws of the store's ports, and what was written stays.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use natter_adapter_embedded::SqliteStore;
use natter_adapter_embedded::store::{DATABASE_FILE, OpenError};
use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{MessageKind, StoredMessage};
use natter_domain::page::PageRequest;
use natter_domain::ports::store::{Commit, Committed, MessageQuery, NewConversation, Stores, Write};
use natter_domain::time::Timestamp;
use tempfile::TempDir;

struct InDirectory {
    stores: Stores,
    _directory: TempDir,
}

impl InDirectory {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stores = SqliteStore::open(directory.path()).unwrap().stores();
        Self { stores, _directory: directory }
    }
}

natter_contract_tests::store_suite!(InDirectory::new());

const USER: UserId = UserId::from_bytes([7; 12]);
const CONVERSATION: ConversationId = ConversationId::from_bytes([8; 12]);

fn open(directory: &Path) -> Stores {
    SqliteStore::open(directory).unwrap().stores()
}

async fn make_conversation(stores: &Stores) {
    let at = Timestamp::from_millis(0);
    let participants = vec![Participant { user: USER, role: Role::Admin, joined_at: at }];
    let kind = ConversationKind::Group;
    let new = NewConversation { id: CONVERSATION, kind, name: None, photo: None, participants, at };
    stores.conversations.create(new).await.unwrap();
}

/// Stores the `seq`th message; nothing else is written there.
async fn send(stores: &Stores, seq: u64) -> MessageId {
    let at = Timestamp::from_millis(seq.try_into().unwrap());
    let message = StoredMessage {
        id: MessageId::generate(at),
        conversation: CONVERSATION,
        sender: USER,
        text: Some(format!("hello {seq}")),
        media: Vec::new(),
        kind: MessageKind::Text,
        reply_to: None,
        reactions: Vec::new(),
        seq,
        rev: seq,
        created_rev: seq,
        client_message_id: Some(format!("n{seq}")),
        edited_at: None,
        deleted: false,
        created_at: at,
        updated_at: at,
    };
    let id = message.id;
    let commit = Commit { conversation: CONVERSATION, writes: vec![Write::Insert(message)] };
    assert_eq!(stores.timeline.commit(commit).await.unwrap(), [Committed::Written]);
    id
}

async fn found(stores: &Stores, text: &str) -> usize {
    let query = MessageQuery { text: text.into(), conversations: vec![CONVERSATION] };
    let page = PageRequest { cursor: None, limit: 100 };
    stores.timeline.search(&query, &page).await.unwrap().items.len()
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let stores = open(directory.path());
    make_conversation(&stores).await;
    let first = send(&stores, 1).await;
    drop(stores);

    let stores = open(directory.path());
    assert_eq!(stores.timeline.message(first).await.unwrap().unwrap().seq, 1);
    send(&stores, 2).await;
    assert_eq!(found(&stores, "hello").await, 2);
    drop(stores);
    assert!(!directory.path().join(format!("{DATABASE_FILE}-wal")).exists(), "the log was copied");
}

#[tokio::test]
async fn a_deleted_conversation_is_erased_also_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let stores = open(directory.path());
    make_conversation(&stores).await;
    send(&stores, 1).await;
    stores.conversations.delete(CONVERSATION).await.unwrap();
    drop(stores);
    let stores = open(directory.path());
    make_conversation(&stores).await;
    assert_eq!(found(&stores, "hello").await, 0);
    send(&stores, 1).await;
    assert_eq!(found(&stores, "hello").await, 1);
}

#[test]
fn one_process_has_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path()).unwrap();
    let refused = SqliteStore::open(directory.path()).err().unwrap();
    assert!(matches!(refused, OpenError::InUse(_)), "{refused}");
    assert!(refused.to_string().contains(&directory.path().display().to_string()), "{refused}");
    drop(store);
    SqliteStore::open(directory.path()).unwrap();
}

/// Where the child of the next test writes; without it, that child does nothing.
const CHILD: &str = "NATTER_TEST_STORE_TO_WRITE";

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    // More than once, so that what a killed process left is opened and written on.
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_killed", "--nocapture"])
            .env(CHILD, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let answered = |line: String| line.strip_prefix("stored ").map(|id| id.parse::<MessageId>().unwrap());
        let mut ids: Vec<_> = lines.by_ref().map(Result::unwrap).filter_map(answered).take(200).collect();
        assert_eq!(ids.len(), 200);
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died; the last line may be cut.
        ids.extend(lines.map_while(Result::ok).filter(|line| line.len() == 31).filter_map(answered));
        kept.extend(ids);

        let stores = open(directory.path());
        let found = stores.timeline.messages(&kept).await.unwrap();
        assert_eq!(found.len(), kept.len());
        let head = stores.timeline.head(CONVERSATION).await.unwrap();
        assert!(head.seq >= kept.len() as u64 && head.seq == head.rev);
        let (all, _) = stores.timeline.changes(CONVERSATION, 0, u32::MAX).await.unwrap();
        assert!(all.iter().map(|message| message.seq).eq(1..=head.seq));
        assert_eq!(found_all(&stores).await, head.seq);
    }
}

/// How many messages the text index knows.
async fn found_all(stores: &Stores) -> u64 {
    let query = MessageQuery { text: "hello".into(), conversations: vec![CONVERSATION] };
    let mut page = PageRequest { cursor: None, limit: 1_000 };
    let mut count = 0;
    loop {
        let found = stores.timeline.search(&query, &page).await.unwrap();
        count += found.items.len() as u64;
        page.cursor = found.next;
        if page.cursor.is_none() {
            return count;
        }
    }
}

#[tokio::test]
async fn writes_until_killed() {
    let Some(directory) = std::env::var_os(CHILD) else { return };
    let stores = open(Path::new(&directory));
    make_conversation(&stores).await;
    let first = stores.timeline.head(CONVERSATION).await.unwrap().seq + 1;
    for seq in first.. {
        let id = send(&stores, seq).await;
        writeln!(std::io::stdout(), "stored {id}").unwrap();
    }
}
