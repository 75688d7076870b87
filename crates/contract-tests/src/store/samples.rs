//! Things to store, and short ways to store them.

use std::time::{Duration, Instant};

use natter_domain::conversation::{ConversationKind, Participant, Role};
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{MessageKind, StoredMessage};
use natter_domain::page::PageRequest;
use natter_domain::ports::store::{Commit, Committed, NewConversation, NewUser, Stores, Write};
use natter_domain::time::Timestamp;
use natter_domain::user::{Profile, User, UserRef};

/// Some day.
pub(super) const DAY: i64 = 1_770_000_000_000;

/// That day, so many milliseconds later.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(DAY + millis)
}

/// A page of so many, after another one.
pub(super) fn page(limit: u32, cursor: Option<String>) -> PageRequest {
    PageRequest { cursor, limit }
}

/// Cursors that no store makes.
pub(super) const BAD_CURSORS: [&str; 9] =
    ["", "0", "zz", "null", "{\"$ne\":null}", "%", "é", "00", "ffffffffffffffffffffffffffffffffffffffff"];

pub(super) fn someone() -> UserId {
    UserId::generate(at(0))
}

pub(super) fn people<const N: usize>() -> [UserId; N] {
    std::array::from_fn(|_| someone())
}

pub(super) fn new_user(username: &str, name: &str) -> NewUser {
    NewUser {
        user: User {
            profile: Profile {
                user: UserRef {
                    id: someone(),
                    username: username.into(),
                    name: name.into(),
                    profile_image: None,
                },
                last_seen: None,
            },
            email: String::new(),
            created_at: at(0),
        },
        password_hash: "$argon2id$".into(),
    }
}

pub(super) async fn register(stores: &Stores, username: &str, name: &str) -> UserId {
    let new = new_user(username, name);
    let id = new.user.profile.user.id;
    stores.users.create(new).await.expect("registers");
    id
}

/// A conversation of these, made at that time; of a group the first one is admin.
pub(super) fn new_conversation(kind: ConversationKind, members: &[UserId], millis: i64) -> NewConversation {
    let participants = members.iter().enumerate().map(|(place, user)| Participant {
        user: *user,
        role: if kind == ConversationKind::Group && place == 0 { Role::Admin } else { Role::Member },
        joined_at: at(millis),
    });
    NewConversation {
        id: ConversationId::generate(at(millis)),
        kind,
        name: (kind == ConversationKind::Group).then(|| "Climbers".into()),
        photo: None,
        participants: participants.collect(),
        at: at(millis),
    }
}

pub(super) async fn group_at(stores: &Stores, members: &[UserId], millis: i64) -> ConversationId {
    let new = new_conversation(ConversationKind::Group, members, millis);
    let (conversation, created) = stores.conversations.create(new).await.expect("creates");
    assert!(created);
    conversation.id
}

pub(super) async fn group(stores: &Stores, members: &[UserId]) -> ConversationId {
    group_at(stores, members, 0).await
}

/// The message that would be the `seq`th, if nothing but messages was written.
pub(super) fn message(conversation: ConversationId, sender: UserId, seq: u64, text: &str) -> StoredMessage {
    let at = at(i64::try_from(seq).expect("small"));
    StoredMessage {
        id: MessageId::generate(at),
        conversation,
        sender,
        text: Some(text.into()),
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
        created_at: at,
        updated_at: at,
    }
}

pub(super) async fn commit(
    stores: &Stores,
    conversation: ConversationId,
    writes: Vec<Write>,
) -> Vec<Committed> {
    stores.timeline.commit(Commit { conversation, writes }).await.expect("commits")
}

/// Stores one at the end, as one who is alone there; created at `at(its seq)`.
pub(super) async fn send(
    stores: &Stores,
    conversation: ConversationId,
    sender: UserId,
    text: &str,
) -> StoredMessage {
    let head = stores.timeline.head(conversation).await.expect("reads");
    let mut message = message(conversation, sender, head.seq + 1, text);
    (message.rev, message.created_rev) = (head.rev + 1, head.rev + 1);
    let outcome = commit(stores, conversation, vec![Write::Insert(message.clone())]).await;
    assert_eq!(outcome, [Committed::Written]);
    message
}

/// Stores one at the end, as often as it takes while others write.
pub(super) async fn send_among_others(stores: &Stores, mut message: StoredMessage) -> Committed {
    loop {
        let head = stores.timeline.head(message.conversation).await.expect("reads");
        message.seq = head.seq + 1;
        (message.rev, message.created_rev) = (head.rev + 1, head.rev + 1);
        let mut outcome = commit(stores, message.conversation, vec![Write::Insert(message.clone())]).await;
        match outcome.pop().expect("an outcome a write") {
            Committed::Collided => {}
            other => return other,
        }
    }
}

/// Changes one, as one who is alone there.
pub(super) async fn change(
    stores: &Stores,
    message: &StoredMessage,
    change: impl FnOnce(&mut StoredMessage),
) -> StoredMessage {
    let expected_rev = message.rev;
    let mut message = message.clone();
    change(&mut message);
    message.rev = stores.timeline.head(message.conversation).await.expect("reads").rev + 1;
    let write = Write::Replace { expected_rev, message: message.clone() };
    assert_eq!(commit(stores, message.conversation, vec![write]).await, [Committed::Written]);
    message
}

pub(super) async fn delete(stores: &Stores, message: &StoredMessage) -> StoredMessage {
    change(stores, message, |message| {
        message.text = None;
        message.deleted = true;
    })
    .await
}

/// Everybody's, in the order of the participants.
pub(super) async fn unread_counts(stores: &Stores, id: ConversationId) -> Vec<(UserId, u64)> {
    let mut listed = stores.conversations.listed_to_all(&[id]).await.expect("reads");
    listed.pop().expect("is there").unread
}

/// Waits for what may lag behind the timeline.
pub(super) async fn eventually<T: PartialEq + std::fmt::Debug>(
    expected: T,
    mut read: impl AsyncFnMut() -> T,
) {
    let begun = Instant::now();
    loop {
        let found = read().await;
        if found == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "still {found:?} rather than {expected:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Does it for each at the same time, on several threads.
pub(super) async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<T> {
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("no panic"));
    }
    results
}
