//! Brings a database to the present version.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// Step `n` makes version `n` of version `n - 1`; an empty database is of version 0. A step that
/// was released is never changed.
const STEPS: &[&str] =
    &[include_str!("../migrations/0001_initial.sql"), include_str!("../migrations/0002_activity.sql")];

/// All missing steps, or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Ok(done) = usize::try_from(found) else { return Err(OpenError::Newer { found, known }) };
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
