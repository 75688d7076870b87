//! What every [`MediaStore`] keeps to.
//!
//! `media_store_suite!(make)` makes a test of each law, where `make` is an expression whose value
//! has a `store: impl MediaStore` and keeps alive what the store needs.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite of tests")]

use bytes::Bytes;
use futures::TryStreamExt;
use natter_domain::ports::{ByteRange, MediaStore, MediaStoreError};

/// Makes the tests.
#[macro_export]
macro_rules! media_store_suite {
    ($make:expr) => {
        $crate::media_store_suite!(@each $make;
            is_read_as_it_was_written
            is_read_in_ranges
            knows_size_type_and_tag
            is_unreadable_until_finished
            leaves_nothing_when_aborted
            leaves_nothing_when_dropped
            keeps_an_empty_file
            writes_a_name_once
            removes
            knows_nothing_of_strange_names
            takes_only_fitting_endings
            takes_many_uploads_at_once
        );
    };
    (@each $make:expr; $($law:ident)*) => {$(
        #[tokio::test]
        async fn $law() {
            let made = $make;
            $crate::media::$law(&made.store).await;
        }
    )*};
}

/// The same for several stores in one place, as services of a cluster have them: `make` has a
/// `store` and an `other`.
#[macro_export]
macro_rules! shared_media_store_suite {
    ($make:expr) => {
        $crate::shared_media_store_suite!(@each $make;
            any_reads_what_another_wrote
            any_removes_what_another_wrote
            none_reads_what_is_half_written
            one_that_dies_in_a_write_leaves_the_others_alone
        );
    };
    (@each $make:expr; $($law:ident)*) => {$(
        #[tokio::test]
        async fn $law() {
            let made = $make;
            $crate::media::$law(&made.store, &made.other).await;
        }
    )*};
}

/// More than any adapter's part, and no multiple of one.
const LARGE: usize = 11 * 1024 * 1024 + 7;

fn bytes(len: usize) -> Bytes {
    // A prime period, so that no two parts are alike.
    (0..len).map(|at| (at % 251) as u8).collect()
}

async fn put(store: &dyn MediaStore, name: &str, content: &Bytes) {
    let mut upload = store.begin(name, "image/png").await.expect("begins");
    for piece in content.chunks(60_000) {
        upload.write(Bytes::copy_from_slice(piece)).await.expect("writes");
    }
    upload.finish().await.expect("finishes");
}

async fn get(store: &dyn MediaStore, name: &str, range: Option<ByteRange>) -> Vec<u8> {
    let stream = store.read(name, range).await.expect("reads");
    stream.try_collect::<Vec<Bytes>>().await.expect("reads on").concat()
}

async fn assert_absent(store: &dyn MediaStore, name: &str) {
    assert!(matches!(store.head(name).await, Err(MediaStoreError::NotFound)), "head of {name}");
    for range in [None, Some(0..1)] {
        match store.read(name, range).await {
            Err(MediaStoreError::NotFound) => {}
            Err(error) => panic!("{name}: {error}"),
            Ok(_) => panic!("{name} can be read"),
        }
    }
}

/// Large and small, in order.
pub async fn is_read_as_it_was_written(store: &dyn MediaStore) {
    for len in [1, 60_000, LARGE] {
        let (name, content) = (format!("sub/{len}.png"), bytes(len));
        put(store, &name, &content).await;
        assert!(get(store, &name, None).await == content, "{len} bytes");
    }
}

/// Ranges past the end are cut.
pub async fn is_read_in_ranges(store: &dyn MediaStore) {
    let content = bytes(1_000_000);
    put(store, "ranges.png", &content).await;
    for (range, expected) in [
        (0..1, 0..1),
        (0..1_000_000, 0..1_000_000),
        (999_999..1_000_000, 999_999..1_000_000),
        (500_000..700_001, 500_000..700_001),
        (999_990..5_000_000, 999_990..1_000_000),
        (0..u64::MAX, 0..1_000_000),
        (1_000_000..1_000_001, 0..0),
        (5_000_000..6_000_000, 0..0),
        (10..10, 0..0),
    ] {
        let read = get(store, "ranges.png", Some(range.clone())).await;
        assert!(read == content.slice(expected), "{range:?}");
    }
}

/// The tag is the same each time, other for another file, and needs no quoting.
pub async fn knows_size_type_and_tag(store: &dyn MediaStore) {
    put(store, "a.png", &bytes(10)).await;
    put(store, "b.png", &bytes(11)).await;
    let (a, b) = (store.head("a.png").await.expect("knows a"), store.head("b.png").await.expect("knows b"));
    assert_eq!((a.size, a.content_type.as_str()), (10, "image/png"));
    assert_eq!(b.size, 11);
    assert_eq!(a, store.head("a.png").await.expect("knows a again"));
    assert_ne!(a.etag, b.etag);
    assert!(!a.etag.is_empty() && a.etag.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
}

/// Nothing half-written can be seen.
pub async fn is_unreadable_until_finished(store: &dyn MediaStore) {
    let content = bytes(LARGE);
    let mut upload = store.begin("late.png", "image/png").await.expect("begins");
    assert_absent(store, "late.png").await;
    upload.write(content.clone()).await.expect("writes");
    assert_absent(store, "late.png").await;
    upload.finish().await.expect("finishes");
    assert!(get(store, "late.png", None).await == content);
}

/// The name can be used after that.
pub async fn leaves_nothing_when_aborted(store: &dyn MediaStore) {
    let mut upload = store.begin("aborted.png", "image/png").await.expect("begins");
    upload.write(bytes(LARGE)).await.expect("writes");
    upload.abort().await.expect("aborts");
    assert_absent(store, "aborted.png").await;
    put(store, "aborted.png", &bytes(5)).await;
    assert!(get(store, "aborted.png", None).await == bytes(5));
}

/// As for aborting.
pub async fn leaves_nothing_when_dropped(store: &dyn MediaStore) {
    let mut upload = store.begin("dropped.png", "image/png").await.expect("begins");
    upload.write(bytes(LARGE)).await.expect("writes");
    drop(upload);
    assert_absent(store, "dropped.png").await;
    put(store, "dropped.png", &bytes(5)).await;
    assert!(get(store, "dropped.png", None).await == bytes(5));
}

/// Without a byte.
pub async fn keeps_an_empty_file(store: &dyn MediaStore) {
    put(store, "empty.png", &Bytes::new()).await;
    assert_eq!(store.head("empty.png").await.expect("knows it").size, 0);
    assert!(get(store, "empty.png", None).await.is_empty());
}

/// What is there is not written over.
pub async fn writes_a_name_once(store: &dyn MediaStore) {
    put(store, "once.png", &bytes(9)).await;
    assert!(matches!(store.begin("once.png", "image/png").await, Err(MediaStoreError::Failed(_))));
    assert!(get(store, "once.png", None).await == bytes(9));
}

/// Once, twice, and what never was.
pub async fn removes(store: &dyn MediaStore) {
    put(store, "gone.png", &bytes(9)).await;
    store.remove("gone.png").await.expect("removes");
    assert_absent(store, "gone.png").await;
    store.remove("gone.png").await.expect("removes again");
    store.remove("never/was.png").await.expect("removes nothing");
}

/// Reading finds nothing under them, writing is refused, removing does nothing.
pub async fn knows_nothing_of_strange_names(store: &dyn MediaStore) {
    put(store, "there.png", &bytes(9)).await;
    for name in [
        "",
        "/",
        ".",
        "..",
        "../there.png",
        "sub/../there.png",
        "./there.png",
        "/there.png",
        "//there.png",
        "there.png/",
        "there.png#1",
        "#lock",
        "there.png\0",
        "a b.png",
        "é.png",
        "%2e%2e/there.png",
        "a\\b.png",
    ] {
        assert_absent(store, name).await;
        assert!(store.begin(name, "image/png").await.is_err(), "{name:?} can be written");
        store.remove(name).await.expect("removes nothing");
    }
    assert!(get(store, "there.png", None).await == bytes(9));
}

/// The type is kept by the name.
pub async fn takes_only_fitting_endings(store: &dyn MediaStore) {
    for (name, content_type) in [("a.png", "image/jpeg"), ("a", "image/png"), ("a.html", "text/html")] {
        assert!(store.begin(name, content_type).await.is_err(), "{name} as {content_type}");
    }
}

/// They don't mix.
pub async fn takes_many_uploads_at_once(store: &dyn MediaStore) {
    let names: Vec<String> = (0..8).map(|at| format!("many/{at}.png")).collect();
    let puts = names.iter().enumerate().map(|(at, name)| async move {
        put(store, name, &bytes(600_000 + at)).await;
    });
    futures::future::join_all(puts).await;
    for (at, name) in names.iter().enumerate() {
        assert!(get(store, name, None).await == bytes(600_000 + at), "{name}");
    }
}

/// Also a part, with the same tag, and also through those that were there before.
pub async fn any_reads_what_another_wrote(store: &dyn MediaStore, other: &dyn MediaStore) {
    let content = bytes(LARGE);
    put(store, "shared.png", &content).await;
    assert!(get(other, "shared.png", None).await == content);
    assert!(get(other, "shared.png", Some(5..100)).await == content.slice(5..100));
    let (here, there) = (store.head("shared.png").await, other.head("shared.png").await);
    assert_eq!(here.expect("knows it"), there.expect("knows it, too"));
    assert!(matches!(other.begin("shared.png", "image/png").await, Err(MediaStoreError::Failed(_))));
    put(other, "back.png", &bytes(7)).await;
    assert!(get(store, "back.png", None).await == bytes(7));
}

/// It is gone for all.
pub async fn any_removes_what_another_wrote(store: &dyn MediaStore, other: &dyn MediaStore) {
    put(store, "gone.png", &bytes(9)).await;
    other.remove("gone.png").await.expect("removes");
    assert_absent(store, "gone.png").await;
    assert_absent(other, "gone.png").await;
}

/// Only what is whole is there.
pub async fn none_reads_what_is_half_written(store: &dyn MediaStore, other: &dyn MediaStore) {
    let mut upload = store.begin("late.png", "image/png").await.expect("begins");
    upload.write(bytes(LARGE)).await.expect("writes");
    assert_absent(other, "late.png").await;
    upload.finish().await.expect("finishes");
    assert!(get(other, "late.png", None).await == bytes(LARGE));
}

/// As when its process is killed: nothing is cleaned up, and nothing of the write is ever seen.
pub async fn one_that_dies_in_a_write_leaves_the_others_alone(
    store: &dyn MediaStore,
    other: &dyn MediaStore,
) {
    let mut upload = store.begin("dead.png", "image/png").await.expect("begins");
    upload.write(bytes(LARGE)).await.expect("writes");
    std::mem::forget(upload);
    assert_absent(other, "dead.png").await;
    put(other, "dead.png", &bytes(5)).await;
    assert!(get(other, "dead.png", None).await == bytes(5));
    assert!(get(store, "dead.png", None).await == bytes(5));
}
