//! [`ObjectMediaStore`] in a directory keeps to the laws of media stores.

#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use natter_adapter_objects::ObjectMediaStore;
use natter_contract_tests::{media_store_suite, shared_media_store_suite};
use natter_domain::ports::{MediaStore, MediaStoreError};
use tempfile::TempDir;

struct InDirectory {
    store: ObjectMediaStore,
    directory: TempDir,
}

impl InDirectory {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("file://{}/media", directory.path().display());
        Self { store: ObjectMediaStore::open(&url, []).unwrap(), directory }
    }

    fn reopened(self) -> Self {
        drop(self.store);
        let store = ObjectMediaStore::directory(&self.directory.path().join("media")).unwrap();
        Self { store, directory: self.directory }
    }

    /// Another one in the same directory.
    fn shared() -> Shared {
        let Self { store, directory } = Self::new();
        let other = ObjectMediaStore::directory(&directory.path().join("media")).unwrap();
        Shared { store, other, _directory: directory }
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.directory.path().join("media")).unwrap().count()
    }
}

struct Shared {
    store: ObjectMediaStore,
    other: ObjectMediaStore,
    _directory: TempDir,
}

media_store_suite!(InDirectory::new());
shared_media_store_suite!(InDirectory::shared());

#[tokio::test]
async fn a_directory_is_checked_without_a_trace() {
    let made = InDirectory::new();
    let before = made.files();
    made.store.check().await.unwrap();
    assert_eq!(made.files(), before);
}

#[tokio::test]
async fn a_restart_keeps_what_was_finished_and_removes_the_rest() {
    let before = InDirectory::new();
    let mut kept = before.store.begin("kept.mp4", "video/mp4").await.unwrap();
    kept.write("whole".into()).await.unwrap();
    kept.finish().await.unwrap();
    let tag = before.store.head("kept.mp4").await.unwrap().etag;
    let lock_and_kept = before.files();
    let mut lost = before.store.begin("lost.mp4", "video/mp4").await.unwrap();
    lost.write(vec![0; 3_000_000].into()).await.unwrap();
    // As when the process is killed: nothing is cleaned up.
    std::mem::forget(lost);
    assert_eq!(before.files(), lock_and_kept + 1);

    let after = before.reopened();
    assert_eq!(after.files(), lock_and_kept);
    assert_eq!(after.store.head("kept.mp4").await.unwrap().etag, tag);
    assert!(matches!(after.store.head("lost.mp4").await, Err(MediaStoreError::NotFound)));
}
