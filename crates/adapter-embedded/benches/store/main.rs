//! How fast the embedded store is, through its ports: `cargo bench -p natter-adapter-embedded`.
//!
//! Prints a table, p50 and p99 of each thing that is done; `docs/performance.md` has the results.
//! `-- WORDS` does only what has these words in its name.
//! The database is made in the system's directory for temporary files, or below `TMPDIR`: on the
//! disk that is to be measured.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

mod data;
mod reads;
mod sends;
mod table;

use natter_adapter_embedded::SqliteStore;
use natter_domain::ports::store::Stores;
use tempfile::TempDir;

/// An empty store.
fn open() -> (Stores, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (SqliteStore::open(directory.path()).unwrap().stores(), directory)
}

fn main() {
    // `cargo test` starts benchmarks, too, without this, only to see that they start.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        table::head();
        for senders in [1, 64, 256] {
            let (stores, _directory) = open();
            sends::measure(&stores, senders, "").await;
        }
        let (stores, _directory) = open();
        let filled = data::fill(&stores).await;
        reads::measure(&stores, &filled).await;
        sends::measure(&stores, 256, ", after 1 million messages").await;
    });
}
