//! Changing conversations.

use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use mongodb::options::ReturnDocument;
use natter_domain::conversation::Conversation;
use natter_domain::id::ConversationId;
use natter_domain::time::Timestamp;

use super::document::{ConversationDocument, ParticipantDocument};
use crate::fault::{Fault, within};
use crate::schema::Collections;
use crate::values::{Id as _, date};

/// Sets fields of it, and answers it as it is then.
pub(super) async fn set(
    collections: &Collections,
    id: ConversationId,
    fields: Document,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    update(collections, doc! { "_id": id.oid() }, doc! { "$set": fields }, at).await
}

/// Writes who takes part, if nobody else has since `before` was read: else `None`.
pub(super) async fn write_participants(
    collections: &Collections,
    before: &ConversationDocument,
    participants: &[ParticipantDocument],
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    let participants: Bson = serialize_to_bson(participants)?;
    let change = doc! { "$set": { "participants": participants }, "$inc": { "version": 1_i64 } };
    update(collections, unchanged(before), change, at).await
}

/// Matches a conversation whose participants are what was read.
pub(super) fn unchanged(before: &ConversationDocument) -> Document {
    doc! { "_id": before.id, "epoch": before.epoch, "version": before.version }
}

async fn update(
    collections: &Collections,
    filter: Document,
    mut change: Document,
    at: Timestamp,
) -> Result<Option<Conversation>, Fault> {
    change.insert("$max", doc! { "updatedAt": date(at), "activeAt": date(at) });
    let update = collections.conversations.find_one_and_update(filter, change);
    let after = within(update.return_document(ReturnDocument::After)).await?;
    after.map(Conversation::try_from).transpose()
}
