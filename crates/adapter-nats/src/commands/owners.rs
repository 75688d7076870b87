//! Which replica owns which partition: rendezvous hashing over those that were heard lately.
//!
//! Whoever sends commands works that out, so that it turns to another replica as soon as one falls
//! silent, whatever the broker still believes of it. That two senders differ for a moment does no
//! harm.

use std::collections::HashMap;
use std::time::Duration;

use natter_proto::Announcement;
use tokio::time::Instant;

/// How often a replica announces itself.
pub(super) const ANNOUNCE: Duration = Duration::from_millis(500);
/// A replica that was not heard for so long is gone. It takes no command of who heard it longer ago
/// (see [`super::lease`]): so what is sent to another one then is not begun here, too.
pub(super) const SILENCE: Duration = Duration::from_secs(2);
/// How long a replica that leaves may take for what it was given: longer than anybody waits.
const LEAVING: Duration = Duration::from_secs(10);

/// The replicas of a service, as one who sends commands knows them.
#[derive(Default)]
pub(super) struct Replicas(HashMap<u128, Known>);

struct Known {
    heard: Instant,
    /// When that was, by its own clock.
    time: u64,
    leaving: bool,
}

/// Whom to send a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) replica: u128,
    /// When it was last heard, by its own clock.
    pub(super) heard: u64,
}

impl Replicas {
    /// How many take commands.
    pub(super) fn len(&self) -> usize {
        self.0.values().filter(|known| !known.leaving).count()
    }

    /// One has announced itself; says whether that changes an owner.
    pub(super) fn heard(&mut self, announcement: Announcement, now: Instant) -> bool {
        let Announcement { replica, leaving, time } = announcement;
        let before = self.0.insert(replica, Known { heard: now, time, leaving });
        before.is_none_or(|before| before.leaving != leaving)
    }

    /// One is not there any more; says whether that is news.
    pub(super) fn gone(&mut self, replica: u128) -> bool {
        self.0.remove(&replica).is_some()
    }

    /// Starts to wait for them anew: they could not be heard.
    pub(super) fn excuse(&mut self, now: Instant) {
        self.0.values_mut().for_each(|known| known.heard = now);
    }

    /// Forgets those that were silent for too long; says whether there were some.
    pub(super) fn forget_silent(&mut self, now: Instant) -> bool {
        let before = self.0.len();
        self.0.retain(|_, known| {
            let bound = if known.leaving { LEAVING } else { SILENCE };
            now.saturating_duration_since(known.heard) <= bound
        });
        self.0.len() != before
    }

    /// Whether it may still answer what it was given.
    pub(super) fn knows(&self, replica: u128) -> bool {
        self.0.contains_key(&replica)
    }

    /// Who owns the partition.
    pub(super) fn owner(&self, partition: u16) -> Option<Owner> {
        let there = self.0.iter().filter(|(_, known)| !known.leaving);
        there
            .max_by_key(|(replica, _)| (weight(**replica, partition), **replica))
            .map(|(replica, known)| Owner { replica: *replica, heard: known.time })
    }
}

/// A replica's claim to a partition: the highest wins. Every version must come to the same.
fn weight(replica: u128, partition: u16) -> u64 {
    // FNV-1a, 64 bits (RFC 9923), and since its upper bits mix badly, the end of MurmurHash3.
    let bytes = replica.to_be_bytes().into_iter().chain(partition.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use natter_domain::ports::PARTITIONS;

    use super::*;

    fn says(replica: u128) -> Announcement {
        Announcement { replica, leaving: false, time: 7 }
    }

    fn owner(partition: u16, ids: &[u128]) -> u128 {
        let mut replicas = Replicas::default();
        for id in ids {
            replicas.heard(says(*id), Instant::now());
        }
        replicas.owner(partition).unwrap().replica
    }

    #[test]
    fn each_has_a_fair_share() {
        let ids: Vec<u128> = (0..4).map(|n| 0x9e37_79b9_7f4a_7c15_u128 * (n + 1)).collect();
        for id in &ids {
            let share = (0..PARTITIONS).filter(|partition| owner(*partition, &ids) == *id).count();
            assert!((6..=32).contains(&share), "{share} of 64");
        }
    }

    #[test]
    fn only_the_partitions_of_one_that_left_move() {
        let (all, left) = ([11, 22, 33], [11, 22]);
        for partition in 0..PARTITIONS {
            let before = owner(partition, &all);
            assert!(before == 33 || owner(partition, &left) == before);
        }
    }

    #[test]
    fn weights_stay_what_they_are() {
        assert_eq!(weight(0, 0), 2_247_182_256_822_967_405);
        assert_eq!(weight(1, 17), 14_693_848_503_567_438_525);
    }

    #[test]
    fn who_is_silent_is_forgotten_unless_nobody_could_be_heard() {
        let start = Instant::now();
        let mut replicas = Replicas::default();
        assert_eq!(replicas.owner(0), None);
        assert!(replicas.heard(says(1), start) && !replicas.heard(says(1), start));
        assert_eq!(replicas.owner(0), Some(Owner { replica: 1, heard: 7 }));
        assert!(!replicas.forget_silent(start + SILENCE));
        replicas.excuse(start + SILENCE);
        assert!(!replicas.forget_silent(start + SILENCE * 2) && replicas.knows(1));
        assert!(replicas.forget_silent(start + SILENCE * 2 + ANNOUNCE));
        assert!(!replicas.knows(1) && replicas.owner(0).is_none());
    }

    #[test]
    fn who_leaves_is_given_no_more_and_may_answer_what_it_has() {
        let start = Instant::now();
        let mut replicas = Replicas::default();
        replicas.heard(says(1), start);
        assert!(replicas.heard(Announcement { leaving: true, ..says(1) }, start));
        assert_eq!((replicas.owner(0), replicas.len()), (None, 0));
        assert!(!replicas.forget_silent(start + SILENCE * 2) && replicas.knows(1));
        assert!(replicas.forget_silent(start + LEAVING * 2) && !replicas.gone(1));
    }
}
