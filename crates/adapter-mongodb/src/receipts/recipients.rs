//! To whom messages of a conversation go, and how far they went.
//!
//! What was read or written last is remembered, so that a delivery in a conversation that is written
//! to all the time has nothing to read of it but two numbers, by which it is known that nobody came
//! or went. That nothing was delivered meanwhile is seen when the delivery is written: it would not
//! find the document's `version`.

use std::collections::HashMap;
use std::sync::Arc;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use natter_domain::id::ConversationId;
use serde::Deserialize;

use crate::Core;
use crate::fault::{Fault, all};
use crate::schema::Collections;
use crate::values::{Id as _, long, number, oids};

/// Participants of all conversations that are remembered.
const REMEMBERED: u64 = 500_000;

/// What is remembered.
pub(crate) type Memory = moka::sync::Cache<ConversationId, Arc<Recipients>>;

/// A participant, and how far messages have been delivered to them.
#[derive(Clone, Copy)]
pub(super) struct Recipient {
    pub(super) joined: u64,
    pub(super) delivered: u64,
}

impl Recipient {
    /// Whoever joined after a message starts past it without having received it.
    pub(super) fn has(self, seq: u64) -> bool {
        self.joined < seq && seq <= self.delivered
    }
}

/// A conversation's participants.
#[derive(Clone)]
pub(crate) struct Recipients {
    mark: Mark,
    /// Of the document that says how far messages went; zero where there is none.
    pub(super) version: i64,
    /// Which delivery wrote it.
    pub(super) by: Option<ObjectId>,
    /// By their ids. What they have read is not all in it: see [`readers`].
    pub(super) all: HashMap<ObjectId, Recipient>,
}

impl Recipients {
    /// After this delivery, of which these are that far.
    pub(super) fn advanced(&self, by: ObjectId, seqs: &[(ObjectId, u64)]) -> Self {
        let mut after = Self { version: self.version + 1, by: Some(by), ..self.clone() };
        for (user, seq) in seqs {
            if let Some(recipient) = after.all.get_mut(user) {
                recipient.delivered = *seq;
            }
        }
        after
    }
}

/// By which it is known whether the participants are still the same.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
struct Mark {
    #[serde(rename = "_id")]
    conversation: ObjectId,
    epoch: ObjectId,
    version: i64,
}

#[derive(Deserialize)]
struct Members {
    #[serde(rename = "_id")]
    conversation: ObjectId,
    epoch: ObjectId,
    version: i64,
    participants: Vec<Member>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    user_id: ObjectId,
    joined_seq: i64,
}

pub(crate) fn memory() -> Memory {
    let weight =
        |_: &ConversationId, it: &Arc<Recipients>| u32::try_from(it.all.len() + 4).unwrap_or(u32::MAX);
    moka::sync::Cache::builder().weigher(weight).max_capacity(REMEMBERED).build()
}

/// Of those of the conversations that are there. By the key.
pub(super) async fn load(
    core: &Core,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Arc<Recipients>>, Fault> {
    let conversations = core.collections.conversations.clone_with_type::<Mark>();
    let find = conversations.find(doc! { "_id": { "$in": oids(ids) } });
    let mut known = HashMap::with_capacity(ids.len());
    let mut unknown = Vec::new();
    for mark in all(find.projection(doc! { "epoch": 1, "version": 1 })).await? {
        let id = ConversationId::of(mark.conversation);
        match core.recipients.get(&id).filter(|remembered| remembered.mark == mark) {
            Some(remembered) => drop(known.insert(id, remembered)),
            None => unknown.push(id),
        }
    }
    if !unknown.is_empty() {
        known.extend(read(&core.collections, &unknown).await?);
    }
    Ok(known)
}

async fn read(
    collections: &Collections,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, Arc<Recipients>)>, Fault> {
    let these = || doc! { "_id": { "$in": oids(ids) } };
    let fields: Document =
        doc! { "epoch": 1, "version": 1, "participants.userId": 1, "participants.joinedSeq": 1 };
    let members = collections.conversations.clone_with_type::<Members>();
    let (members, deliveries) =
        try_join!(all(members.find(these()).projection(fields)), all(collections.deliveries.find(these())),)?;
    let deliveries: HashMap<_, _> = deliveries.into_iter().map(|it| (it.conversation, it)).collect();
    let recipients = |Members { conversation, epoch, version, participants }| {
        let mark = Mark { conversation, epoch, version };
        let found = deliveries.get(&mark.conversation);
        let recipient = |Member { user_id, joined_seq }: Member| {
            let (joined, delivered) = (number(joined_seq), found.map_or(0, |it| it.to(user_id)));
            (user_id, Recipient { joined, delivered: delivered.max(joined) })
        };
        let recipients = Recipients {
            mark,
            version: found.map_or(0, |it| it.version),
            by: found.and_then(|it| it.by),
            all: participants.into_iter().map(recipient).collect(),
        };
        (ConversationId::of(mark.conversation), Arc::new(recipients))
    };
    Ok(members.into_iter().map(recipients).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reader {
    conversation_id: ObjectId,
    user_id: ObjectId,
    highest: i64,
}

/// Who has read past this `seq`, and how far. By `conversation_user`.
pub(super) async fn readers(
    collections: &Collections,
    conversations: &[ConversationId],
    seq: u64,
) -> Result<HashMap<ConversationId, Vec<(ObjectId, u64)>>, Fault> {
    let past = doc! {
        "conversationId": { "$in": oids(conversations) },
        "highest": { "$gt": long(seq) },
    };
    let watermarks = collections.watermarks.clone_with_type::<Reader>();
    let fields = doc! { "_id": 0, "conversationId": 1, "userId": 1, "highest": 1 };
    let mut readers = HashMap::<_, Vec<_>>::new();
    for Reader { conversation_id, user_id, highest } in all(watermarks.find(past).projection(fields)).await? {
        readers.entry(ConversationId::of(conversation_id)).or_default().push((user_id, number(highest)));
    }
    Ok(readers)
}
