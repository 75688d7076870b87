//! Making conversations.

use mongodb::bson::doc;
use natter_domain::conversation::{Conversation, ConversationKind, MAX_MEMBERS};
use natter_domain::ports::store::NewConversation;

use super::document::{ConversationDocument, pair};
use super::{erase, read};
use crate::contention::Attempts;
use crate::fault::{Fault, taken, within};
use crate::schema::{Collections, name};
use crate::values::Id as _;

/// Makes it, unless the unique indexes have its id or its pair: then that one is the answer.
pub(super) async fn create(
    collections: &Collections,
    new: &NewConversation,
) -> Result<(Conversation, bool), Fault> {
    if new.participants.len() > MAX_MEMBERS {
        return Err(Fault::TooMany);
    }
    let conversation = ConversationDocument::new(new);
    // Usually not: ids are new. But a command may come late, when what it made is deleted already.
    if erase::is_noted(collections, new.id).await? {
        let there = read(collections, doc! { "_id": new.id.oid() }).await?;
        return there.map(|there| (there, false)).ok_or(Fault::Deleted);
    }
    let mut attempts = Attempts::new();
    loop {
        let there = match within(collections.conversations.insert_one(&conversation)).await {
            Ok(_) => return Ok((conversation.try_into()?, true)),
            Err(Fault::Driver(error)) => match (taken(&error), new.kind, new.participants.as_slice()) {
                (Some(name::ID), ..) => doc! { "_id": new.id.oid() },
                (Some(name::PAIR), ConversationKind::Direct, [one, other]) => {
                    doc! { "pair": pair(one.user, other.user) }
                }
                _ => return Err(Fault::Driver(error)),
            },
            Err(fault) => return Err(fault),
        };
        if let Some(there) = read(collections, there).await? {
            return Ok((there, false));
        }
        // It is deleted meanwhile, or not known to a majority yet.
        attempts.another().await?;
    }
}
