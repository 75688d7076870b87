//! Which replica owns which partition: rendezvous hashing over those that were heard lately.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// How often a replica announces itself.
pub(super) const ANNOUNCE: Duration = Duration::from_secs(1);
/// A replica that was not heard for so long is gone: three announcements are missing.
const SILENCE: Duration = Duration::from_millis(3_250);

/// The replicas of a service, as one of them knows them.
pub(super) struct Replicas {
    own: u128,
    others: HashMap<u128, Instant>,
}

impl Replicas {
    /// Of this one alone.
    pub(super) fn new(own: u128) -> Self {
        Self { own, others: HashMap::new() }
    }

    /// This one's id.
    pub(super) fn own(&self) -> u128 {
        self.own
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.others.len() + 1
    }

    /// Another one is there; says whether that is news.
    pub(super) fn heard(&mut self, other: u128, now: Instant) -> bool {
        self.others.insert(other, now).is_none()
    }

    /// Another one takes no more; says whether that is news.
    pub(super) fn left(&mut self, other: u128) -> bool {
        self.others.remove(&other).is_some()
    }

    /// Nobody could be heard until now.
    pub(super) fn excuse(&mut self, now: Instant) {
        for heard in self.others.values_mut() {
            *heard = now;
        }
    }

    /// Forgets those that were silent for too long; says whether there were some.
    pub(super) fn forget_silent(&mut self, now: Instant) -> bool {
        let before = self.others.len();
        self.others.retain(|_, heard| now.saturating_duration_since(*heard) <= SILENCE);
        self.others.len() != before
    }

    /// Whether this one owns the partition.
    pub(super) fn owns(&self, partition: u16) -> bool {
        let own = weight(self.own, partition);
        self.others.keys().all(|other| (weight(*other, partition), *other) < (own, self.own))
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

    fn knowing(own: u128, others: &[u128]) -> Replicas {
        let mut replicas = Replicas::new(own);
        for other in others.iter().filter(|other| **other != own) {
            replicas.heard(*other, Instant::now());
        }
        replicas
    }

    fn owner(partition: u16, ids: &[u128]) -> u128 {
        let owners: Vec<u128> =
            ids.iter().copied().filter(|own| knowing(*own, ids).owns(partition)).collect();
        assert_eq!(owners.len(), 1, "partition {partition}");
        owners[0]
    }

    #[test]
    fn all_agree_on_one_owner_with_a_fair_share() {
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
    fn three_missing_announcements_are_the_end_of_a_replica() {
        let start = Instant::now();
        let mut replicas = Replicas::new(1);
        assert!(replicas.heard(2, start) && !replicas.heard(2, start));
        assert!(!replicas.forget_silent(start + ANNOUNCE * 3));
        replicas.excuse(start + ANNOUNCE * 4);
        assert!(!replicas.forget_silent(start + ANNOUNCE * 7));
        assert!(!(0..PARTITIONS).all(|partition| replicas.owns(partition)));
        assert!(replicas.forget_silent(start + ANNOUNCE * 8));
        assert!((0..PARTITIONS).all(|partition| replicas.owns(partition)));
        assert!(!replicas.left(2) && replicas.heard(2, start) && replicas.left(2));
    }
}
