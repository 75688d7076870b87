//! The old database, which is only read.
//!
//! Messages come in the order of their conversations and times. The server sorts them, on its disk
//! where they are many, since the indexes of the old server are not known.

use std::collections::HashMap;

use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::ClientOptions;
use mongodb::{Client, Cursor, Database};
use natter_domain::{ConversationId, MessageId, Timestamp};

use crate::fields;
use crate::message::{CONVERSATION, CREATED_AT};
use crate::report::{CONVERSATIONS, MESSAGES, USERS};

/// Where the server puts what it made out of a message's fields.
const PLACE: &str = "__natterConversation";
const TIME: &str = "__natterTime";
/// The database of a URL of Natter's own that names none.
const OWN_DATABASE: &str = "natter";

/// The old database.
pub struct Source {
    database: Database,
}

/// The database to be read is the one to be written.
#[derive(Debug, thiserror::Error)]
#[error("--from is the database of Natter itself: its collections have the same names")]
pub struct SameDatabase;

/// Whether both URLs name the same database on a server that both name.
///
/// # Errors
/// One of them is no URL of a MongoDB.
pub async fn is_same_database(from: &str, to: &str) -> Result<bool, Error> {
    let (from, to) = (ClientOptions::parse(from).await?, ClientOptions::parse(to).await?);
    let to_database = to.default_database.as_deref().unwrap_or(OWN_DATABASE);
    let shares_host = from.hosts.iter().any(|host| to.hosts.contains(host));
    Ok(shares_host && from.default_database.as_deref() == Some(to_database))
}

/// Why the old database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody knows which.
    #[error("the URL names no database: mongodb://host/database")]
    NoDatabase,
    /// It can't be reached, or the URL makes no sense.
    #[error("the old database can't be reached")]
    MongoDb(#[from] Error),
}

/// A message as it was, with what the server made of it.
pub(crate) struct Found {
    pub(crate) document: Document,
    /// `None` for what is no id.
    pub(crate) conversation: Option<ConversationId>,
    /// `None` for what is no time.
    pub(crate) at: Option<Timestamp>,
}

impl Source {
    /// Connects to the database that the URL names.
    ///
    /// # Errors
    /// It can't be reached, or the URL names no database.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let mut options = ClientOptions::parse(url).await?;
        options.app_name.get_or_insert_with(|| "natter-import".into());
        let name = options.default_database.clone().ok_or(OpenError::NoDatabase)?;
        let database = Client::with_options(options)?.database(&name);
        database.run_command(doc! { "ping": 1 }).await?;
        Ok(Self { database })
    }

    /// About how many documents there are.
    pub(crate) async fn estimate(&self, collection: &str) -> Result<u64, Error> {
        self.database.collection::<Document>(collection).estimated_document_count().await
    }

    /// Everybody, the first made first.
    pub(crate) async fn users(&self) -> Result<Cursor<Document>, Error> {
        self.database.collection(USERS).find(doc! {}).sort(doc! { "_id": 1 }).await
    }

    /// All conversations, the first made first.
    pub(crate) async fn conversations(&self) -> Result<Cursor<Document>, Error> {
        self.database.collection(CONVERSATIONS).find(doc! {}).sort(doc! { "_id": 1 }).await
    }

    /// The messages of all conversations but these, one conversation after the other, each in order
    /// of time and id.
    pub(crate) async fn messages_but_of(&self, but: &[ConversationId]) -> Result<Cursor<Document>, Error> {
        let others = doc! { PLACE: { "$nin": oids(but) } };
        self.messages(others, doc! { PLACE: 1, TIME: 1, "_id": 1 }).await
    }

    /// The messages of all these conversations together, in order of time and id.
    pub(crate) async fn messages_of(&self, of: &[ConversationId]) -> Result<Cursor<Document>, Error> {
        self.messages(doc! { PLACE: { "$in": oids(of) } }, doc! { TIME: 1, "_id": 1 }).await
    }

    async fn messages(&self, filter: Document, order: Document) -> Result<Cursor<Document>, Error> {
        let pipeline = [
            doc! { "$set": { PLACE: place(), TIME: time() } },
            doc! { "$match": filter },
            doc! { "$sort": order },
        ];
        self.database.collection::<Document>(MESSAGES).aggregate(pipeline).allow_disk_use(true).await
    }

    /// In which conversations messages are, as far as they are there.
    pub(crate) async fn places(
        &self,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, ConversationId>, Error> {
        if messages.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = messages.iter().map(|id| Bson::ObjectId((*id.bytes()).into())).collect();
        let pipeline =
            [doc! { "$match": { "_id": { "$in": ids } } }, doc! { "$project": { PLACE: place() } }];
        let found = self.database.collection::<Document>(MESSAGES).aggregate(pipeline).await?;
        let found: Vec<Document> = found.try_collect().await?;
        let read = |document: Document| {
            let message = MessageId::from_bytes(fields::id(document.get("_id")?)?);
            Some((message, conversation(&document)?))
        };
        Ok(found.into_iter().filter_map(read).collect())
    }
}

impl Found {
    /// A document of [`Source::messages_but_of`] or [`Source::messages_of`].
    pub(crate) fn of(mut document: Document) -> Self {
        let conversation = conversation(&document);
        let at = document.get(TIME).and_then(fields::time);
        document.remove(PLACE);
        document.remove(TIME);
        Self { document, conversation, at }
    }
}

fn conversation(document: &Document) -> Option<ConversationId> {
    Some(ConversationId::from_bytes(fields::id(document.get(PLACE)?)?))
}

fn oids(ids: &[ConversationId]) -> Vec<Bson> {
    ids.iter().map(|id| Bson::ObjectId((*id.bytes()).into())).collect()
}

/// The conversation's id, whatever its field is called and however it is written.
fn place() -> Document {
    first_as("objectId", &CONVERSATION, None)
}

/// The message's time, or when its id was made where it has none; null for what is no time.
fn time() -> Document {
    first_as("date", &CREATED_AT, Some("$_id"))
}

fn first_as(kind: &str, names: &[&str], otherwise: Option<&str>) -> Document {
    let last = otherwise.map_or(Bson::Null, |field| Bson::String(field.to_owned()));
    // One in the other: before MongoDB 5.0 it takes two alone.
    let first = names
        .iter()
        .rev()
        .fold(last, |otherwise, name| Bson::Document(doc! { "$ifNull": [format!("${name}"), otherwise] }));
    doc! { "$convert": { "input": first, "to": kind, "onError": null, "onNull": null } }
}
