//! Brings users, conversations and messages of another server along: out of a MongoDB with the
//! collections `users`, `conversations` and `messages` that servers on Mongoose keep, into any store.
//!
//! Owns what old documents mean ([`user`], [`conversation`], [`message`]: pure, from a document to
//! what is stored, or to why it can't be), and the order in which they are brought in ([`run`]).
//! Knows MongoDB as the place to read from ([`source`]), and the store by its ports alone: where it
//! is written to is nothing that is decided here.
//!
//! Nothing is written twice: what has an id that is in the store is left as it is, but for receipts,
//! which move forward. So a run that broke off is finished by another one, and one more changes
//! nothing. What can't be brought in is told of ([`report`]) and stops nothing else.

mod conversation;
mod fields;
mod media;
mod message;
mod receipts;
mod report;
mod run;
mod source;
mod target;
mod user;

pub use report::{Action, Counts, Entry, Summary};
pub use run::{Import, ImportError, Progress};
pub use source::{OpenError, SameDatabase, Source, is_same_database};

/// What a document came to: something to store, and what of it could not be kept.
#[derive(Debug, PartialEq)]
struct Read<T> {
    value: T,
    /// A reason each; nothing of what users wrote.
    changes: Vec<String>,
}

/// Why a document is left out; nothing of what users wrote.
type Fault = String;
