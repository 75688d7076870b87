//! Processes that end between two steps: the steps are taken one by one, as far as that one came.

use natter_domain::ports::Presence as _;
use natter_domain::presence::Transition;

use super::{
    GRACE, LEASE, ONE, OTHER, at, connected, counts, online, report, start, sweep, user, users, went_offline,
};
use crate::shard::{Lease, SHARDS};

/// A lease in some shards only is no lease: what was reported with it goes, and what is reported
/// again stays.
#[tokio::test]
async fn a_report_that_began_the_lease_in_some_shards() {
    let (_server, presence) = start();
    for number in 0..8 {
        // Each with one user who is reported again, and one who closed their socket meanwhile.
        let sockets = counts([number, number + SHARDS as u16], 1);
        let begun =
            presence.shard(number.into()).report(Lease::Begin, ONE, &sockets, at(0), at(0).after(LEASE));
        assert_eq!(begun.await.expect("reports").map(|came| came.len()), Some(2));
    }
    let reported = report(&presence, ONE, &counts(0..16, 1), at(1)).await;
    assert!(reported.lease_was_missing, "what was reported to the others is not there");
    assert_eq!(reported.came_online, users(8..16), "the others came with the first report");
    assert_eq!(connected(&presence, &users(0..32)).await, users(0..16));
    // Of those nobody has told; the others who came have left again.
    let came = (0..8).map(|n| Transition { online: true, ..went_offline(n, at(0)) });
    let transitions: Vec<_> = came.chain((16..24).map(|n| went_offline(n, at(1)))).collect();
    assert_eq!(sweep(&presence, at(6), 50).await, transitions);
    assert!(!report(&presence, ONE, &[], at(7)).await.lease_was_missing);
}

/// A report that found a lease missing ended it everywhere, and went no further.
#[tokio::test]
async fn a_report_that_ended_what_was_left() {
    let (_server, presence) = start();
    report(&presence, ONE, &counts(0..16, 1), at(0)).await;
    for number in 0..SHARDS {
        presence.shard(number).end(ONE, at(3)).await.expect("ends");
    }
    presence.shard(0).vacate_all(ONE, at(3)).await.expect("vacates");

    let again = report(&presence, ONE, &counts(0..15, 1), at(4)).await;
    assert!(again.lease_was_missing);
    assert_eq!(again.came_online, [], "within the grace");
    assert_eq!(connected(&presence, &users(0..16)).await, users(0..15));
    assert_eq!(sweep(&presence, at(8), 50).await, [went_offline(15, at(3))]);
}

/// What a withdrawal left over is taken out by sweeps, as of its time where it came so far, and as
/// of the lease's end where not.
#[tokio::test]
async fn a_withdrawal_that_came_half_way() {
    let (_server, presence) = start();
    report(&presence, ONE, &counts(0..16, 1), at(0)).await;
    report(&presence, OTHER, &counts([3], 1), at(10)).await;
    for number in 0..8 {
        presence.shard(number).end(ONE, at(2)).await.expect("ends");
    }
    presence.shard(0).vacate_all(ONE, at(2)).await.expect("vacates");

    let first: Vec<_> = (0..8).filter(|n| *n != 3).map(|n| went_offline(n, at(2))).collect();
    assert_eq!(sweep(&presence, at(7), 50).await, first);
    presence.acknowledge(&first).await.expect("acknowledges");
    let second: Vec<_> = (8..16).map(|n| went_offline(n, at(0).after(LEASE))).collect();
    assert_eq!(sweep(&presence, at(20), 50).await, second);
    assert_eq!(connected(&presence, &users(0..16)).await, users([3]));
}

/// Ends after each step of a sweep: a chunk taken out, those whose grace is over named, some told.
#[tokio::test]
async fn a_sweep_that_came_half_way() {
    let (_server, presence) = start();
    report(&presence, ONE, &counts(0..32, 1), at(0)).await;
    let until = at(0).after(LEASE);

    let shard = presence.shard(0);
    assert!(!shard.vacate(ONE, &[user(0)], at(15)).await.expect("vacates"), "16 is still to be taken out");
    assert_eq!(connected(&presence, &users([0, 16])).await, users([16]));
    assert_eq!(online(&presence, &users([0, 16])).await, 2);
    assert_eq!(shard.overdue(at(16)).await.expect("is known"), [ONE]);

    let taken = shard.part(at(20), GRACE, 10).await.expect("names");
    assert_eq!(taken, [went_offline(0, until)]);
    assert_eq!(online(&presence, &users([0])).await, 0, "offline, and nobody has heard it");

    let all: Vec<_> = (0..32).map(|n| went_offline(n, until)).collect();
    assert_eq!(sweep(&presence, at(21), 50).await, &all[1..], "one tells of the first");
    assert_eq!(sweep(&presence, at(26), 50).await, all);
    shard.acknowledge(&taken).await.expect("acknowledges");
    assert_eq!(sweep(&presence, at(31), 50).await, &all[1..]);
}

/// The gateway comes back between the steps of a sweep, with or without the users that the sweep
/// is about to take out.
#[tokio::test]
async fn a_gateway_that_returns_in_the_middle_of_a_sweep() {
    let (_server, presence) = start();
    report(&presence, ONE, &counts([0, 16], 1), at(0)).await;
    let shard = presence.shard(0);
    assert_eq!(shard.overdue(at(15)).await.expect("is known"), [ONE]);
    let found = shard.some_of(ONE).await.expect("is known");
    assert_eq!(found.len(), 2);

    assert!(report(&presence, ONE, &counts([0], 1), at(15)).await.lease_was_missing);
    assert!(shard.vacate(ONE, &found, at(15)).await.expect("vacates"), "nothing is left to do");
    assert_eq!(connected(&presence, &users([0, 16])).await, users([0]));
    assert!(!report(&presence, ONE, &[], at(16)).await.lease_was_missing);
    assert_eq!(sweep(&presence, at(20), 50).await, [went_offline(16, at(15))]);
}

/// Redis comes back empty, and some have left before their gateway could report to it.
#[tokio::test]
async fn who_left_while_redis_was_away() {
    let (_server, presence) = start();
    report(&presence, OTHER, &counts([0, 1], 1), at(0)).await;
    let reported = report(&presence, ONE, &counts([1, 2], 0), at(1)).await;
    assert!(reported.lease_was_missing);
    report(&presence, ONE, &counts([2], 0), at(2)).await;
    assert_eq!(sweep(&presence, at(6), 50).await, [went_offline(2, at(1))], "1 is elsewhere");
}

/// A gateway stands still until its lease has run out, in a Redis that was empty a moment ago, and goes
/// on: that its users have left is known by then, and says nothing of one who has come back.
#[tokio::test]
async fn who_left_a_gateway_that_stood_still() {
    let (_server, presence) = start();
    report(&presence, ONE, &counts([0, 1], 1), at(0)).await;
    let gone = [0, 1].map(|n| went_offline(n, at(0).after(LEASE)));
    assert_eq!(sweep(&presence, at(20), 50).await, gone);
    presence.acknowledge(&gone).await.expect("acknowledges");

    assert!(report(&presence, ONE, &counts([0, 1], 0), at(21)).await.lease_was_missing);
    let back = report(&presence, OTHER, &counts([1], 1), at(22)).await;
    assert_eq!(back.came_online, users([1]), "and is told of");
    assert_eq!(sweep(&presence, at(30), 50).await, [], "nobody leaves twice");
}
