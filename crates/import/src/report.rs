//! What came of each document: counted, and told of where it is not in as it was.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What became of a document that is not in as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is not in.
    LeftOut,
    /// It is in, without something of it.
    Changed,
    /// What is in it went to another one of the same pair.
    Merged,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeftOut => "left out",
            Self::Changed => "changed",
            Self::Merged => "merged",
        })
    }
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `users`, `conversations` or `messages`.
    pub collection: &'static str,
    /// The document's `_id`, as text.
    pub id: String,
    /// What became of it.
    pub action: Action,
    /// Why; nothing of what users wrote.
    pub reason: String,
}

/// Documents of one collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were there.
    pub read: u64,
    /// Brought in now.
    pub new: u64,
    /// In the store already.
    pub there: u64,
    /// Brought in now, without something of them.
    pub changed: u64,
    /// Gone into another one.
    pub merged: u64,
    /// Not in.
    pub left_out: u64,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Of `users`.
    pub users: Counts,
    /// Of `conversations`.
    pub conversations: Counts,
    /// Of `messages`.
    pub messages: Counts,
}

impl Summary {
    /// With the names of the collections.
    pub fn collections(&self) -> [(&'static str, Counts); 3] {
        [(USERS, self.users), (CONVERSATIONS, self.conversations), (MESSAGES, self.messages)]
    }

    /// Whether everything is in as it was.
    pub fn is_faultless(&self) -> bool {
        self.collections().iter().all(|(_, counts)| (counts.left_out, counts.changed) == (0, 0))
    }

    fn of(&mut self, collection: &'static str) -> &mut Counts {
        match collection {
            USERS => &mut self.users,
            CONVERSATIONS => &mut self.conversations,
            _ => &mut self.messages,
        }
    }
}

pub(crate) const USERS: &str = "users";
pub(crate) const CONVERSATIONS: &str = "conversations";
pub(crate) const MESSAGES: &str = "messages";

/// Takes what is told.
type Sink<'a> = Box<dyn FnMut(&Entry) + Send + 'a>;

/// Counts, and tells.
pub(crate) struct Report<'a> {
    kept: Mutex<(Summary, Sink<'a>)>,
}

impl<'a> Report<'a> {
    pub(crate) fn to(sink: impl FnMut(&Entry) + Send + 'a) -> Self {
        Self { kept: Mutex::new((Summary::default(), Box::new(sink))) }
    }

    pub(crate) fn summary(&self) -> Summary {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// A document was read.
    pub(crate) fn read(&self, collection: &'static str) {
        self.count(collection, |counts| counts.read += 1);
    }

    /// It was in the store already.
    pub(crate) fn there(&self, collection: &'static str) {
        self.count(collection, |counts| counts.there += 1);
    }

    /// It is in the store now, but for what is said of it.
    pub(crate) fn added(&self, collection: &'static str, id: &str, changes: Vec<String>) {
        self.count(collection, |counts| {
            counts.new += 1;
            counts.changed += u64::from(!changes.is_empty());
        });
        for reason in changes {
            self.tell(collection, id, Action::Changed, reason);
        }
    }

    /// Something of it that is in by now is not.
    pub(crate) fn noted(&self, collection: &'static str, id: &str, reason: String) {
        self.count(collection, |counts| counts.changed += 1);
        self.tell(collection, id, Action::Changed, reason);
    }

    pub(crate) fn merged(&self, collection: &'static str, id: &str, reason: String) {
        self.count(collection, |counts| counts.merged += 1);
        self.tell(collection, id, Action::Merged, reason);
    }

    pub(crate) fn left_out(&self, collection: &'static str, id: &str, reason: String) {
        self.count(collection, |counts| counts.left_out += 1);
        self.tell(collection, id, Action::LeftOut, reason);
    }

    fn count(&self, collection: &'static str, count: impl FnOnce(&mut Counts)) {
        count(self.kept.lock().unwrap_or_else(PoisonError::into_inner).0.of(collection));
    }

    fn tell(&self, collection: &'static str, id: &str, action: Action, reason: String) {
        let entry = Entry { collection, id: id.to_owned(), action, reason };
        (self.kept.lock().unwrap_or_else(PoisonError::into_inner).1)(&entry);
    }
}
