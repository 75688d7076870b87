//! How each user stands, and what makes that other.
//!
//! No step looks at more than the users it is about: those who leave and those who have gone are
//! kept in order of when, beside everybody's standing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use natter_domain::presence::WentOffline;
use natter_domain::{GatewayId, Timestamp, UserId};

/// How a user stands who is not just offline.
enum Standing {
    /// With sockets on these gateways, at least one.
    Online(Vec<GatewayId>),
    /// Without a socket since then, and still online for the grace.
    Leaving(Timestamp),
    /// Offline since then, which is still to be told.
    Gone(Timestamp),
}

struct Lease {
    until: Timestamp,
    /// With sockets there; ordered only so that some can be taken out at a time.
    users: BTreeSet<UserId>,
}

/// Everybody's standing.
#[derive(Default)]
pub(super) struct Standings {
    leases: HashMap<GatewayId, Lease>,
    users: HashMap<UserId, Standing>,
    leaving: BTreeSet<(Timestamp, UserId)>,
    gone: BTreeSet<(Timestamp, UserId)>,
}

impl Standings {
    /// Renews a lease; false if there was none any more, and everything it held is gone.
    pub(super) fn renew(&mut self, gateway: GatewayId, until: Timestamp, now: Timestamp) -> bool {
        if let Some(lease) = self.leases.get_mut(&gateway)
            && lease.until > now
        {
            lease.until = until;
            return true;
        }
        self.withdraw(gateway, now);
        self.leases.insert(gateway, Lease { until, users: BTreeSet::new() });
        false
    }

    /// The user has a socket on the gateway; true if they were offline.
    pub(super) fn arrive(&mut self, gateway: GatewayId, user: UserId) -> bool {
        if let Some(lease) = self.leases.get_mut(&gateway) {
            lease.users.insert(user);
        }
        let standing = match self.users.entry(user) {
            Entry::Vacant(entry) => {
                entry.insert(Standing::Online(vec![gateway]));
                return true;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        match standing {
            Standing::Online(gateways) => {
                if !gateways.contains(&gateway) {
                    gateways.push(gateway);
                }
                false
            }
            Standing::Leaving(since) => {
                self.leaving.remove(&(*since, user));
                *standing = Standing::Online(vec![gateway]);
                false
            }
            Standing::Gone(since) => {
                self.gone.remove(&(*since, user));
                *standing = Standing::Online(vec![gateway]);
                true
            }
        }
    }

    /// The user has no socket on the gateway any more.
    pub(super) fn leave(&mut self, gateway: GatewayId, user: UserId, at: Timestamp) {
        if let Some(lease) = self.leases.get_mut(&gateway) {
            lease.users.remove(&user);
        }
        self.lose(gateway, user, at);
    }

    fn lose(&mut self, gateway: GatewayId, user: UserId, at: Timestamp) {
        if let Some(standing) = self.users.get_mut(&user)
            && let Standing::Online(gateways) = standing
        {
            gateways.retain(|other| *other != gateway);
            if gateways.is_empty() {
                *standing = Standing::Leaving(at);
                self.leaving.insert((at, user));
            }
        }
    }

    /// The gateway has no sockets any more, since now or since its lease ran out.
    pub(super) fn withdraw(&mut self, gateway: GatewayId, now: Timestamp) {
        if let Some(lease) = self.leases.remove(&gateway) {
            let at = lease.until.min(now);
            for user in lease.users {
                self.lose(gateway, user, at);
            }
        }
    }

    /// Takes at most `limit` users out of gateways whose lease has run out.
    pub(super) fn expire(&mut self, now: Timestamp, limit: usize) {
        let mut lost = Vec::new();
        self.leases.retain(|gateway, lease| {
            if lease.until > now {
                return true;
            }
            while lost.len() < limit
                && let Some(user) = lease.users.pop_first()
            {
                lost.push((*gateway, user, lease.until));
            }
            !lease.users.is_empty()
        });
        for (gateway, user, at) in lost {
            self.lose(gateway, user, at);
        }
    }

    /// Those who are offline and of whom that is still to be told, with those whose grace is over.
    pub(super) fn part(&mut self, now: Timestamp, grace: Duration, limit: usize) -> Vec<WentOffline> {
        while self.gone.len() < limit
            && let Some((since, user)) = self.leaving.first().copied()
            && since.after(grace) <= now
        {
            self.leaving.pop_first();
            self.gone.insert((since, user));
            self.users.insert(user, Standing::Gone(since));
        }
        self.gone
            .iter()
            .take(limit)
            .map(|(last_seen, user)| WentOffline { user: *user, last_seen: *last_seen })
            .collect()
    }

    /// It has been told, unless they came back meanwhile.
    pub(super) fn forget(&mut self, told: &WentOffline) {
        if self.gone.remove(&(told.last_seen, told.user)) {
            self.users.remove(&told.user);
        }
    }

    /// Whether they have a socket.
    pub(super) fn is_connected(&self, user: UserId) -> bool {
        matches!(self.users.get(&user), Some(Standing::Online(_)))
    }

    /// Whether they are online, or in their grace.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        matches!(self.users.get(&user), Some(Standing::Online(_) | Standing::Leaving(_)))
    }
}
