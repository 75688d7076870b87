//! Reading timelines.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use natter_domain::command::Window;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, StoredMessage};
use serde::Deserialize;

use super::document::{MessageDocument, shown};
use crate::Core;
use crate::contention::Attempts;
use crate::fault::{DEADLINE, Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, long, number, oids};

/// Conversations whose ends are asked for at once.
const HEADS: usize = 500;

#[derive(Deserialize)]
struct End {
    #[serde(rename = "_id")]
    conversation: ObjectId,
    highest: i64,
}

/// Stages that find the message with the highest place of each of the conversations, as `found`. By
/// the index of the field, in which [the server jumps from one conversation to the next][jumps]: that
/// costs a tenth of a `$lookup` each.
///
/// [jumps]: https://www.mongodb.com/docs/manual/reference/operator/aggregation/group/#optimizations
fn last_of_each(conversations: Vec<Bson>, field: &str, found: &str) -> [Document; 3] {
    [
        doc! { "$match": { "conversationId": { "$in": conversations } } },
        doc! { "$sort": { "conversationId": -1, field: -1 } },
        doc! { "$group": { "_id": "$conversationId", "highest": { "$first": found } } },
    ]
}

/// The highest `rev`, or `seq`, of those of the conversations that have a message. By
/// `conversation_rev`, or by `conversation_seq`.
pub(crate) async fn highest(
    collections: &Collections,
    conversations: Vec<Bson>,
    field: &str,
) -> Result<HashMap<ObjectId, u64>, Fault> {
    let pipeline = last_of_each(conversations, field, &format!("${field}"));
    let ends = all(collections.messages.aggregate(pipeline).with_type::<End>()).await?;
    Ok(ends.into_iter().map(|end| (end.conversation, number(end.highest))).collect())
}

/// The latest message of those of the conversations that have one. By `conversation_seq`.
pub(crate) async fn latest(
    collections: &Collections,
    conversations: Vec<Bson>,
) -> Result<HashMap<ObjectId, StoredMessage>, Fault> {
    let [these, sorted, first] = last_of_each(conversations, "seq", "$$ROOT");
    let message = doc! { "$replaceRoot": { "newRoot": "$highest" } };
    let pipeline = [these, sorted, first, message, doc! { "$project": shown() }];
    let found = all(collections.messages.aggregate(pipeline).with_type::<MessageDocument>()).await?;
    let read = |message: MessageDocument| {
        StoredMessage::try_from(message).map(|message| (message.conversation.oid(), message))
    };
    found.into_iter().map(read).collect()
}

/// Where the timeline ends. The two are not read at one moment; whoever writes after either of
/// them when another has, finds its place taken.
pub(super) async fn head(collections: &Collections, id: ConversationId) -> Result<Head, Fault> {
    Ok(heads(collections, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The latest message's `seq`; zero if there is none.
pub(crate) async fn last_seq(collections: &Collections, id: ConversationId) -> Result<u64, Fault> {
    let found = highest(collections, oids(&[id]), "seq").await?;
    Ok(found.get(&id.oid()).copied().unwrap_or(0))
}

/// Where those of the conversations end that have a message.
pub(crate) async fn heads(
    collections: &Collections,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Head>, Fault> {
    let mut heads = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(HEADS) {
        let (revs, seqs) =
            try_join!(highest(collections, oids(ids), "rev"), highest(collections, oids(ids), "seq"))?;
        heads.extend(revs.into_iter().map(|(id, rev)| {
            let seq = seqs.get(&id).copied().unwrap_or(0);
            (ConversationId::of(id), Head { rev, seq })
        }));
    }
    Ok(heads)
}

pub(super) async fn one(collections: &Collections, filter: Document) -> Result<Option<StoredMessage>, Fault> {
    let found = within(collections.messages.find_one(filter).projection(shown())).await?;
    found.map(StoredMessage::try_from).transpose()
}

/// By the key.
pub(super) async fn message(
    collections: &Collections,
    id: MessageId,
) -> Result<Option<StoredMessage>, Fault> {
    one(collections, doc! { "_id": id.oid() }).await
}

/// By `conversation_sender_client_id`.
pub(super) async fn by_client_id(
    collections: &Collections,
    conversation: ConversationId,
    sender: UserId,
    client_message_id: &str,
) -> Result<Option<StoredMessage>, Fault> {
    let named = doc! {
        "conversationId": conversation.oid(),
        "senderId": sender.oid(),
        "clientMessageId": client_message_id,
    };
    one(collections, named).await
}

pub(super) async fn many(
    collections: &Collections,
    filter: Document,
    sort: Document,
    limit: i64,
) -> Result<Vec<StoredMessage>, Fault> {
    // The server gives up, too, rather than go on for nobody.
    let find = collections.messages.find(filter).sort(sort).limit(limit).max_time(DEADLINE);
    all(find.projection(shown()))
        .await?
        .into_iter()
        .map(|message: MessageDocument| message.try_into())
        .collect()
}

/// By `conversation_seq`, in its order or against it.
pub(super) async fn window(
    collections: &Collections,
    conversation: ConversationId,
    window: Window,
    limit: u32,
) -> Result<(Vec<StoredMessage>, bool), Fault> {
    let (seqs, direction) = match window {
        Window::Latest => (doc! { "$gt": 0_i64 }, -1),
        Window::Before(seq) => (doc! { "$lt": long(seq) }, -1),
        Window::After(seq) => (doc! { "$gt": long(seq) }, 1),
        Window::Around(seq) => return around(collections, conversation, seq, limit).await,
    };
    let filter = doc! { "conversationId": conversation.oid(), "seq": seqs };
    let mut found = many(collections, filter, doc! { "seq": direction }, i64::from(limit) + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

async fn around(
    collections: &Collections,
    conversation: ConversationId,
    seq: u64,
    limit: u32,
) -> Result<(Vec<StoredMessage>, bool), Fault> {
    let side = u64::from(limit.saturating_sub(1)) / 2;
    let last = seq.saturating_add(side);
    let range = doc! { "$gte": long(seq.saturating_sub(side)), "$lte": long(last) };
    let filter = doc! { "conversationId": conversation.oid(), "seq": range };
    let found = many(collections, filter, doc! { "seq": 1 }, i64::from(limit));
    let (found, end) = try_join!(found, last_seq(collections, conversation))?;
    Ok((found, last < end))
}

/// By `conversation_rev`.
///
/// A message that is changed while it is read moves on to the end, so it can be met twice, never
/// missed; then it is read again. The end is looked for first: what is behind it then and no longer
/// at its place has moved past it, and is met there.
pub(super) async fn changes(
    core: &Core,
    conversation: ConversationId,
    after_rev: u64,
    limit: u32,
) -> Result<(Vec<StoredMessage>, Head), Fault> {
    let mut attempts = Attempts::new();
    loop {
        let end = core.reads.heads.read(conversation).await?.unwrap_or_default();
        let filter = doc! { "conversationId": conversation.oid(), "rev": { "$gt": long(after_rev) } };
        let found = many(&core.collections, filter, doc! { "rev": 1 }, i64::from(limit)).await?;
        let ids: std::collections::HashSet<_> = found.iter().map(|message| message.id).collect();
        if ids.len() == found.len() {
            let end = found.iter().fold(end, |end, message| Head {
                rev: end.rev.max(message.rev),
                seq: end.seq.max(message.seq),
            });
            return Ok((found, end));
        }
        attempts.another().await?;
    }
}
