//! What can go wrong inside the store, and what its callers hear of it; how long an operation may
//! take; and which unique index refused a write.

use std::future::IntoFuture;
use std::time::Duration;

use futures::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::error::Error as BsonError;
use mongodb::error::{Error, ErrorKind, WriteFailure};
use natter_domain::ports::store::StoreError;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

/// What an operation takes at the most, with the driver's one repetition.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// Why something was not done, or may not have been.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The driver's, or the server's.
    #[error(transparent)]
    Driver(#[from] Error),
    /// What was read or is to be written has no place in BSON.
    #[error(transparent)]
    Bson(#[from] BsonError),
    /// No answer within [`DEADLINE`].
    #[error("no answer from MongoDB in time")]
    Late,
    /// A document that this store never wrote.
    #[error("malformed {0} in the database")]
    Malformed(&'static str),
    /// A page cursor that this store never made.
    #[error("not a cursor of this list")]
    BadCursor,
    /// More participants than a conversation may have.
    #[error("more participants than a conversation may have")]
    TooMany,
    /// A conversation of this id was deleted, and not all of it may be gone.
    #[error("a conversation of this id was deleted a moment ago")]
    Deleted,
    /// The server did not make a write, for another reason than that its key is taken.
    #[error("the server refused a write: {0}")]
    Refused(i32),
    /// Others changed it each time first.
    #[error("too many changes of the same thing at once")]
    Contended,
    /// Too much is waiting already.
    #[error("the store's queue is full")]
    Full,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

impl Fault {
    /// Whether it may be better at once, with another primary.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Driver(error) if is_passing(error))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::BadCursor => Self::BadCursor,
            Fault::Late | Fault::Contended | Fault::Deleted | Fault::Full | Fault::Closed => {
                Self::Unavailable(Box::new(fault))
            }
            Fault::Refused(code) if PASSING.contains(code) => Self::Unavailable(Box::new(fault)),
            Fault::Driver(error) if is_passing(error) => Self::Unavailable(Box::new(fault)),
            _ => Self::Failed(Box::new(fault)),
        }
    }
}

/// Codes of a server that may be, or have, a primary soon: those of the driver's specification for
/// retries, what an operation says that took too long, and a majority that could not be had.
/// <https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md>
const PASSING: [i32; 20] =
    [6, 7, 50, 64, 79, 89, 91, 100, 134, 189, 202, 262, 317, 9001, 10058, 10107, 11600, 11602, 13435, 13436];

/// Whether it may be better later.
fn is_passing(error: &Error) -> bool {
    let by_label = error.contains_label("RetryableWriteError")
        || error.contains_label("TransientTransactionError")
        || error.contains_label("RetryableError");
    by_label
        || match error.kind.as_ref() {
            ErrorKind::Io(_)
            | ErrorKind::ServerSelection { .. }
            | ErrorKind::ConnectionPoolCleared { .. }
            | ErrorKind::DnsResolve { .. } => true,
            // Whether it is there is known, whether it stays is not.
            ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
            ErrorKind::InsertMany(many) => many.write_concern_error.is_some(),
            ErrorKind::Command(command) => PASSING.contains(&command.code),
            _ => false,
        }
}

/// Waits for an operation, for as long as one may take.
pub(crate) async fn within<T>(
    operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
) -> Result<T, Fault> {
    timeout(DEADLINE, operation.into_future()).await.map_err(|_| Fault::Late)?.map_err(Fault::Driver)
}

/// Waits for an operation and for all that its cursor has.
pub(crate) async fn all<T: DeserializeOwned + Unpin + Send + Sync>(
    operation: impl IntoFuture<Output = mongodb::error::Result<Cursor<T>>>,
) -> Result<Vec<T>, Fault> {
    within(async { operation.into_future().await?.try_collect().await }).await
}

const DUPLICATE_KEY: i32 = 11_000;

/// The name of the index in which a write has its key already. The server says it in its text
/// alone: `E11000 duplicate key error collection: natter.users index: username dup key: {…}`.
pub(crate) fn taken(error: &Error) -> Option<&str> {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(write)) => taken_of(write.code, &write.message),
        ErrorKind::Command(command) => taken_of(command.code, &command.message),
        _ => None,
    }
}

/// The same, of one write of several.
pub(crate) fn taken_of(code: i32, message: &str) -> Option<&str> {
    if code != DUPLICATE_KEY {
        return None;
    }
    // Keys come after it, so that nothing of a user's is read.
    let (_, rest) = message.split_once(" index: ")?;
    rest.split_whitespace().next()
}

/// Turns a refusal by a unique index into `None`.
pub(crate) fn unless_taken<T>(result: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Driver(error)) if taken(&error).is_some() => Ok(None),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_told() {
        let text = "E11000 duplicate key error collection: natter.messages index: conversation_rev dup key: \
                    { text: \" index: other\" }";
        assert_eq!(taken_of(11_000, text), Some("conversation_rev"));
        assert_eq!(taken_of(11_001, text), None);
        assert_eq!(taken_of(11_000, "something else"), None);
    }

    #[test]
    fn what_may_pass_is_unavailable() {
        let unreachable = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for fault in [Fault::Late, Fault::Full, Fault::Driver(unreachable.into())] {
            assert!(matches!(StoreError::from(fault), StoreError::Unavailable(_)));
        }
        assert!(matches!(StoreError::from(Fault::Malformed("x")), StoreError::Failed(_)));
        assert!(matches!(StoreError::from(Fault::BadCursor), StoreError::BadCursor));
    }
}
