//! How connections are set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Statements kept prepared; more than there are in the source.
const STATEMENTS: usize = 128;
/// Pages of 4 KiB in the log before it is copied into the database: 64 MiB. Small enough that a
/// copy is short, large enough that it is rare (1,000, the default, is less than one full batch).
const PAGES_PER_CHECKPOINT: i64 = 16_384;

/// The one connection that writes.
pub(super) fn writer(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    common(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // fsync on macOS does not reach the disk by itself.
    connection.pragma_update(None, "fullfsync", "ON")?;
    connection.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    connection.pragma_update(None, "wal_autocheckpoint", PAGES_PER_CHECKPOINT)?;
    connection.pragma_update(None, "journal_size_limit", PAGES_PER_CHECKPOINT * 4096 * 2)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    Ok(connection)
}

/// One of those that read.
pub(super) fn reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    common(&connection)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    Ok(connection)
}

fn common(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise some statements are compiled anew for each value of their parameters, in case
    // another plan is better for it, which took four fifths of the time that reading a list took.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // Savepoints keep the pages they would restore in memory rather than in a file.
    connection.pragma_update(None, "temp_store", "MEMORY")
}
