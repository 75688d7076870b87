//! The indexes. Which query each serves is in `docs/mongodb.md`, and with each query.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use mongodb::{Database, IndexModel};

use crate::fault::Fault;

/// Names of the unique ones, by which a refused write is told from another.
pub(crate) mod name {
    /// Of every collection, on the key.
    pub(crate) const ID: &str = "_id_";
    /// One a user.
    pub(crate) const USERNAME: &str = "username";
    /// One direct conversation a pair.
    pub(crate) const PAIR: &str = "pair";
    /// A place among the changes, as it is now.
    pub(crate) const REV: &str = "conversation_rev";
    /// A place among the changes, as it was ever.
    pub(crate) const REVS: &str = "conversation_revs";
    /// A place among the messages.
    pub(crate) const SEQ: &str = "conversation_seq";
}

/// How long indexes may be built; a new one of a large collection takes its time.
const PATIENCE: Duration = Duration::from_secs(100);

fn index(name: &str, keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).options(IndexOptions::builder().name(name.to_owned()).build()).build()
}

fn unique(name: &str, keys: Document) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).unique(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}

fn partial(mut model: IndexModel, filter: Document) -> IndexModel {
    model.options.get_or_insert_default().partial_filter_expression = Some(filter);
    model
}

/// Documents go when the time in the field has passed.
fn ttl(field: &str) -> IndexModel {
    let options = IndexOptions::builder().name("purge".to_owned()).expire_after(Duration::ZERO).build();
    IndexModel::builder().keys(doc! { field: 1 }).options(options).build()
}

fn all() -> [(&'static str, Vec<IndexModel>); 10] {
    [
        (
            "users",
            vec![
                unique(name::USERNAME, doc! { "usernameKey": 1 }),
                partial(unique("email", doc! { "email": 1 }), doc! { "email": { "$gt": "" } }),
                index("name", doc! { "nameKey": 1, "usernameKey": 1 }),
            ],
        ),
        (
            "blocks",
            vec![
                unique("blocker_blocked", doc! { "blocker": 1, "blocked": 1 }),
                index("blocker_time", doc! { "blocker": 1, "at": -1, "blocked": -1 }),
                index("blocked", doc! { "blocked": 1, "blocker": 1 }),
            ],
        ),
        (
            "activity",
            vec![
                index("user_time", doc! { "userId": 1, "createdAt": -1, "_id": -1 }),
                partial(
                    unique("user_client_id", doc! { "userId": 1, "clientId": 1 }),
                    doc! { "clientId": { "$exists": true } },
                ),
            ],
        ),
        ("sessions", vec![index("user", doc! { "userId": 1, "createdAt": 1 }), ttl("purgeAt")]),
        ("refreshTokens", vec![ttl("purgeAt")]),
        ("revocations", vec![index("time", doc! { "at": 1, "_id": 1 }), ttl("purgeAt")]),
        (
            "conversations",
            vec![
                partial(unique(name::PAIR, doc! { "pair": 1 }), doc! { "pair": { "$exists": true } }),
                index("participant", doc! { "participants.userId": 1 }),
            ],
        ),
        (
            "messages",
            vec![
                unique(name::REV, doc! { "conversationId": 1, "rev": 1 }),
                unique(name::SEQ, doc! { "conversationId": 1, "seq": 1 }),
                unique(name::REVS, doc! { "conversationId": 1, "revs": 1 }),
                partial(
                    unique(
                        "conversation_sender_client_id",
                        doc! { "conversationId": 1, "senderId": 1, "clientMessageId": 1 },
                    ),
                    doc! { "clientMessageId": { "$exists": true } },
                ),
                index("conversation_sender_seq", doc! { "conversationId": 1, "senderId": 1, "seq": 1 }),
                partial(
                    index("conversation_deleted", doc! { "conversationId": 1, "seq": 1, "senderId": 1 }),
                    doc! { "deleted": true },
                ),
                index("conversation_words", doc! { "conversationId": 1, "words": 1 }),
            ],
        ),
        ("watermarks", vec![unique("conversation_user", doc! { "conversationId": 1, "userId": 1 })]),
        ("erasures", vec![index("time", doc! { "at": 1 })]),
    ]
}

/// Makes those that are not there.
pub(super) async fn create(database: &Database) -> Result<(), Fault> {
    let creation = async {
        for (collection, models) in all() {
            database.collection::<Document>(collection).create_indexes(models).await?;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, creation).await.map_err(|_| Fault::Late)?.map_err(Fault::Driver)
}
