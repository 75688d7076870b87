//! The database as a machine: one writer, a few readers, their connections. Knows no table; the
//! writer asks the timeline what is to be done at the end of a transaction.

mod connection;
mod lock;
mod migrate;
mod readers;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;

use natter_domain::ports::store::StoreError;
use rusqlite::Connection;

use super::fault::Fault;
use lock::DirectoryLock;
use readers::Readers;
use writer::Writer;

pub(super) use writer::Unit;

/// Why the database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else is using it.
    #[error("the data directory {0} is in use by another process")]
    InUse(String),
    /// An older program would damage what a newer one wrote.
    #[error("the database is of version {found}, and this program knows versions up to {known}")]
    Newer {
        /// The database's version.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// The directory can't be made or locked, or a thread not started.
    #[error("the data directory can't be used")]
    Directory(#[from] std::io::Error),
    /// SQLite can't open it.
    #[error("the database can't be opened")]
    Database(#[from] rusqlite::Error),
}

/// An open database.
///
/// The fields' order is the order in which they are dropped: the writer's connection is the last to
/// be closed, which copies the log into the database, and then another process can have it.
pub(super) struct Engine {
    readers: Readers,
    writer: Writer,
    _lock: DirectoryLock,
}

impl Engine {
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(directory)?;
        let lock = DirectoryLock::take(directory)?;
        let file = directory.join(super::DATABASE_FILE);
        let mut connection = connection::writer(&file)?;
        migrate::migrate(&mut connection)?;
        let readers = Readers::open(&file)?;
        let writer = Writer::start(connection)?;
        Ok(Self { readers, writer, _lock: lock })
    }

    /// Does a unit of work, together with what else is waiting, and answers once it is durable. It
    /// is done whole or not at all, and also when the caller has stopped waiting.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        Ok(self.writer.run(work).await?)
    }

    /// Reads from one snapshot, which has everything that was answered before.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        Ok(self.readers.run(work).await?)
    }
}
