//! Reading timelines.

use std::collections::HashMap;

use futures::try_join;
use mongodb::bson::{Document, doc};
use natter_domain::command::Window;
use natter_domain::id::{ConversationId, MessageId, UserId};
use natter_domain::message::{Head, StoredMessage};
use serde::Deserialize;

use super::document::{MessageDocument, shown};
use crate::contention::Attempts;
use crate::fault::{DEADLINE, Fault, all, within};
use crate::schema::Collections;
use crate::values::{Id as _, long, number, oids};

/// Conversations whose ends are asked for at once.
const HEADS: usize = 500;

/// The highest place of a field. By `conversation_rev`, or by `conversation_seq`.
async fn highest(collections: &Collections, id: ConversationId, field: &str) -> Result<u64, Fault> {
    let messages = collections.messages.clone_with_type::<Document>();
    let find = messages.find_one(doc! { "conversationId": id.oid() }).sort(doc! { field: -1 });
    let found = within(find.projection(doc! { "_id": 0, field: 1 })).await?;
    Ok(found.map_or(0, |message| number(message.get_i64(field).unwrap_or(0))))
}

/// Where the timeline ends. The two are not read at one moment; whoever writes after either of
/// them when another has, finds its place taken.
pub(super) async fn head(collections: &Collections, id: ConversationId) -> Result<Head, Fault> {
    let (rev, seq) = try_join!(highest(collections, id, "rev"), highest(collections, id, "seq"))?;
    Ok(Head { rev, seq })
}

/// The latest message's `seq`; zero if there is none.
pub(crate) async fn last_seq(collections: &Collections, id: ConversationId) -> Result<u64, Fault> {
    highest(collections, id, "seq").await
}

#[derive(Deserialize)]
struct Ends {
    #[serde(rename = "_id")]
    id: mongodb::bson::oid::ObjectId,
    rev: Vec<Document>,
    seq: Vec<Document>,
}

/// Stages that look for the end of each conversation by this field.
pub(crate) fn with_highest(field: &str) -> Document {
    doc! { "$lookup": {
        "from": "messages",
        "localField": "_id",
        "foreignField": "conversationId",
        "pipeline": [{ "$sort": { field: -1 } }, { "$limit": 1 }, { "$project": { "_id": 0, field: 1 } }],
        "as": field,
    } }
}

/// What [`with_highest`] found.
pub(crate) fn highest_of(found: &[Document], field: &str) -> u64 {
    found.first().map_or(0, |message| number(message.get_i64(field).unwrap_or(0)))
}

pub(super) async fn heads(collections: &Collections, ids: &[ConversationId]) -> Result<Vec<Head>, Fault> {
    let mut heads = HashMap::new();
    for ids in ids.chunks(HEADS) {
        let pipeline = [
            doc! { "$match": { "_id": { "$in": oids(ids) } } },
            doc! { "$project": { "_id": 1 } },
            with_highest("rev"),
            with_highest("seq"),
        ];
        for ends in all(collections.conversations.aggregate(pipeline).with_type::<Ends>()).await? {
            let head = Head { rev: highest_of(&ends.rev, "rev"), seq: highest_of(&ends.seq, "seq") };
            heads.insert(ConversationId::of(ends.id), head);
        }
    }
    Ok(ids.iter().map(|id| heads.get(id).copied().unwrap_or_default()).collect())
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
    collections: &Collections,
    conversation: ConversationId,
    after_rev: u64,
    limit: u32,
) -> Result<(Vec<StoredMessage>, Head), Fault> {
    let mut attempts = Attempts::new();
    loop {
        let end = head(collections, conversation).await?;
        let filter = doc! { "conversationId": conversation.oid(), "rev": { "$gt": long(after_rev) } };
        let found = many(collections, filter, doc! { "rev": 1 }, i64::from(limit)).await?;
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
