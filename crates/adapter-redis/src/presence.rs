//! Presence over all shards.
//!
//! Each step of a shard happens whole or not at all; over shards, a process may end between any
//! two steps. What holds this together: a lease is begun in any shard only after it has ended in
//! all of them, so a report that finds one missing anywhere starts over everywhere; and the users
//! of a lease that is over are found by every sweep until all of them are taken out.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use fred::prelude::Error;
use futures::future::{join_all, try_join_all};
use natter_domain::ports::{Presence, PresenceError, Reported};
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::{GatewayId, Timestamp, UserId};

use crate::connection::{ConnectError, Connection};
use crate::shard::{CHUNK, Lease, Question, SHARDS, Shard, shard_of};

/// Presence in a Redis, or a cluster of them, that this and other processes share.
///
/// While Redis can't be reached each call fails after about a second, and connecting is tried for
/// ever. Every call is cancel safe: what was begun is finished by calling again, or by a sweep.
pub struct RedisPresence(Connection);

impl RedisPresence {
    /// Begins to connect, in the background, to `redis://[user:password@]host[:port][/database]`,
    /// or to `redis-cluster://…`. Must be called in a runtime.
    ///
    /// # Errors
    ///
    /// Where the URL is none, or begins with `rediss` in a build without the feature `tls`. That
    /// nothing answers there is told by the calls.
    pub fn connect(url: &str) -> Result<Self, ConnectError> {
        Connection::open(url).map(Self)
    }

    pub(crate) fn shard(&self, number: usize) -> Shard<'_> {
        Shard::new(self.0.client(), number)
    }

    fn shards(&self) -> impl Iterator<Item = Shard<'_>> {
        (0..SHARDS).map(|number| self.shard(number))
    }

    /// Reports to each shard what is its own.
    async fn report_to_all(
        &self,
        lease: Lease,
        gateway: GatewayId,
        sockets: &[Vec<SocketCount>],
        (now, until): (Timestamp, Timestamp),
    ) -> Vec<Result<Option<Vec<UserId>>, Error>> {
        let reports = self
            .shards()
            .zip(sockets)
            .map(|(shard, sockets)| shard.report(lease, gateway, sockets, now, until));
        join_all(reports).await
    }

    /// Brings the gateway to where it has no lease and no entry in any shard, but for what another
    /// report has begun at the same time where this one found nothing.
    async fn clear(&self, gateway: GatewayId, now: Timestamp, leased: &[bool]) -> Result<(), Error> {
        let leased = self.shards().zip(leased).filter(|(_, leased)| **leased);
        try_join_all(leased.map(|(shard, _)| shard.end(gateway, now))).await?;
        self.vacate_all(gateway, now).await
    }

    /// Takes the gateway's users out where its lease is over. A shard after the other: others who
    /// ask Redis get their turn between two chunks.
    async fn vacate_all(&self, gateway: GatewayId, now: Timestamp) -> Result<(), Error> {
        for shard in self.shards() {
            shard.vacate_all(gateway, now).await?;
        }
        Ok(())
    }

    async fn present(&self, question: Question, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        let parted = by_shard(users, |user| *user);
        let chunks = self
            .shards()
            .zip(&parted)
            .flat_map(|(shard, users)| users.chunks(CHUNK).map(move |users| shard.present(question, users)));
        let present = try_join_all(chunks).await.map_err(unreachable)?;
        Ok(present.into_iter().flatten().collect())
    }
}

#[async_trait]
impl Presence for RedisPresence {
    async fn report(
        &self,
        gateway: GatewayId,
        sockets: &[SocketCount],
        lease: Duration,
        now: Timestamp,
    ) -> Result<Reported, PresenceError> {
        let sockets = by_shard(sockets, |count| count.user);
        let times = (now, now.after(lease));
        let mut outcome = Outcome::default();
        outcome.add(self.report_to_all(Lease::Renew, gateway, &sockets, times).await);
        if outcome.failure.is_none() && outcome.leased.contains(&false) {
            match self.clear(gateway, now, &outcome.leased).await {
                Ok(()) => outcome.add(self.report_to_all(Lease::Begin, gateway, &sockets, times).await),
                Err(error) => outcome.failure = Some(error),
            }
            outcome.lease_was_missing = true;
        }
        outcome.finish()
    }

    async fn withdraw(&self, gateway: GatewayId, now: Timestamp) -> Result<(), PresenceError> {
        self.clear(gateway, now, &[true; SHARDS]).await.map_err(unreachable)
    }

    async fn sweep(
        &self,
        now: Timestamp,
        grace: Duration,
        limit: usize,
    ) -> Result<Vec<Transition>, PresenceError> {
        let overdue =
            try_join_all(self.shards().map(|shard| shard.overdue(now))).await.map_err(unreachable)?;
        for (shard, gateways) in self.shards().zip(overdue) {
            for gateway in gateways {
                shard.vacate_all(gateway, now).await.map_err(unreachable)?;
            }
        }
        let mut given = Vec::new();
        for shard in self.shards() {
            let room = limit.saturating_sub(given.len());
            if room == 0 {
                break;
            }
            given.extend(shard.part(now, grace, room).await.map_err(unreachable)?);
        }
        Ok(given)
    }

    async fn acknowledge(&self, told: &[Transition]) -> Result<(), PresenceError> {
        let parted = by_shard(told, |told| told.user);
        let chunks = self
            .shards()
            .zip(&parted)
            .flat_map(|(shard, told)| told.chunks(CHUNK).map(move |told| shard.acknowledge(told)));
        try_join_all(chunks).await.map_err(unreachable)?;
        Ok(())
    }

    async fn online(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        self.present(Question::Online, users).await
    }

    async fn connected(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError> {
        self.present(Question::Connected, users).await
    }
}

/// What has come of a report so far.
#[derive(Default)]
struct Outcome {
    lease_was_missing: bool,
    came_online: Vec<UserId>,
    /// A shard each: whether the gateway had a lease there.
    leased: Vec<bool>,
    failure: Option<Error>,
}

impl Outcome {
    fn add(&mut self, replies: Vec<Result<Option<Vec<UserId>>, Error>>) {
        self.leased.clear();
        for reply in replies {
            match reply {
                Ok(came_online) => {
                    self.leased.push(came_online.is_some());
                    self.came_online.extend(came_online.into_iter().flatten());
                }
                Err(error) => self.failure = Some(error),
            }
        }
    }

    /// Who came online is told this once, so it is told even where some shards failed; then the
    /// gateway is asked to report everything again.
    fn finish(self) -> Result<Reported, PresenceError> {
        let lease_was_missing = match self.failure {
            None => self.lease_was_missing,
            Some(error) if self.came_online.is_empty() => return Err(unreachable(error)),
            Some(error) => {
                tracing::warn!(%error, "a report came through only in part");
                true
            }
        };
        Ok(Reported { lease_was_missing, came_online: self.came_online })
    }
}

fn by_shard<T: Copy>(items: &[T], user: impl Fn(&T) -> UserId) -> Vec<Vec<T>> {
    let mut parted = vec![Vec::new(); SHARDS];
    for item in items {
        if let Some(part) = parted.get_mut(shard_of(user(item))) {
            part.push(*item);
        }
    }
    parted
}

fn unreachable(error: Error) -> PresenceError {
    PresenceError(Some(Box::new(error)))
}
