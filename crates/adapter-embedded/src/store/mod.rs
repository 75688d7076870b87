//! The store's ports on SQLite, in one file of a data directory.
//!
//! Owns the database: its schema, its one writer and its readers. Knows the domain's ports and
//! types, and no rule: who may do what has been decided before a call comes here.
//!
//! ```text
//! port call ── write ──> bounded queue ──> writer thread: one transaction for all that queued up
//!           └─ read ───> blocking thread ─> one of a few read connections
//! ```
//!
//! - [`engine`] has the threads, connections, migrations and the lock, and knows no table.
//! - [`accounts`], [`conversations`], [`timeline`] and [`receipts`] have the SQL, next to its use.
//!
//! Numbers: a conversation has a `number` inside the database, and a message's key is that number
//! and its `seq` in one integer ([`place`]), so that a conversation's messages lie together and in
//! order, and a range of them is a range of keys.

mod accounts;
mod conversations;
mod cursor;
mod engine;
mod fault;
mod place;
mod receipts;
mod timeline;

use std::path::Path;
use std::sync::Arc;

use natter_domain::ports::store::Stores;

use engine::Engine;
pub use engine::OpenError;

/// Name of the database in the data directory.
pub const DATABASE_FILE: &str = "natter.sqlite3";

/// Everything that is kept, in one SQLite database. One process has it open at a time.
///
/// The last clone that is dropped waits for writes that are under way, and closes the database.
#[derive(Clone)]
pub struct SqliteStore {
    engine: Arc<Engine>,
}

impl SqliteStore {
    /// Opens the database in this directory, and makes both where they are not there. Blocks for
    /// as long as migrations and recovery take.
    ///
    /// # Errors
    /// Another process has it open, it was written by a newer version, or it can't be read.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, OpenError> {
        Ok(Self { engine: Arc::new(Engine::open(directory.as_ref())?) })
    }

    /// It, as each of the ports.
    pub fn stores(self) -> Stores {
        let store = Arc::new(self);
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
}
