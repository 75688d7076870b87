//! Whether numbers come one after the other: none lost, none twice, none too early.

use std::collections::BTreeSet;

/// What is expected to count up by one. Costs an addition while it does.
#[derive(Debug)]
pub(crate) struct Sequence {
    next: u64,
    /// What came before something smaller did.
    early: BTreeSet<u64>,
    doubled: u64,
    disordered: u64,
}

/// What was wrong with a sequence, or with many of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Never came, though later ones did.
    pub(crate) lost: u64,
    /// Came again.
    pub(crate) doubled: u64,
    /// Came before one that belongs before them.
    pub(crate) disordered: u64,
}

impl Sequence {
    /// The first number will be `next`.
    pub(crate) fn from(next: u64) -> Self {
        Self { next, early: BTreeSet::new(), doubled: 0, disordered: 0 }
    }

    /// A number has come.
    pub(crate) fn saw(&mut self, number: u64) {
        if number == self.next {
            self.next += 1;
            while self.early.remove(&self.next) {
                self.next += 1;
            }
        } else if number < self.next || !self.early.insert(number) {
            self.doubled += 1;
        } else {
            self.disordered += 1;
        }
    }

    /// Up to where all have come.
    pub(crate) fn reached(&self) -> u64 {
        self.next.saturating_sub(1)
    }

    /// What was wrong, if nothing more comes.
    pub(crate) fn faults(&self) -> Faults {
        let missing = self.early.last().map_or(0, |last| last + 1 - self.next - self.early.len() as u64);
        // What came after a gap that nothing ever filled was not early: there is one fault, not many.
        let waiting = self.early.len() as u64;
        Faults { lost: missing, doubled: self.doubled, disordered: self.disordered - waiting }
    }
}

impl std::ops::AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(numbers: &[u64]) -> (u64, Faults) {
        let mut sequence = Sequence::from(1);
        numbers.iter().for_each(|number| sequence.saw(*number));
        (sequence.reached(), sequence.faults())
    }

    #[test]
    fn in_order_there_is_no_fault() {
        assert_eq!(after(&[]), (0, Faults::default()));
        assert_eq!(after(&[1, 2, 3, 4]), (4, Faults::default()));
    }

    #[test]
    fn each_fault_is_told_from_the_others() {
        let lost = |lost| Faults { lost, ..Faults::default() };
        assert_eq!(after(&[1, 3, 4]), (1, lost(1)));
        assert_eq!(after(&[4, 9]), (0, lost(7)));
        let doubled = |doubled| Faults { doubled, ..Faults::default() };
        assert_eq!(after(&[1, 1, 2, 1]), (2, doubled(2)));
        let disordered = |disordered| Faults { disordered, ..Faults::default() };
        assert_eq!(after(&[2, 1, 3]), (3, disordered(1)));
        assert_eq!(after(&[1, 4, 3, 2]), (4, disordered(2)));
        assert_eq!(after(&[3, 3, 1, 5]), (1, Faults { lost: 2, doubled: 1, disordered: 0 }));
    }

    #[test]
    fn any_shuffle_that_loses_and_doubles_nothing_only_disorders() {
        use rand::seq::SliceRandom as _;
        use rand::{SeedableRng as _, rngs::StdRng};
        for seed in 0..50 {
            let mut numbers: Vec<u64> = (1..=200).collect();
            numbers.shuffle(&mut StdRng::seed_from_u64(seed));
            let (reached, faults) = after(&numbers);
            assert_eq!((reached, faults.lost, faults.doubled), (200, 0, 0));
            assert!(faults.disordered > 0);
        }
    }
}
