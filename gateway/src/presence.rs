//! Telling the presence service whose sockets are here, and having delivered what waited for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use natter_domain::command::{DeliverPending, ReportSockets, WithdrawGateway};
use natter_domain::presence::SocketCount;
use natter_domain::{GatewayId, UserId};
use natter_runtime::commands::Commands;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often the gateway's lease is renewed where nothing changes.
const RENEW: Duration = Duration::from_secs(5);
/// Pause after a report that did not come through.
const PAUSE: Duration = Duration::from_millis(500);
/// Users in one report.
const REPORT: usize = 500;
/// Users whose undelivered messages are seen to at a time.
const DELIVERIES: usize = 32;

/// Whose sockets are here.
pub(crate) struct PresenceReporter {
    gateway: GatewayId,
    commands: Commands,
    counts: Mutex<Counts>,
    changed: Notify,
    deliveries: Arc<Semaphore>,
}

#[derive(Default)]
struct Counts {
    sockets: HashMap<UserId, u32>,
    /// Not reported yet as they are now.
    unreported: HashSet<UserId>,
    /// Have a new socket that was not reported yet.
    arrived: HashSet<UserId>,
}

impl PresenceReporter {
    pub(crate) fn new(gateway: GatewayId, commands: Commands) -> Self {
        Self {
            gateway,
            commands,
            counts: Mutex::default(),
            changed: Notify::new(),
            deliveries: Arc::new(Semaphore::new(DELIVERIES)),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user has one socket more, and so many now.
    pub(crate) fn arrived(&self, user: UserId, sockets: usize) {
        let mut counts = self.counts();
        counts.arrived.insert(user);
        self.set(counts, user, sockets);
    }

    /// A user has one socket less, and so many now.
    pub(crate) fn left(&self, user: UserId, sockets: usize) {
        self.set(self.counts(), user, sockets);
    }

    fn set(&self, mut counts: MutexGuard<'_, Counts>, user: UserId, sockets: usize) {
        match u32::try_from(sockets).unwrap_or(u32::MAX) {
            0 => counts.sockets.remove(&user),
            sockets => counts.sockets.insert(user, sockets),
        };
        counts.unreported.insert(user);
        drop(counts);
        self.changed.notify_one();
    }

    /// Reports what changes and renews the lease, until `stop`; then gives the lease back.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let complete = self.report().await;
            let pause = if complete { RENEW } else { PAUSE };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.changed.notified(), if complete => {}
                () = sleep(pause) => {}
            }
        }
        if let Err(rejection) = self.commands.call(WithdrawGateway { gateway: self.gateway }).await {
            tracing::warn!(%rejection, "lease not given back: it runs out");
        }
    }

    /// Reports everything that is unreported; `false` where it did not come through.
    async fn report(&self) -> bool {
        loop {
            let (sockets, arrived, more) = self.next_report();
            let request = ReportSockets { gateway: self.gateway, sockets: sockets.clone() };
            match self.commands.call(request).await {
                Ok(reported) => {
                    if reported.report_all {
                        let mut counts = self.counts();
                        let everybody: Vec<_> = counts.sockets.keys().copied().collect();
                        counts.unreported.extend(everybody);
                    }
                    for user in arrived {
                        self.deliver(user).await;
                    }
                    if !more && !reported.report_all {
                        return true;
                    }
                }
                Err(rejection) => {
                    tracing::warn!(%rejection, "sockets not reported");
                    let mut counts = self.counts();
                    counts.unreported.extend(sockets.iter().map(|count| count.user));
                    counts.arrived.extend(arrived);
                    return false;
                }
            }
        }
    }

    fn next_report(&self) -> (Vec<SocketCount>, Vec<UserId>, bool) {
        let mut counts = self.counts();
        let users: Vec<_> = counts.unreported.iter().take(REPORT).copied().collect();
        let mut sockets = Vec::with_capacity(users.len());
        let mut arrived = Vec::new();
        for user in users {
            counts.unreported.remove(&user);
            if counts.arrived.remove(&user) {
                arrived.push(user);
            }
            sockets.push(SocketCount { user, sockets: counts.sockets.get(&user).copied().unwrap_or(0) });
        }
        (sockets, arrived, !counts.unreported.is_empty())
    }

    /// What is undelivered is looked for only after presence knows of the user: a message that is
    /// stored meanwhile finds them online.
    async fn deliver(&self, user: UserId) {
        let Ok(permit) = self.deliveries.clone().acquire_owned().await else { return };
        let commands = self.commands.clone();
        tokio::spawn(async move {
            if let Err(rejection) = commands.call(DeliverPending { user }).await {
                tracing::warn!(%rejection, "undelivered messages not seen to");
            }
            drop(permit);
        });
    }
}
