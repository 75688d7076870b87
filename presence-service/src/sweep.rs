//! Looking for those who have gone, and for what nobody has told.

use std::time::Duration;

use natter_domain::Timestamp;
use natter_domain::ports::TIME_TO_TELL;

use crate::error::ServiceError;
use crate::service::PresenceService;

impl PresenceService {
    /// Tells of everybody without sockets now, without grace: for a process whose presence ends
    /// with it, before it ends, so that it is known when they were last seen. Gateways must have
    /// withdrawn.
    pub async fn settle(&self) {
        // Nobody else is telling any more.
        self.sweep(self.clock.now().after(TIME_TO_TELL), Duration::ZERO).await;
    }

    /// Tells of those who have gone by then, and what nobody is telling, in steps; ends early where
    /// something can't be reached. What was not told comes with a later sweep. Cancel safe.
    pub(crate) async fn sweep(&self, now: Timestamp, grace: Duration) {
        let limit = self.settings.sweep_limit.max(1);
        loop {
            match self.sweep_some(now, grace, limit).await {
                Ok(told) if told == limit => {}
                Ok(_) => return,
                Err(error) => {
                    let cause = std::error::Error::source(&error);
                    tracing::warn!(%error, cause, "contacts don't hear yet who came or went");
                    return;
                }
            }
        }
    }

    async fn sweep_some(&self, now: Timestamp, grace: Duration, limit: usize) -> Result<usize, ServiceError> {
        let transitions = self.presence.sweep(now, grace, limit).await?;
        self.notices.tell(&transitions).await
    }
}
