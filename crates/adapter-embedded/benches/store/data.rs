//! What the store is filled with: a million messages of words as common as words are.

use std::sync::atomic::{AtomicU64, Ordering};

use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{MessageKind, StoredMessage};
use natter_domain::ports::store::{Commit, Committed, NewConversation, Stores, Write};
use natter_domain::time::Timestamp;

/// Messages in the full store.
pub(crate) const MESSAGES: u64 = 1_000_000;
/// Conversations in the full store.
pub(crate) const CONVERSATIONS: u64 = 2_000;
/// Words that there are.
const WORDS: u64 = 20_000;
/// Messages a commit while filling.
const AT_ONCE: u64 = 250;

/// A sequence of numbers that looks random and is always the same (splitmix64).
pub(crate) fn random() -> u64 {
    static STATE: AtomicU64 = AtomicU64::new(0);
    let mut z = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`th most common word.
pub(crate) fn word(n: u64) -> String {
    let syllables = ["ka", "lo", "mi", "ne", "ru", "so", "ta", "vi"];
    let mut word = String::new();
    let mut left = n + 8;
    while left > 0 {
        word.push_str(syllables[usize::try_from(left % 8).unwrap()]);
        left /= 8;
    }
    word
}

/// Ten words; how often one is used falls with its place, as in a language.
fn text() -> String {
    let words = (0..10).map(|_| {
        let part = (random() % 1_000_000) as f64 / 1_000_000.0;
        word(((WORDS as f64).powf(part)) as u64 - 1)
    });
    words.collect::<Vec<_>>().join(" ")
}

fn at(n: u64) -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000 + i64::try_from(n).unwrap())
}

pub(crate) fn message(conversation: ConversationId, sender: UserId, seq: u64, n: u64) -> StoredMessage {
    StoredMessage {
        id: MessageId::generate(at(n)),
        conversation,
        sender,
        text: Some(text()),
        media: Vec::new(),
        kind: MessageKind::Text,
        reply_to: None,
        reactions: Vec::new(),
        seq,
        rev: seq,
        created_rev: seq,
        client_message_id: Some(format!("{:016x}{n:08x}", random())),
        edited_at: None,
        deleted: false,
        created_at: at(n),
        updated_at: at(n),
    }
}

pub(crate) async fn conversation(stores: &Stores, users: &[UserId]) -> ConversationId {
    let participant = |user: &UserId| Participant { user: *user, role: Role::Member, joined_at: at(0) };
    let new = NewConversation {
        id: ConversationId::generate(at(0)),
        kind: ConversationKind::Group,
        name: None,
        photo: None,
        participants: users.iter().map(participant).collect(),
        at: at(0),
    };
    stores.conversations.create(new).await.unwrap().0.id
}

pub(crate) async fn write(stores: &Stores, conversation: ConversationId, messages: Vec<StoredMessage>) {
    let writes = messages.into_iter().map(Write::Insert).collect();
    let outcome = stores.timeline.commit(Commit { conversation, writes }).await.unwrap();
    assert!(outcome.iter().all(|outcome| *outcome == Committed::Written));
}

/// A full store.
pub(crate) struct Filled {
    /// All conversations.
    pub(crate) conversations: Vec<ConversationId>,
    /// Takes part in the first 200, and has read some of each.
    pub(crate) reader: UserId,
}

/// Conversations of equal length, written in turns as conversations are.
pub(crate) async fn fill(stores: &Stores) -> Filled {
    let users: Vec<_> = (0..50).map(|n| UserId::generate(at(n))).collect();
    let reader = users[0];
    let mut conversations = Vec::new();
    for n in 0..CONVERSATIONS {
        let others = [users[1 + (n % 49) as usize], users[1 + (n * 7 % 49) as usize]];
        let everybody: &[UserId] = if n < 200 { &[reader, others[0], others[1]] } else { &others };
        conversations.push((conversation(stores, everybody).await, others));
    }
    let mut n = 0;
    for round in 0..MESSAGES / CONVERSATIONS / AT_ONCE {
        for (id, others) in &conversations {
            let first = round * AT_ONCE + 1;
            let messages = (first..first + AT_ONCE).map(|seq| {
                n += 1;
                message(*id, others[(random() % 2) as usize], seq, n)
            });
            write(stores, *id, messages.collect()).await;
        }
    }
    let conversations: Vec<_> = conversations.into_iter().map(|(id, _)| id).collect();
    for id in conversations.iter().take(200) {
        let read = random() % (MESSAGES / CONVERSATIONS);
        stores.receipts.mark_all_read(*id, reader, read, at(n)).await.unwrap();
    }
    Filled { conversations, reader }
}
