//! Looking for those who have gone.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use metrics::counter;
use natter_domain::presence::WentOffline;

use crate::error::ServiceError;
use crate::service::PresenceService;

impl PresenceService {
    /// Tells of everybody without sockets now, without grace: for a process whose presence ends
    /// with it, before it ends, so that it is known when they were last seen. Gateways must have
    /// withdrawn.
    pub async fn settle(&self) {
        self.sweep(Duration::ZERO).await;
    }

    /// Tells of those who have gone, in steps; ends early where something can't be reached. Who
    /// was not told comes with the next sweep. Cancel safe.
    pub(crate) async fn sweep(&self, grace: Duration) {
        let limit = self.settings.sweep_limit.max(1);
        loop {
            match self.sweep_some(grace, limit).await {
                Ok(told) if told == limit => {}
                Ok(_) => return,
                Err(error) => {
                    let cause = std::error::Error::source(&error);
                    tracing::warn!(%error, cause, "contacts don't hear yet who is gone");
                    return;
                }
            }
        }
    }

    /// How many were told of, all of them acknowledged.
    async fn sweep_some(&self, grace: Duration, limit: usize) -> Result<usize, ServiceError> {
        let gone = self.presence.sweep(self.clock.now(), grace, limit).await?;
        if gone.is_empty() {
            return Ok(0);
        }
        let (told, failure) = self.tell_offline(gone).await;
        self.presence.acknowledge(&told).await?;
        counter!("natter_presence_transitions_total", "to" => "offline").increment(told.len() as u64);
        failure.map_or(Ok(told.len()), Err)
    }

    /// Who was told of, and why not everybody: after one failure no other notice is begun.
    async fn tell_offline(&self, gone: Vec<WentOffline>) -> (Vec<WentOffline>, Option<ServiceError>) {
        let notices = &self.notices;
        let mut telling = stream::iter(gone)
            .map(|went| async move { (went, notices.tell_offline(&went).await) })
            .buffer_unordered(notices.at_once());
        let mut told = Vec::new();
        while let Some((went, outcome)) = telling.next().await {
            match outcome {
                Ok(()) => told.push(went),
                Err(error) if error.is_transient() => return (told, Some(error)),
                Err(error) => {
                    // Another time would end the same.
                    tracing::error!(%error, "contacts don't hear who is gone");
                    told.push(went);
                }
            }
        }
        (told, None)
    }
}
