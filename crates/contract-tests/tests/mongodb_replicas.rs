//! Two [`MongoStore`]s on one database, as two message services have them.

#![expect(clippy::unwrap_used, reason = "tests")]

use natter_adapter_mongodb::MongoStore;
use natter_contract_tests::store::replicas;
use natter_domain::ports::store::Stores;
use natter_test_servers::MongoSet;

async fn two() -> (MongoSet, [Stores; 2]) {
    let server = tokio::task::spawn_blocking(|| MongoSet::start(1)).await.unwrap();
    let url = server.url();
    let (one, other) = tokio::join!(MongoStore::connect(&url), MongoStore::connect(&url));
    (server, [one.unwrap().stores(), other.unwrap().stores()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_message_is_told_once_by_one_of_them() {
    let (_server, stores) = two().await;
    replicas::each_message_is_told_once_by_one_of_them(&stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_other_one_did_is_found_out() {
    let (_server, stores) = two().await;
    replicas::what_the_other_one_did_is_found_out(&stores).await;
}
