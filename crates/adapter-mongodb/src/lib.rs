//! The store's ports on MongoDB: a replica set, or a sharded cluster of them.
//!
//! Owns the database: its collections, indexes and queries. Knows the domain's ports and types, and
//! no rule: who may do what has been decided before a call comes here. Any number of processes have
//! it open at a time.
//!
//! - [`schema`] has the collections and makes the indexes; `docs/mongodb.md` says what each is for.
//! - [`accounts`], [`conversations`], [`timeline`] and [`receipts`] have the queries.
//! - [`fault`] says what went wrong, and how long anything may take.
//!
//! Every write waits for a majority and its journal, and every read is of what a majority has, from
//! the primary ([`connection`]). What is changed by what was read is written only if that is still
//! so, and computed again otherwise ([`contention`]).

mod accounts;
mod connection;
mod contention;
mod conversations;
mod cursor;
mod fault;
mod housekeeping;
mod receipts;
#[cfg(test)]
mod samples;
mod schema;
mod timeline;
mod together;
mod values;

use std::sync::Arc;

use mongodb::Database;
use natter_domain::conversation::Conversation;
use natter_domain::id::{ConversationId, UserId};
use natter_domain::message::Head;
use natter_domain::ports::store::{BlockRelation, StoreError, Stores};
use natter_domain::receipt::Receipt;

use schema::Collections;
use timeline::{Activity, Known, Queue};
use together::Together;

/// Conversations whose ends are remembered.
const HEADS: u64 = 100_000;

/// Everything that is kept, in one MongoDB database.
///
/// Belongs to the runtime in which it was connected. What has been asked of it is done also when
/// the last clone is dropped; [`MongoStore::close`] waits for what is written behind.
#[derive(Clone)]
pub struct MongoStore {
    core: Arc<Core>,
    queue: Arc<Queue>,
}

/// What everything here works with.
pub(crate) struct Core {
    pub(crate) database: Database,
    pub(crate) collections: Collections,
    /// Where timelines ended when this process last wrote to them.
    pub(crate) heads: moka::sync::Cache<ConversationId, Known>,
    pub(crate) activity: Activity,
    pub(crate) recipients: receipts::RecipientMemory,
    pub(crate) sent: conversations::SentMemory,
    pub(crate) reads: Reads,
}

/// What is asked for one by one, by every message or by everybody who comes.
pub(crate) struct Reads {
    pub(crate) heads: Together<ConversationId, Head>,
    pub(crate) conversations: Together<ConversationId, Conversation>,
    /// As the first of the two sees it.
    pub(crate) blocks: Together<(UserId, UserId), BlockRelation>,
    pub(crate) contacts: Together<UserId, Vec<UserId>>,
    pub(crate) receipts: Together<ConversationId, Vec<(Receipt, Vec<u64>)>>,
}

impl Reads {
    fn start(database: &Database) -> Self {
        /// A read of some keys, with collections of its own.
        macro_rules! together {
            ($read:path) => {{
                let collections = Arc::new(Collections::of(database));
                Together::start(move |keys: Vec<_>| {
                    let collections = collections.clone();
                    async move { $read(&collections, &keys).await }
                })
            }};
        }
        Self {
            heads: together!(timeline::heads),
            conversations: together!(conversations::by_ids),
            blocks: together!(accounts::between),
            contacts: together!(conversations::contacts),
            receipts: together!(receipts::of),
        }
    }
}

impl MongoStore {
    /// Connects to a replica set, in the database that the URL names (or `natter`), and makes the
    /// indexes that are not there yet, one process at a time.
    ///
    /// # Errors
    /// The URL makes no sense, there is no primary within 5 s, or it refuses.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let database = connection::open(url).await?;
        schema::prepare(&database).await?;
        let collections = Collections::of(&database);
        let heads = moka::sync::Cache::new(HEADS);
        let core = Arc::new(Core {
            reads: Reads::start(&database),
            database,
            collections,
            heads,
            activity: Activity::new(),
            recipients: receipts::recipient_memory(),
            sent: conversations::sent_memory(),
        });
        core.activity.beat(&core.collections).await?;
        housekeeping::start(&core);
        let queue = Arc::new(Queue::start(&core));
        Ok(Self { core, queue })
    }

    /// It, as each of the ports.
    pub fn stores(&self) -> Stores {
        let store = Arc::new(self.clone());
        Stores {
            users: store.clone(),
            blocks: store.clone(),
            sessions: store.clone(),
            conversations: store.clone(),
            timeline: store.clone(),
            receipts: store.clone(),
            media: store.clone(),
            activity: store,
        }
    }

    /// Asks the server whether it is there, for readiness.
    ///
    /// # Errors
    /// It does not answer, or there is no primary.
    pub async fn ping(&self) -> Result<(), StoreError> {
        fault::within(self.core.database.run_command(mongodb::bson::doc! { "ping": 1 })).await?;
        Ok(())
    }

    /// Writes what is written behind: the order of lists. To be called once nothing more is asked
    /// of it.
    ///
    /// # Errors
    /// It could not be written now; another process will within a minute.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.core.activity.flush(&self.core.database).await?;
        self.core.activity.retire(&self.core.collections).await?;
        Ok(())
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn collections(&self) -> &Collections {
        &self.core.collections
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }
}
