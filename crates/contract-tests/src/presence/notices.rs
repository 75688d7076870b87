//! Laws about going offline, and about telling of it.

use std::collections::HashSet;

use natter_domain::ports::Presence;
use natter_domain::presence::{SocketCount, Transition};

use super::{LEASE, ONE, OTHER, acknowledge, at, is_connected, is_online, report, sweep, user, went_offline};

/// The last socket's end is no end before the grace is over.
pub async fn stays_online_for_the_grace(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1)], at(0)).await;
    assert!(is_connected(presence, 1).await);
    report(presence, ONE, &[(1, 0)], at(1)).await;
    assert_eq!(sweep(presence, at(5), 10).await, []);
    assert!(is_online(presence, 1).await);
    assert!(!is_connected(presence, 1).await, "nothing reaches them");
    assert_eq!(sweep(presence, at(6), 10).await, [went_offline(1, at(1))]);
    assert!(!is_online(presence, 1).await);
}

/// A page that is loaded again is no flicker, on whichever gateway.
pub async fn returns_within_the_grace_unnoticed(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1)], at(0)).await;
    report(presence, ONE, &[(1, 0)], at(1)).await;
    assert_eq!(report(presence, OTHER, &[(1, 1)], at(4)).await.came_online, []);
    assert_eq!(sweep(presence, at(10), 10).await, []);
    report(presence, OTHER, &[(1, 0)], at(11)).await;
    assert_eq!(sweep(presence, at(15), 10).await, [], "the grace begins anew");
    assert_eq!(sweep(presence, at(16), 10).await, [went_offline(1, at(11))]);
}

/// Sweeps name somebody again until it is acknowledged, each time after a while in which whoever
/// was told of it may tell it; and never after.
pub async fn names_those_who_are_offline_until_told(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    report(presence, ONE, &[(1, 0)], at(1)).await;
    for seconds in [6, 11, 16] {
        assert_eq!(sweep(presence, at(seconds), 10).await, [went_offline(1, at(1))]);
        report(presence, ONE, &[], at(seconds)).await;
        assert_eq!(sweep(presence, at(seconds + 1), 10).await, [], "one tells it");
        assert_eq!(sweep(presence, at(seconds + 4), 10).await, [], "one tells it");
    }
    acknowledge(presence, &[went_offline(1, at(1))]).await;
    assert_eq!(sweep(presence, at(21), 10).await, []);
    assert!(!is_online(presence, 1).await);
    assert_eq!(report(presence, ONE, &[(1, 1)], at(22)).await.came_online, [user(1)]);
}

/// Who returns after a sweep named them came online; the notice is void and its acknowledgement
/// does no harm.
pub async fn a_return_before_the_notice_takes_it_back(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1)], at(0)).await;
    report(presence, ONE, &[(1, 0)], at(1)).await;
    let gone = sweep(presence, at(6), 10).await;
    assert_eq!(report(presence, OTHER, &[(1, 1)], at(7)).await.came_online, [user(1)]);
    acknowledge(presence, &gone).await;
    assert!(is_online(presence, 1).await);
    assert_eq!(sweep(presence, at(20), 10).await, []);
    report(presence, OTHER, &[(1, 0)], at(20)).await;
    assert_eq!(sweep(presence, at(25), 10).await, [went_offline(1, at(20))]);
}

/// Who left again meanwhile is still to be told of.
pub async fn an_old_acknowledgement_is_of_no_use(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1)], at(0)).await;
    report(presence, ONE, &[(1, 0)], at(1)).await;
    let first = sweep(presence, at(6), 10).await;
    report(presence, ONE, &[(1, 1)], at(7)).await;
    report(presence, ONE, &[(1, 0)], at(8)).await;
    let second = sweep(presence, at(13), 10).await;
    assert_eq!(second, [went_offline(1, at(8))]);
    acknowledge(presence, &first).await;
    assert_eq!(sweep(presence, at(18), 10).await, second);
    acknowledge(presence, &second).await;
    assert_eq!(sweep(presence, at(23), 10).await, []);
}

/// A sweep has a limit; those who were not named are still online, and come with later sweeps.
pub async fn names_at_most_as_many_as_asked_for(presence: &dyn Presence) {
    let arrive: Vec<_> = (0..25).map(|n| (n, 1)).collect();
    let leave: Vec<_> = (0..25).map(|n| (n, 0)).collect();
    report(presence, ONE, &arrive, at(0)).await;
    report(presence, ONE, &leave, at(1)).await;
    let everybody: Vec<_> = (0..25).map(user).collect();
    let mut named = HashSet::new();
    for (expected, left) in [(10, 15), (10, 5), (5, 0), (0, 0)] {
        let gone = sweep(presence, at(6), 10).await;
        assert_eq!(gone.len(), expected);
        assert_eq!(presence.online(&everybody).await.expect("is known").len(), left);
        acknowledge(presence, &gone).await;
        named.extend(gone.into_iter().map(|gone| gone.user));
    }
    assert_eq!(named.len(), 25);
}

/// A dead gateway with more users than a sweep may name is worked off by several.
pub async fn sweeps_a_lost_gateway_in_steps(presence: &dyn Presence) {
    let arrive: Vec<_> = (0..25).map(|n| (n, 1)).collect();
    report(presence, ONE, &arrive, at(0)).await;
    let mut named = HashSet::new();
    for seconds in 20..40 {
        let gone = sweep(presence, at(seconds), 10).await;
        assert!(gone.len() <= 10);
        assert!(gone.iter().all(|gone| gone.at == at(0).after(LEASE)));
        acknowledge(presence, &gone).await;
        named.extend(gone.into_iter().map(|gone| gone.user));
    }
    assert_eq!(named.len(), 25);
    assert_eq!(report(presence, ONE, &arrive, at(40)).await.came_online.len(), 25);
}

/// Acknowledging twice, or what was never named, is harmless.
pub async fn repeated_acknowledgements_change_nothing(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    report(presence, ONE, &[(1, 0)], at(1)).await;
    acknowledge(presence, &[went_offline(1, at(1)), went_offline(2, at(1))]).await;
    let gone = sweep(presence, at(6), 10).await;
    assert_eq!(gone, [went_offline(1, at(1))]);
    for _ in 0..2 {
        acknowledge(presence, &gone).await;
    }
    assert_eq!(sweep(presence, at(7), 10).await, []);
    assert!(is_online(presence, 2).await);
}

/// That somebody came online is given to who reports it, and to sweeps where that one ends before
/// it has told it.
pub async fn gives_a_coming_again_until_told(presence: &dyn Presence) {
    let sockets = [SocketCount { user: user(1), sockets: 1 }];
    let reported = presence.report(ONE, &sockets, LEASE, at(0)).await.expect("reports");
    assert_eq!(reported.came_online, [user(1)]);
    let came = Transition { user: user(1), online: true, at: at(0) };
    assert_eq!(sweep(presence, at(4), 10).await, [], "the caller tells it");
    assert_eq!(sweep(presence, at(5), 10).await, [came]);
    assert_eq!(sweep(presence, at(9), 10).await, [], "the first sweep tells it");
    assert_eq!(sweep(presence, at(10), 10).await, [came]);
    acknowledge(presence, &[came]).await;
    assert_eq!(sweep(presence, at(14), 10).await, []);
}

/// Who left before it was told that they came is only told to have left.
pub async fn gives_only_the_latest_transition(presence: &dyn Presence) {
    let sockets = [SocketCount { user: user(1), sockets: 1 }];
    presence.report(ONE, &sockets, LEASE, at(0)).await.expect("reports");
    report(presence, ONE, &[(1, 0)], at(1)).await;
    report(presence, ONE, &[], at(6)).await;
    let mut given = sweep(presence, at(6), 10).await;
    given.extend(sweep(presence, at(7), 10).await);
    acknowledge(presence, &[Transition { user: user(1), online: true, at: at(0) }]).await;
    given.extend(sweep(presence, at(20), 10).await);
    assert_eq!(given.last(), Some(&went_offline(1, at(1))));
    acknowledge(presence, &given).await;
    assert_eq!(sweep(presence, at(40), 10).await, []);
}
