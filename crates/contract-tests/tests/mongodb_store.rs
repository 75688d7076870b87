//! [`MongoStore`] keeps to the laws of the store's ports, on a replica set of one.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use natter_adapter_mongodb::MongoStore;
use natter_domain::ports::store::Stores;
use natter_test_servers::MongoSet;

/// One for all tests; it ends with the process.
static SERVER: LazyLock<MongoSet> = LazyLock::new(|| MongoSet::start(1));

struct InDatabase {
    stores: Stores,
}

impl InDatabase {
    /// In a database of its own.
    async fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test{}", MADE.fetch_add(1, Ordering::Relaxed));
        let server = tokio::task::spawn_blocking(|| SERVER.url()).await.unwrap();
        let store = MongoStore::connect(&server.replace("/?", &format!("/{name}?"))).await.unwrap();
        Self { stores: store.stores() }
    }
}

natter_contract_tests::store_suite!(InDatabase::new().await);
