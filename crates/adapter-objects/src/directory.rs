//! A directory of media: who uses it, and what killed uploads left in it.
//!
//! `object_store` writes an upload to `<name>#<number>` beside its place and renames it when it is
//! whole. Names of media have no `#`, so what has one is an upload, under way or dead.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

const LOCK: &str = "#lock";

/// Held as long as the directory is used.
pub(crate) type InUse = File;

/// Makes the directory, marks it as used, and removes dead uploads if nobody else uses it.
pub(crate) fn prepare(directory: &Path) -> io::Result<InUse> {
    fs::create_dir_all(directory)?;
    if let Some(parent) = directory.parent() {
        File::open(parent)?.sync_all()?;
    }
    let lock = File::options().write(true).create(true).truncate(false).open(directory.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => {
            let removed = remove_dead_uploads(directory)?;
            if removed > 0 {
                tracing::info!(removed, "removed unfinished uploads");
            }
        }
        Err(TryLockError::WouldBlock) => tracing::info!("another process uses the media directory too"),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Waits while another process, which starts too, cleans.
    lock.lock_shared()?;
    Ok(lock)
}

fn remove_dead_uploads(directory: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += remove_dead_uploads(&entry.path())?;
        } else if is_upload(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The same rule as that by which `object_store` hides them.
fn is_upload(name: &str) -> bool {
    name.split_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_uploads_are_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let media = directory.path().join("media");
        fs::create_dir_all(media.join("sub")).unwrap();
        for name in ["a.png", "a.png#1", "sub/b.mp4#12", "sub/b.mp4", "#x"] {
            fs::write(media.join(name), name).unwrap();
        }
        let _in_use = prepare(&media).unwrap();
        for (name, kept) in
            [("a.png", true), ("a.png#1", false), ("sub/b.mp4#12", false), ("sub/b.mp4", true), ("#x", true)]
        {
            assert_eq!(media.join(name).exists(), kept, "{name}");
        }
    }

    #[test]
    fn uploads_of_another_process_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let other = prepare(directory.path()).unwrap();
        let upload = directory.path().join("a.png#1");
        fs::write(&upload, "half").unwrap();
        let this = prepare(directory.path()).unwrap();
        assert!(upload.exists());
        drop((other, this));
        let _this = prepare(directory.path()).unwrap();
        assert!(!upload.exists());
    }
}
