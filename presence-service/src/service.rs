//! The service as a whole: commands in, replies out.

use std::sync::Arc;

use async_trait::async_trait;
use natter_domain::Rejection;
use natter_domain::command::{Command, Reply, ReportSockets, SocketsReported, WithdrawGateway};
use natter_domain::ports::{Clock, CommandHandler, EventBus, Presence};
use natter_domain::presence::Transition;
use natter_runtime::Tasks;
use natter_runtime::commands::Commands;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::error::ServiceError;
use crate::notices::Notices;
use crate::settings::Settings;

/// Carries out the commands of [`natter_domain::ports::Service::Presence`].
pub struct PresenceService {
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) commands: Commands,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) notices: Arc<Notices>,
    /// Telling who came online, which reports do not wait for.
    pub(crate) telling: Tasks,
}

impl PresenceService {
    /// A service on these ports; `commands` is how it asks the message service.
    pub fn new(
        presence: Arc<dyn Presence>,
        commands: Commands,
        events: Arc<dyn EventBus>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        let notices = Notices::new(Arc::clone(&presence), commands.clone(), events, &settings);
        let telling = Tasks::new(settings.reports_pending, &CancellationToken::new());
        Self { presence, commands, clock, settings, notices: Arc::new(notices), telling }
    }

    /// Looks for those who have gone and tells their contacts, until `stop`. Then waits until
    /// notices under way are told, at most [`Settings::drain`]; commands must no longer come in by
    /// then.
    pub async fn run(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.settings.sweep_interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            // Dropping a sweep loses nothing: what was not acknowledged is given again.
            let now = self.clock.now();
            stop.run_until_cancelled(self.sweep(now, self.settings.grace)).await;
        }
        let late = self.telling.finish(self.settings.drain).await;
        if late > 0 {
            tracing::warn!(late, "stopped before everybody was told who came online");
        }
    }

    async fn report(&self, report: ReportSockets) -> Result<SocketsReported, ServiceError> {
        let now = self.clock.now();
        let reported =
            self.presence.report(report.gateway, &report.sockets, self.settings.lease, now).await?;
        if reported.lease_was_missing {
            tracing::info!(gateway = %report.gateway, "a gateway without a lease");
        }
        if !reported.came_online.is_empty() {
            let came = |user| Transition { user, online: true, at: now };
            self.tell(reported.came_online.into_iter().map(came).collect());
        }
        Ok(SocketsReported { report_all: reported.lease_was_missing })
    }

    /// Tells these without waiting for it. What is not told, a sweep is given.
    fn tell(&self, transitions: Vec<Transition>) {
        let notices = Arc::clone(&self.notices);
        let telling = async move {
            if let Err(error) = notices.tell(&transitions).await {
                let cause = std::error::Error::source(&error);
                tracing::warn!(%error, cause, "contacts don't hear yet who came online");
            }
        };
        if self.telling.try_spawn(telling.in_current_span()).is_err() {
            tracing::warn!("much to tell: contacts hear later who came online");
        }
    }

    async fn withdraw(&self, command: WithdrawGateway) -> Result<(), ServiceError> {
        Ok(self.presence.withdraw(command.gateway, self.clock.now()).await?)
    }
}

#[async_trait]
impl CommandHandler for PresenceService {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        let result = match command {
            Command::ReportSockets(command) => self.report(command).await.map(Reply::SocketsReported),
            Command::WithdrawGateway(command) => self.withdraw(command).await.map(Reply::Done),
            Command::GetPresence(command) => self.get_presence(command).await.map(Reply::Presences),
            Command::WhoIsConnected(command) => self.who_is_connected(command).await.map(Reply::Connected),
            other => {
                tracing::error!(command = other.name(), "not a command for the presence service");
                Err(Rejection::Internal.into())
            }
        };
        result.map_err(ServiceError::rejection)
    }
}
