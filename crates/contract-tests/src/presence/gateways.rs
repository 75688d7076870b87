//! Laws about gateways, their leases and sockets.

use natter_domain::ports::Presence;

use super::{LEASE, ONE, OTHER, acknowledge, at, is_online, report, sweep, user, went_offline};

/// The first report of a gateway finds no lease; what it says counts all the same.
pub async fn a_gateway_starts_without_a_lease(presence: &dyn Presence) {
    let reported = report(presence, ONE, &[(1, 1)], at(0)).await;
    assert!(reported.lease_was_missing);
    assert_eq!(reported.came_online, [user(1)]);
    assert!(is_online(presence, 1).await);
}

/// Every report renews the lease, an empty one too, and its users stay online.
pub async fn a_report_keeps_the_lease(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1)], at(0)).await;
    for round in 1..10 {
        let now = at(round * 10);
        assert!(!report(presence, ONE, &[], now).await.lease_was_missing);
        assert_eq!(sweep(presence, now, 10).await, []);
        assert!(is_online(presence, 1).await);
    }
}

/// More sockets, on one gateway or several, are no second arrival.
pub async fn comes_online_once(presence: &dyn Presence) {
    assert_eq!(report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await.came_online, [user(1), user(2)]);
    assert_eq!(report(presence, ONE, &[(1, 2)], at(1)).await.came_online, []);
    assert_eq!(report(presence, OTHER, &[(1, 1), (3, 4)], at(2)).await.came_online, [user(3)]);
}

/// Of many gateways that report a user at the same time, one brings them online.
pub async fn comes_online_once_in_a_race(presence: &dyn Presence) {
    let reports = (1..=20).map(|n| {
        let gateway = natter_domain::GatewayId::from_bytes([n; 12]);
        report(presence, gateway, &[(1, 1), (2, 1)], at(0))
    });
    let came_online: Vec<_> = futures::future::join_all(reports)
        .await
        .into_iter()
        .flat_map(|reported| reported.came_online)
        .collect();
    assert_eq!(came_online.len(), 2, "{came_online:?}");
    assert!(came_online.contains(&user(1)) && came_online.contains(&user(2)));
}

/// A user with sockets on two gateways is online until both have none.
pub async fn goes_on_while_one_gateway_has_a_socket(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 2)], at(0)).await;
    report(presence, OTHER, &[(1, 1)], at(0)).await;
    report(presence, ONE, &[(1, 1)], at(1)).await;
    report(presence, ONE, &[(1, 0)], at(2)).await;
    assert_eq!(sweep(presence, at(10), 10).await, []);
    assert!(is_online(presence, 1).await);
    report(presence, OTHER, &[(1, 0)], at(11)).await;
    assert_eq!(sweep(presence, at(16), 10).await, [went_offline(1, at(11))]);
    assert!(!is_online(presence, 1).await);
}

/// A gateway that withdraws leaves as if each socket had closed, and may come again.
pub async fn a_gateway_that_withdraws_has_no_sockets(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    report(presence, OTHER, &[(2, 1)], at(0)).await;
    for _ in 0..2 {
        presence.withdraw(ONE, at(3)).await.expect("withdraws");
    }
    assert!(is_online(presence, 1).await, "in the grace");
    assert_eq!(sweep(presence, at(8), 10).await, [went_offline(1, at(3))]);
    assert!(is_online(presence, 2).await);
    assert!(report(presence, ONE, &[], at(9)).await.lease_was_missing);
}

/// A gateway that did not renew in time is gone, and what it then reports is new.
pub async fn a_lost_lease_is_reported_anew(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    let after = at(0).after(LEASE);
    assert_eq!(sweep(presence, after, 10).await, [], "the grace comes after the lease");
    let mut gone = sweep(presence, at(20), 10).await;
    gone.sort_by_key(|gone| gone.user);
    assert_eq!(gone, [went_offline(1, after), went_offline(2, after)]);
    acknowledge(presence, &gone).await;

    let late = report(presence, ONE, &[(1, 1)], at(21)).await;
    assert!(late.lease_was_missing);
    assert_eq!(late.came_online, [user(1)]);
    let again = report(presence, ONE, &[(1, 1), (2, 1)], at(21)).await;
    assert!(!again.lease_was_missing);
    assert_eq!(again.came_online, [user(2)]);
}

/// A gateway that was too late has nothing left of what it reported before, even where no sweep
/// has noticed; who is not reported again goes offline.
pub async fn a_late_report_takes_nothing_over(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    let late = report(presence, ONE, &[(1, 1)], at(16)).await;
    assert!(late.lease_was_missing);
    assert_eq!(late.came_online, [], "within the grace");
    assert_eq!(sweep(presence, at(30), 10).await, [went_offline(2, at(0).after(LEASE))]);
    assert!(is_online(presence, 1).await);
}

/// A user of a gateway that died stays online by another one.
pub async fn one_gateways_end_leaves_the_others(presence: &dyn Presence) {
    report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    report(presence, OTHER, &[(1, 1)], at(10)).await;
    assert_eq!(sweep(presence, at(21), 10).await, [went_offline(2, at(0).after(LEASE))]);
    assert!(is_online(presence, 1).await);
}

/// Who was never reported is offline; that they have no socket is no news, once presence is older
/// than what gateways may remember.
pub async fn says_nothing_of_strangers(presence: &dyn Presence) {
    report(presence, ONE, &[], at(0)).await;
    report(presence, ONE, &[(1, 1)], at(100)).await;
    assert_eq!(report(presence, ONE, &[(9, 0)], at(100)).await.came_online, []);
    presence.withdraw(OTHER, at(100)).await.expect("withdraws");
    acknowledge(presence, &[went_offline(9, at(100))]).await;
    assert_eq!(sweep(presence, at(110), 10).await, []);
    let online = presence.online(&[user(9), user(1), user(8)]).await.expect("is known");
    assert!(online.into_iter().eq([user(1)]));
    assert!(presence.online(&[]).await.expect("is known").is_empty());
}

/// Saying the same again changes nothing: neither arrivals nor when somebody left.
pub async fn repeated_reports_change_nothing(presence: &dyn Presence) {
    for _ in 0..2 {
        report(presence, ONE, &[(1, 1), (2, 1)], at(0)).await;
    }
    assert_eq!(report(presence, ONE, &[(1, 1)], at(1)).await.came_online, []);
    for seconds in 2..5 {
        report(presence, ONE, &[(1, 0)], at(seconds)).await;
    }
    assert_eq!(sweep(presence, at(7), 10).await, [went_offline(1, at(2))]);
}
