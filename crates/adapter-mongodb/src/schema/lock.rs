//! A lock that processes hold one at a time, as a document with an end.

use std::time::Duration;

use mongodb::Collection;
use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use tokio::time::{Instant, sleep};

use crate::fault::{Fault, unless_taken, within};

/// How long it is held at the most: whoever dies with it is not waited for longer.
const HELD_MS: i64 = 120_000;
/// What is waited for it.
const PATIENCE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(100);

/// A lock that is held.
pub(super) struct Lock {
    locks: Collection<Document>,
    name: &'static str,
    holder: ObjectId,
}

/// Waits for the lock. The server's clock says when one that was left behind has ended.
pub(super) async fn acquire(database: &Database, name: &'static str) -> Result<Lock, Fault> {
    let locks = database.collection::<Document>("locks");
    let holder = ObjectId::new();
    let since = Instant::now();
    // Made as one that has ended; whether it is there already makes no difference.
    let ended = doc! { "_id": name, "until": DateTime::from_millis(0) };
    unless_taken(within(locks.insert_one(ended)).await)?;
    loop {
        let free = doc! { "_id": name, "$expr": { "$lt": ["$until", "$$NOW"] } };
        let held = vec![doc! { "$set": { "holder": holder, "until": { "$add": ["$$NOW", HELD_MS] } } }];
        if within(locks.update_one(free, held)).await?.matched_count > 0 {
            return Ok(Lock { locks, name, holder });
        }
        if since.elapsed() > PATIENCE {
            return Err(Fault::Contended);
        }
        sleep(PAUSE).await;
    }
}

impl Lock {
    /// Lets the next one have it; if that can't be said, it ends by itself.
    pub(super) async fn release(self) {
        let mine = doc! { "_id": self.name, "holder": self.holder };
        let ended = doc! { "$set": { "until": DateTime::from_millis(0) } };
        if let Err(error) = within(self.locks.update_one(mine, ended)).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "lock not released; it will end");
        }
    }
}
