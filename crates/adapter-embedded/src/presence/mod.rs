//! Who is online, in memory: for one process, and gone with it.
//!
//! Knows nothing of time but what it is told, and of users but their ids.

mod standings;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use natter_domain::ports::{Presence, PresenceError, Reported};
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::{GatewayId, Timestamp, UserId};

use standings::Standings;

/// Presence within one process. Never fails.
#[derive(Default)]
pub struct EmbeddedPresence(Mutex<Standings>);

impl EmbeddedPresence {
    /// Nobody is online.
    pub fn new() -> Self {
        Self::default()
    }

    fn standings(&self) -> MutexGuard<'_, Standings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Presence for EmbeddedPresence {
    async fn report(
        &self,
        gateway: GatewayId,
        sockets: &[SocketCount],
        lease: Duration,
        now: Timestamp,
    ) -> Result<Reported, PresenceError> {
        let mut standings = self.standings();
        let lease_was_missing = !standings.renew(gateway, now.after(lease), now);
        let mut came_online = Vec::new();
        for count in sockets {
            if count.sockets == 0 {
                standings.leave(gateway, count.user, now);
            } else if standings.arrive(gateway, count.user, now) {
                came_online.push(count.user);
            }
        }
        Ok(Reported { lease_was_missing, came_online })
    }

    async fn withdraw(&self, gateway: GatewayId, now: Timestamp) -> Result<(), PresenceError> {
        self.standings().withdraw(gateway, now);
        Ok(())
    }

    async fn sweep(
        &self,
        now: Timestamp,
        grace: Duration,
        limit: usize,
    ) -> Result<Vec<Transition>, PresenceError> {
        let mut standings = self.standings();
        standings.expire(now, limit);
        Ok(standings.part(now, grace, limit))
    }

    async fn acknowledge(&self, told: &[Transition]) -> Result<(), PresenceError> {
        let mut standings = self.standings();
        told.iter().for_each(|told| standings.forget(told));
        Ok(())
    }

    async fn online(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        let standings = self.standings();
        Ok(users.iter().copied().filter(|user| standings.is_online(*user)).collect())
    }

    async fn connected(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        let standings = self.standings();
        Ok(users.iter().copied().filter(|user| standings.is_connected(*user)).collect())
    }
}
