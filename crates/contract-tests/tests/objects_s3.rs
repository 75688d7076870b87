//! [`ObjectMediaStore`] in a bucket keeps to the laws of media stores.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use natter_adapter_objects::{CheckError, ObjectMediaStore};
use natter_contract_tests::{media_store_suite, shared_media_store_suite};
use natter_domain::ports::{MediaStore, MediaStoreError};
use natter_test_servers::S3;

/// One for all tests; it ends with the process.
static SERVER: LazyLock<S3> = LazyLock::new(|| S3::start(&["natter"]));

struct InBucket {
    store: ObjectMediaStore,
    other: ObjectMediaStore,
}

impl InBucket {
    /// Two under a prefix of their own.
    async fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let url = format!("s3://natter/chat/{}", MADE.fetch_add(1, Ordering::Relaxed));
        Self { store: open(&url).await, other: open(&url).await }
    }
}

/// Starting the server blocks.
async fn environment() -> Vec<(String, String)> {
    tokio::task::spawn_blocking(|| SERVER.environment()).await.unwrap()
}

async fn open(url: &str) -> ObjectMediaStore {
    ObjectMediaStore::open(url, environment().await).unwrap()
}

media_store_suite!(InBucket::new().await);
shared_media_store_suite!(InBucket::new().await);

#[tokio::test]
async fn prefixes_are_kept_apart() {
    let (one, whole) = (open("s3://natter/apart").await, open("s3://natter").await);
    let mut upload = one.begin("a.png", "image/png").await.unwrap();
    upload.write("here".into()).await.unwrap();
    upload.finish().await.unwrap();
    assert_eq!(whole.head("apart/a.png").await.unwrap().size, 4);
    assert!(matches!(whole.head("a.png").await, Err(MediaStoreError::NotFound)));
    assert!(matches!(open("s3://natter/other").await.head("a.png").await, Err(MediaStoreError::NotFound)));
}

#[tokio::test]
async fn a_check_tells_what_is_wrong() {
    open("s3://natter").await.check().await.unwrap();
    open("s3://natter/a/b/").await.check().await.unwrap();

    let missing = open("s3://nowhere/chat").await.check().await.unwrap_err();
    assert!(matches!(missing, CheckError::Missing { .. }), "{missing:?}");
    assert_eq!(missing.to_string(), "media storage: there is no s3://nowhere/chat");

    environment().await;
    for (access_key, secret_key) in [("AKIANOBODY", "none"), (SERVER.access_key(), "wrong")] {
        let settings = SERVER.environment_with(access_key, secret_key);
        let store = ObjectMediaStore::open("s3://natter", settings).unwrap();
        let refused = store.check().await.unwrap_err();
        assert!(matches!(refused, CheckError::Refused { .. }), "{refused:?}");
    }

    let mut away = environment().await;
    away.push(("AWS_ENDPOINT_URL".into(), format!("http://127.0.0.1:{}", natter_test_servers::free_port())));
    let unreachable = ObjectMediaStore::open("s3://natter", away).unwrap().check().await.unwrap_err();
    assert!(matches!(unreachable, CheckError::Unreachable { .. }), "{unreachable:?}");
}
