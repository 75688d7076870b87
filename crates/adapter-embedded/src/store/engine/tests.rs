//! The machine under faults.

use std::sync::Arc;
use std::sync::mpsc;

use natter_domain::ports::store::StoreError;
use tempfile::TempDir;

use super::*;

fn engine() -> (Arc<Engine>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Arc::new(Engine::open(directory.path()).unwrap()), directory)
}

async fn note(engine: &Engine, url: &'static str, then: fn() -> Result<(), Fault>) -> Result<(), StoreError> {
    let insert = "INSERT INTO media VALUES (?1, x'00', 1, '', '', 0, 0)";
    engine
        .write(move |unit| {
            unit.execute(insert, [url])?;
            then()
        })
        .await
}

async fn noted(engine: &Engine) -> Vec<String> {
    let sql = "SELECT url FROM media ORDER BY url";
    let read = engine
        .read(move |db| Ok(db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?));
    read.await.unwrap()
}

/// Keeps the writer busy until the sender is dropped, so that what comes goes into one transaction.
async fn hold(engine: &Arc<Engine>) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let engine = engine.clone();
    tokio::spawn(async move {
        engine
            .write(move |_| {
                let _ = begun.send(());
                let _ = held.recv();
                Ok(())
            })
            .await
    });
    begins.await.unwrap();
    release
}

#[tokio::test]
async fn a_unit_that_fails_or_panics_undoes_itself_alone() {
    let (engine, _directory) = engine();
    let release = hold(&engine).await;
    let (a, b, c, d, ()) = tokio::join!(
        note(&engine, "a", || Ok(())),
        note(&engine, "b", || Err(Fault::BadCursor)),
        note(&engine, "c", || panic!("on purpose")),
        note(&engine, "d", || Ok(())),
        async { drop(release) },
    );
    assert!(a.is_ok() && d.is_ok());
    assert!(matches!(b, Err(StoreError::BadCursor)));
    assert!(matches!(c, Err(StoreError::Failed(_))));
    assert_eq!(noted(&engine).await, ["a", "d"]);
}

#[tokio::test]
async fn a_read_that_panics_leaves_its_connection() {
    let (engine, _directory) = engine();
    for _ in 0..20 {
        let panicked = engine.read(|_| -> Result<(), Fault> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(StoreError::Failed(_))));
    }
    assert!(noted(&engine).await.is_empty());
}

#[tokio::test]
async fn a_transaction_that_sqlite_gives_up_fails_all_its_units_and_no_more() {
    let (engine, _directory) = engine();
    let release = hold(&engine).await;
    let give_up = engine.write(|unit| Ok(unit.execute_batch("ROLLBACK")?));
    let (a, b, ()) = tokio::join!(note(&engine, "a", || Ok(())), give_up, async { drop(release) });
    assert!(a.is_err() && b.is_err());
    note(&engine, "c", || Ok(())).await.unwrap();
    assert_eq!(noted(&engine).await, ["c"]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let (engine, _directory) = engine();
    let release = hold(&engine).await;
    let waiting: Vec<_> = (0..writer::QUEUE)
        .map(|_| {
            let engine = engine.clone();
            tokio::spawn(async move { engine.write(|_| Ok(())).await })
        })
        .collect();
    // They queue up as they are first polled, in this thread's order.
    let refused = tokio::spawn({
        let engine = engine.clone();
        async move { engine.write(|_| Ok(())).await }
    });
    assert!(matches!(refused.await.unwrap(), Err(StoreError::Unavailable(_))));
    drop(release);
    for written in waiting {
        written.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_write_goes_on_when_nobody_waits() {
    let (engine, _directory) = engine();
    let release = hold(&engine).await;
    let mut abandoned = Box::pin(note(&engine, "a", || Ok(())));
    assert!(futures::poll!(&mut abandoned).is_pending());
    drop(abandoned);
    drop(release);
    note(&engine, "b", || Ok(())).await.unwrap();
    assert_eq!(noted(&engine).await, ["a", "b"]);
}

#[test]
fn versions_are_counted_from_an_empty_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(super::super::DATABASE_FILE);
    // Version 0, as SQLite makes it.
    Connection::open(&file).unwrap().execute_batch("VACUUM").unwrap();
    for _ in 0..2 {
        drop(Engine::open(directory.path()).unwrap());
        let version =
            |db: Connection| db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        assert_eq!(version(Connection::open(&file).unwrap()).unwrap(), 2);
    }
    let newer = Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 3).unwrap();
    drop(newer);
    let refused = Engine::open(directory.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 3, known: 2 }), "{refused}");
}

#[tokio::test]
async fn what_an_older_version_wrote_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let older = Connection::open(directory.path().join(super::super::DATABASE_FILE)).unwrap();
    older.execute_batch(include_str!("../migrations/0001_initial.sql")).unwrap();
    older.execute("INSERT INTO media VALUES ('a', x'00', 1, '', '', 0, 0)", []).unwrap();
    older.pragma_update(None, "user_version", 1).unwrap();
    drop(older);
    let engine = Arc::new(Engine::open(directory.path()).unwrap());
    note(&engine, "b", || Ok(())).await.unwrap();
    assert_eq!(noted(&engine).await, ["a", "b"]);
    let count = "SELECT count(*) FROM activity";
    let none = engine.read(move |db| Ok(db.query_row(count, [], |row| row.get::<_, i64>(0))?));
    assert_eq!(none.await.unwrap(), 0);
}

#[test]
fn writes_are_synced() {
    let directory = tempfile::tempdir().unwrap();
    let connection = connection::writer(&directory.path().join("x")).unwrap();
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    // 2 is FULL.
    assert_eq!(pragma("synchronous"), 2);
    let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
}
