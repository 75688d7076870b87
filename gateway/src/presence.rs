//! Telling the presence service whose sockets are here, and having delivered what waited for them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use natter_domain::command::{DeliverPending, MAX_PENDING, ReportSockets, WithdrawGateway};
use natter_domain::presence::SocketCount;
use natter_domain::{GatewayId, UserId};
use natter_runtime::commands::Commands;
use tokio::sync::{Notify, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::fanout::Feeds;

/// How often the gateway's lease is renewed where nothing changes.
const RENEW: Duration = Duration::from_secs(5);
/// Pause after a report that did not come through.
const PAUSE: Duration = Duration::from_millis(500);
/// Users in one report.
const REPORT: usize = 500;
/// For how long those who have arrived are gathered, whose undelivered messages are then seen to
/// together. Reports don't wait for anything: who is not reported yet is not told things.
const GATHER: Duration = Duration::from_millis(50);
/// Commands at a time that see to undelivered messages.
const DELIVERIES: usize = 4;

/// Tells whose sockets are here. How many they are is looked up when it is told, so that two
/// changes that overtake each other end as it is; who came and went in between is not told of.
pub(crate) struct PresenceReporter {
    gateway: GatewayId,
    commands: Commands,
    feeds: Arc<Feeds>,
    news: Mutex<News>,
    changed: Notify,
    gathering: Notify,
    deliveries: Arc<Semaphore>,
}

#[derive(Default)]
struct News {
    /// Not reported yet as they are now.
    unreported: HashSet<UserId>,
    /// Have a new socket that was not reported yet.
    arrived: HashSet<UserId>,
    /// Have one that was, and nobody has looked for what waits for them.
    reported: HashSet<UserId>,
    /// Presence may know sockets of theirs here: only of these it needs to be told that they have none.
    told: HashSet<UserId>,
}

impl News {
    /// Leaves out who has no sockets and had none that presence was told of: who came and went between
    /// two reports. What is left counts as told: an answer may be lost.
    fn worth_telling(&mut self, mut sockets: Vec<SocketCount>) -> Vec<SocketCount> {
        let here = sockets.iter().filter(|count| count.sockets > 0);
        self.told.extend(here.map(|count| count.user));
        sockets.retain(|count| self.told.contains(&count.user));
        sockets
    }

    /// Presence has answered to these.
    fn answered(&mut self, sockets: &[SocketCount]) {
        for gone in sockets.iter().filter(|count| count.sockets == 0) {
            self.told.remove(&gone.user);
        }
    }
}

impl PresenceReporter {
    pub(crate) fn new(gateway: GatewayId, commands: Commands, feeds: Arc<Feeds>) -> Self {
        Self {
            gateway,
            commands,
            feeds,
            news: Mutex::default(),
            changed: Notify::new(),
            gathering: Notify::new(),
            deliveries: Arc::new(Semaphore::new(DELIVERIES)),
        }
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user has one socket more.
    pub(crate) fn arrived(&self, user: UserId) {
        let mut news = self.news();
        news.arrived.insert(user);
        news.unreported.insert(user);
        drop(news);
        self.changed.notify_one();
    }

    /// A user has one socket less.
    pub(crate) fn left(&self, user: UserId) {
        self.news().unreported.insert(user);
        self.changed.notify_one();
    }

    /// Reports what changes, renews the lease, and has delivered what waited for who arrived, until
    /// `stop`; then gives the lease back.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.report_all(&stop), self.deliver_all(&stop));
    }

    async fn report_all(&self, stop: &CancellationToken) {
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
                        let everybody = self.feeds.users();
                        self.news().unreported.extend(everybody);
                    }
                    self.news().answered(&sockets);
                    // What is undelivered is looked for only after presence knows of the user: a
                    // message that is stored meanwhile finds them online.
                    if !arrived.is_empty() {
                        self.news().reported.extend(arrived);
                        self.gathering.notify_one();
                    }
                    if !more && !reported.report_all {
                        return true;
                    }
                }
                Err(rejection) => {
                    tracing::warn!(%rejection, "sockets not reported");
                    // What was lost may be the answer that everybody is to be reported.
                    let everybody = self.feeds.users();
                    let mut news = self.news();
                    news.unreported.extend(sockets.iter().map(|count| count.user).chain(everybody));
                    news.arrived.extend(arrived);
                    return false;
                }
            }
        }
    }

    fn next_report(&self) -> (Vec<SocketCount>, Vec<UserId>, bool) {
        let mut news = self.news();
        let users: Vec<_> = news.unreported.iter().take(REPORT).copied().collect();
        let mut arrived = Vec::new();
        for user in &users {
            news.unreported.remove(user);
            if news.arrived.remove(user) {
                arrived.push(*user);
            }
        }
        let more = !news.unreported.is_empty();
        drop(news);
        let count = |user| SocketCount { user, sockets: self.feeds.count(user) };
        let sockets = users.into_iter().map(count).collect();
        (self.news().worth_telling(sockets), arrived, more)
    }

    /// Apart from the reports: the lease must not wait for it.
    async fn deliver_all(&self, stop: &CancellationToken) {
        let gathered = async || {
            self.gathering.notified().await;
            sleep(GATHER).await;
            std::mem::take(&mut self.news().reported)
        };
        while let Some(users) = stop.run_until_cancelled(gathered()).await {
            let users: Vec<_> = users.into_iter().collect();
            for users in users.chunks(MAX_PENDING) {
                self.deliver(users.to_vec());
            }
        }
    }

    fn deliver(&self, users: Vec<UserId>) {
        let (commands, deliveries) = (self.commands.clone(), self.deliveries.clone());
        tokio::spawn(async move {
            let _place = deliveries.acquire().await;
            if let Err(rejection) = commands.call(DeliverPending { users }).await {
                tracing::warn!(%rejection, "undelivered messages not seen to");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{ME, OTHER};

    #[test]
    fn who_came_and_went_between_two_reports_is_not_told_of() {
        let count = |user, sockets| SocketCount { user, sockets };
        let mut news = News::default();
        assert_eq!(news.worth_telling(vec![count(ME, 0), count(OTHER, 2)]), [count(OTHER, 2)]);
        // It may have come through although there was no answer.
        assert_eq!(news.worth_telling(vec![count(OTHER, 0)]), [count(OTHER, 0)]);
        assert_eq!(news.worth_telling(vec![count(OTHER, 0)]), [count(OTHER, 0)]);
        news.answered(&[count(OTHER, 0)]);
        assert_eq!(news.worth_telling(vec![count(OTHER, 0), count(ME, 1)]), [count(ME, 1)]);
    }
}
