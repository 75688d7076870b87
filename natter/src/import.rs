//! `natter import`: what another server has in its MongoDB, into the store that is configured: the
//! MongoDB of `mongodb.url`, or else standalone's data directory. What is said for people goes to
//! standard error, the table at the end to standard output.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use natter_adapter_embedded::SqliteStore;
use natter_adapter_mongodb::MongoStore;
use natter_domain::ports::store::Stores;
use natter_domain::time::Timestamp;
use natter_import::{Entry, Progress, SameDatabase, Source, Summary, is_same_database};
use natter_runtime::config::{Config, Sources};
use serde_json::json;

use crate::cli::Import;

/// How often it is said how far it is.
const PACE: Duration = Duration::from_secs(2);

/// Everything that could be brought in is in, and some of it is not, or not as it was.
#[derive(Debug)]
pub(crate) struct NotAllIn(u64);

impl std::fmt::Display for NotAllIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} documents are not in, or not as they were", self.0)
    }
}

impl std::error::Error for NotAllIn {}

/// Brings everything in.
pub(crate) fn run(sources: &Sources, options: &Import, now: Timestamp) -> anyhow::Result<()> {
    let config = sources.load()?.config;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let summary = runtime.block_on(import(&config, options, now))?;
    // Whoever closes the pipe early has read enough.
    let _ = io::stdout().write_all(table(&summary, options.dry_run).as_bytes());
    let faulty = summary.collections().iter().map(|(_, counts)| counts.left_out + counts.changed).sum();
    ensure!(summary.is_faultless(), NotAllIn(faulty));
    Ok(())
}

async fn import(config: &Config, options: &Import, now: Timestamp) -> anyhow::Result<Summary> {
    let mut report = options.report.as_deref().map(report_file).transpose()?;
    if let Some(to) = &config.mongodb.url {
        let same = is_same_database(&options.from, to.expose()).await.context("--from")?;
        ensure!(!same, SameDatabase);
    }
    let source = Source::open(&options.from).await.context("--from")?;
    let (stores, opened) = open(config).await?;
    let import = natter_import::Import { source: &source, stores, dry_run: options.dry_run, now };
    let told = |entry: &Entry| tell(entry, report.as_mut());
    let summary = import.run(told, paced()).await;
    if let Opened::MongoDb(store) = opened {
        store.close().await.context("the store")?;
    }
    if let Some(report) = &mut report {
        report.flush().context("--report can't be written")?;
    }
    summary.context("what is in by now stays; run it again to go on")
}

/// What is to be closed in the end.
enum Opened {
    Embedded,
    MongoDb(MongoStore),
}

async fn open(config: &Config) -> anyhow::Result<(Stores, Opened)> {
    if let Some(url) = &config.mongodb.url {
        let store = MongoStore::connect(url.expose()).await.context("mongodb.url")?;
        eprintln!("into the MongoDB of mongodb.url");
        return Ok((store.stores(), Opened::MongoDb(store)));
    }
    let directory = config.standalone.data_dir.clone();
    eprintln!("into {}", directory.display());
    let store = tokio::task::spawn_blocking(move || SqliteStore::open(directory)).await??;
    Ok((store.stores(), Opened::Embedded))
}

fn report_file(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file =
        File::create(path).with_context(|| format!("--report: {} can't be written", path.display()))?;
    Ok(BufWriter::new(file))
}

fn tell(Entry { collection, id, action, reason }: &Entry, report: Option<&mut BufWriter<File>>) {
    eprintln!("{action}: {collection} {id}: {reason}");
    if let Some(report) = report {
        let line =
            json!({ "collection": collection, "_id": id, "action": action.to_string(), "reason": reason });
        // A disk that is full is told of when the file is flushed in the end.
        let _ = writeln!(report, "{line}");
    }
}

/// Says how far it is, not too often.
fn paced() -> impl Fn(Progress) + Sync {
    let last = Mutex::new(Instant::now());
    move |Progress { collection, done, of }| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= PACE || done >= of {
            *last = Instant::now();
            eprintln!("{collection}: {done} of {of}");
        }
    }
}

fn table(summary: &Summary, is_dry: bool) -> String {
    let mut table = String::new();
    if is_dry {
        table.push_str("dry run: nothing was written\n");
    }
    table.push_str("                    read         new       there     changed      merged    left out\n");
    for (name, counts) in summary.collections() {
        let columns = [counts.read, counts.new, counts.there, counts.changed, counts.merged, counts.left_out];
        let columns: String = columns.iter().map(|count| format!("{count:>12}")).collect();
        table.push_str(&format!("{name:<13}{}\n", columns.get(1..).unwrap_or_default()));
    }
    table
}
