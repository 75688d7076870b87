//! The order in which the changes of one timeline are told.
//!
//! Everything up to a `rev` has been told. A change that comes too early waits for those before it,
//! one that comes again is dropped. What goes out is the caller's to send, in the order in which it
//! is answered here. Pure: knows neither sockets nor the bus.

use std::collections::BTreeMap;
use std::sync::Arc;

use natter_domain::message::Change;

/// Changes that wait for an earlier one; those beyond are fetched again.
const MAX_EARLY: usize = 1_000;

/// How far a timeline has been told.
#[derive(Default)]
pub(super) struct Sequence {
    /// Everything up to here has been told; `None` before it is known where the timeline ends.
    told: Option<u64>,
    /// Changes after a missing one, by `rev`.
    early: BTreeMap<u64, Arc<Change>>,
    /// The timeline is known to go at least this far.
    known: u64,
}

impl Sequence {
    /// A timeline of which everything up to here is taken as told.
    pub(super) fn after(rev: u64) -> Self {
        Self { told: Some(rev), ..Self::default() }
    }

    /// Where the timeline ended when it began to be told, if that was not known yet.
    pub(super) fn starts_at(&mut self, rev: u64) -> Vec<Arc<Change>> {
        self.told.get_or_insert(rev);
        self.advance()
    }

    /// A change has come: what is to be told now.
    pub(super) fn take(&mut self, change: Arc<Change>) -> Vec<Arc<Change>> {
        let rev = change.message.stored.rev;
        self.hear_of(rev);
        if self.told.is_some_and(|told| rev <= told) || self.early.len() >= MAX_EARLY {
            return Vec::new();
        }
        self.early.insert(rev, change);
        self.advance()
    }

    /// The timeline goes at least this far.
    pub(super) fn hear_of(&mut self, rev: u64) {
        self.known = self.known.max(rev);
    }

    /// Something may have been lost: counts as a gap until somebody has looked.
    pub(super) fn doubt(&mut self) {
        self.hear_of(self.told.map_or(0, |told| told + 1));
    }

    /// What comes after this is about to be fetched, with all that has come early: that was stored
    /// before it came. `None` before it is known where the timeline ends.
    pub(super) fn begin_fetching(&mut self) -> Option<u64> {
        self.early.clear();
        self.told
    }

    /// What was missing has been fetched, up to `rev`: what is to be told now.
    pub(super) fn fill(&mut self, changes: Vec<Change>, rev: u64) -> Vec<Arc<Change>> {
        let mut ready = Vec::with_capacity(changes.len());
        for change in changes {
            let at = change.message.stored.rev;
            if self.told.is_some_and(|told| at > told) {
                ready.push(Arc::new(change));
                self.told = Some(at);
            }
        }
        self.told = self.told.map(|told| told.max(rev));
        ready
    }

    /// The store has nothing after what has been told.
    pub(super) fn is_caught_up(&mut self) {
        self.known = self.told.unwrap_or_default();
    }

    /// Whether the timeline is known to go further than has been told.
    pub(super) fn has_gap(&self) -> bool {
        self.known > self.told.unwrap_or_default()
    }

    /// What has come early and is next now.
    fn advance(&mut self) -> Vec<Arc<Change>> {
        let mut ready = Vec::new();
        while let (Some(told), Some(first)) = (self.told, self.early.first_entry()) {
            let rev = *first.key();
            if rev > told + 1 {
                break;
            }
            let change = first.remove();
            if rev == told + 1 {
                ready.push(change);
                self.told = Some(rev);
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use natter_domain::message::ChangeKind;

    use super::*;
    use crate::samples;

    fn change(rev: u64) -> Change {
        let mut message = samples::message();
        message.stored.rev = rev;
        message.stored.created_rev = rev;
        Change { kind: ChangeKind::Created, message }
    }

    fn revs(changes: &[Arc<Change>]) -> Vec<u64> {
        changes.iter().map(|change| change.message.stored.rev).collect()
    }

    #[test]
    fn each_change_is_told_once_and_in_order() {
        let mut sequence = Sequence::after(2);
        let mut told = Vec::new();
        for rev in [1, 3, 5, 5, 4, 3, 7, 6] {
            told.extend(revs(&sequence.take(Arc::new(change(rev)))));
        }
        assert_eq!(told, [3, 4, 5, 6, 7]);
        assert!(!sequence.has_gap());
    }

    #[test]
    fn what_comes_before_the_start_is_known_waits_for_it() {
        let mut sequence = Sequence::default();
        for rev in [4, 6, 5] {
            assert!(sequence.take(Arc::new(change(rev))).is_empty());
            assert!(sequence.has_gap());
        }
        assert_eq!(Sequence::default().begin_fetching(), None);
        assert_eq!(revs(&sequence.starts_at(4)), [5, 6]);
        assert!(sequence.starts_at(9).is_empty());
        assert_eq!(sequence.begin_fetching(), Some(6));
    }

    #[test]
    fn a_gap_is_noticed_filled_and_closed() {
        let mut sequence = Sequence::after(1);
        assert!(sequence.take(Arc::new(change(4))).is_empty());
        assert!(sequence.has_gap());
        assert_eq!(sequence.begin_fetching(), Some(1));
        assert_eq!(revs(&sequence.fill(vec![change(2), change(3), change(4)], 4)), [2, 3, 4]);
        assert!(!sequence.has_gap());
        sequence.hear_of(6);
        assert!(sequence.has_gap());
        assert!(sequence.fill(Vec::new(), 4).is_empty());
        sequence.is_caught_up();
        assert!(!sequence.has_gap());
        sequence.doubt();
        assert!(sequence.has_gap());
    }
}
