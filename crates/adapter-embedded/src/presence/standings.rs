//! How each user stands, and what makes that other.
//!
//! No step looks at more than the users it is about: those who leave and those of whom is to be told
//! are kept in order of when, beside everybody's standing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use natter_domain::ports::TIME_TO_TELL;
use natter_domain::presence::Transition;
use natter_domain::{GatewayId, Timestamp, UserId};

/// How a user stands who is not just offline.
enum Standing {
    /// With sockets on these gateways, at least one.
    Online(Vec<GatewayId>),
    /// Without a socket since then, and still online for the grace.
    Leaving(Timestamp),
}

/// A transition that may not have been told yet.
struct Untold {
    transition: Transition,
    /// When it is given to somebody again.
    due: Timestamp,
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
    transitions: HashMap<UserId, Untold>,
    /// The transitions by when each is given again.
    untold: BTreeSet<(Timestamp, UserId)>,
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
    pub(super) fn arrive(&mut self, gateway: GatewayId, user: UserId, now: Timestamp) -> bool {
        if let Some(lease) = self.leases.get_mut(&gateway) {
            lease.users.insert(user);
        }
        let standing = match self.users.entry(user) {
            Entry::Vacant(entry) => {
                entry.insert(Standing::Online(vec![gateway]));
                self.note(Transition { user, online: true, at: now }, now.after(TIME_TO_TELL));
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

    /// Gives transitions that nobody is telling; where these are fewer than the limit, those whose
    /// grace is over join them.
    pub(super) fn part(&mut self, now: Timestamp, grace: Duration, limit: usize) -> Vec<Transition> {
        let room = limit.saturating_sub(self.due(now).take(limit).count());
        for _ in 0..room {
            let Some((since, user)) =
                self.leaving.first().copied().filter(|(since, _)| since.after(grace) <= now)
            else {
                break;
            };
            self.leaving.pop_first();
            self.users.remove(&user);
            self.note(Transition { user, online: false, at: since }, now);
        }
        let given: Vec<_> = self.due(now).take(limit).collect();
        given.iter().for_each(|transition| self.note(*transition, now.after(TIME_TO_TELL)));
        given
    }

    fn due(&self, now: Timestamp) -> impl Iterator<Item = Transition> {
        let due = self.untold.iter().take_while(move |(due, _)| *due <= now);
        due.filter_map(|(_, user)| Some(self.transitions.get(user)?.transition))
    }

    /// This is to be told, instead of an earlier one, and is given then.
    fn note(&mut self, transition: Transition, due: Timestamp) {
        let user = transition.user;
        if let Some(earlier) = self.transitions.insert(user, Untold { transition, due }) {
            self.untold.remove(&(earlier.due, user));
        }
        self.untold.insert((due, user));
    }

    /// It has been told; a later one of the same user is still to be.
    pub(super) fn forget(&mut self, told: &Transition) {
        if let Entry::Occupied(entry) = self.transitions.entry(told.user)
            && entry.get().transition == *told
        {
            let untold = entry.remove();
            self.untold.remove(&(untold.due, told.user));
        }
    }

    /// Whether they have a socket.
    pub(super) fn is_connected(&self, user: UserId) -> bool {
        matches!(self.users.get(&user), Some(Standing::Online(_)))
    }

    /// Whether they are online, or in their grace.
    pub(super) fn is_online(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }
}
