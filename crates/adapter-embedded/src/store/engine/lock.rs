//! One process a data directory.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::OpenError;

/// Name of the file that is locked; it stays, empty.
const LOCK_FILE: &str = "natter.lock";

/// Holds the directory until it is dropped, or the process dies, however it dies.
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let file =
            File::options().create(true).truncate(false).write(true).open(directory.join(LOCK_FILE))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.display().to_string())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
