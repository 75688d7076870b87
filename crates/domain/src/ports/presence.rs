//! Presence: which gateways hold sockets of which users.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;

use crate::id::{GatewayId, UserId};
use crate::presence::{SocketCount, Transition};
use crate::time::Timestamp;

/// How long whoever a transition was given to has for telling it, before others get it too.
pub const TIME_TO_TELL: Duration = Duration::from_secs(5);

/// Presence can't be told right now; it is unknown, never wrong.
#[derive(Debug, thiserror::Error)]
#[error("presence can't be reached")]
pub struct PresenceError(#[source] pub Option<Box<dyn std::error::Error + Send + Sync>>);

/// What came of a gateway's report.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reported {
    /// The gateway had no lease (it is new, was too late, or the store came back empty): what it
    /// reported before is gone, and it must report all of its sockets again.
    pub lease_was_missing: bool,
    /// Users who were offline before and are online now (the report's `now`), each exactly once
    /// over all reports. It is for the caller to tell and to [`Presence::acknowledge`].
    pub came_online: Vec<UserId>,
}

/// Who is online, by leases of gateways.
///
/// A user is online while a gateway with a lease holds a socket of theirs, and for a grace after
/// the last one has gone. All calls may be repeated.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Renews the gateway's lease for `lease`, and sets the numbers of sockets it holds for these
    /// users; an empty report only renews. At most 500 entries.
    async fn report(
        &self,
        gateway: GatewayId,
        sockets: &[SocketCount],
        lease: Duration,
        now: Timestamp,
    ) -> Result<Reported, PresenceError>;

    /// Ends the gateway's lease as it shuts down: its entries go as if each socket had closed.
    async fn withdraw(&self, gateway: GatewayId, now: Timestamp) -> Result<(), PresenceError>;

    /// Takes out the entries of gateways whose lease has run out; users whose last socket went at
    /// least `grace` ago and who did not come back are offline from now on. Gives the transitions
    /// that nobody is telling: at most `limit`, at most one a user, the latest.
    ///
    /// What was given, here or by a report, is given again where it is not
    /// [`Presence::acknowledge`]d within [`TIME_TO_TELL`], so that a crash loses no notice.
    async fn sweep(
        &self,
        now: Timestamp,
        grace: Duration,
        limit: usize,
    ) -> Result<Vec<Transition>, PresenceError>;

    /// These have been told. A later transition of the same user is left alone.
    async fn acknowledge(&self, told: &[Transition]) -> Result<(), PresenceError>;

    /// Those of `users` who are online (within the grace, too).
    async fn online(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError>;

    /// Those of `users` who have a socket now: what is sent reaches them.
    async fn connected(&self, users: &[UserId]) -> Result<HashSet<UserId>, PresenceError>;
}
