//! The gateway as a whole: its parts, and their start and end.

use std::sync::Arc;
use std::time::Duration;

use natter_auth::Authenticator;
use natter_domain::ports::{Clock, EventBus};
use natter_domain::{ConversationEvent, ConversationId, Event, GatewayId, Topic, UserEvent, UserId};
use natter_runtime::commands::Commands;
use natter_runtime::config::{GatewayConfig, LimitsConfig};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::address::ClientAddresses;
use crate::dialect::DialectId;
use crate::directory::{BlockChanges, DirectoryFollower};
use crate::fanout::{Feeds, MostSockets, Rooms};
use crate::limits::Limits;
use crate::presence::PresenceReporter;
use crate::pulse::Pulse;
use crate::relay::Relays;
use crate::socket::CloseReason;

/// What a gateway works with.
pub struct Ports {
    /// To the services.
    pub commands: Commands,
    /// Events.
    pub events: Arc<dyn EventBus>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tokens.
    pub authenticator: Arc<Authenticator>,
}

/// Where thousands come at the same moment, so many are seen to at once, and end well before the
/// deadline of what that takes. A client that waits longer than it likes gives up by itself and comes
/// again, which one that was told "Service unavailable" does not.
const OPENINGS: usize = 256;
/// A few clients that come back one after another are no burden to anybody: they need not take the
/// whole window.
const SLOWEST_PACE: Duration = Duration::from_millis(50);

/// Holds sockets.
pub struct Gateway {
    pub(crate) commands: Commands,
    pub(crate) events: Arc<dyn EventBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) addresses: Arc<ClientAddresses>,
    pub(crate) default_dialect: DialectId,
    pub(crate) expiring_notice: Duration,
    pub(crate) relays: Relays,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) feeds: Arc<Feeds>,
    pub(crate) blocks: Arc<BlockChanges>,
    pub(crate) presence: PresenceReporter,
    pub(crate) pulse: Pulse,
    /// Clients that may be on their way in at once; the others wait for their turn.
    pub(crate) openings: Semaphore,
}

impl Gateway {
    /// A gateway under a new id.
    pub fn new(ports: Ports, config: &GatewayConfig, limits: &LimitsConfig) -> Self {
        let Ports { commands, events, clock, authenticator } = ports;
        let rooms = Arc::new(Rooms::new(commands.clone(), events.clone()));
        let most = MostSockets {
            of_user: limits.connections_per_user.get(),
            of_address: limits.connections_per_address.get(),
            of_all: config.max_sockets.get(),
        };
        let feeds =
            Arc::new(Feeds::new(commands.clone(), events.clone(), clock.clone(), rooms.clone(), most));
        let presence =
            PresenceReporter::new(GatewayId::generate(clock.now()), commands.clone(), feeds.clone());
        Self {
            commands,
            events,
            clock,
            authenticator,
            limits: Arc::new(Limits::new(limits)),
            addresses: Arc::new(ClientAddresses::new(config)),
            default_dialect: DialectId::configured(&config.default_dialect),
            expiring_notice: config.session_expiring_notice,
            relays: Relays::new(config),
            rooms,
            feeds,
            blocks: Arc::default(),
            presence,
            pulse: Pulse::new(config.ping_timeout),
            openings: Semaphore::new(OPENINGS),
        }
    }

    /// Reports presence, follows the directory and notices where it stood still, until `stop`; then
    /// takes the gateway out of presence.
    pub async fn run(&self, stop: CancellationToken) {
        let directory = DirectoryFollower {
            commands: self.commands.clone(),
            events: self.events.clone(),
            clock: self.clock.clone(),
            authenticator: self.authenticator.clone(),
            rooms: self.rooms.clone(),
            feeds: self.feeds.clone(),
            blocks: self.blocks.clone(),
        };
        let pulse = self.pulse.run(stop.clone(), || self.send_away());
        tokio::join!(directory.run(stop.clone()), self.presence.run(stop), pulse);
    }

    /// Publishes something that is fleeting: to a conversation's room, and of a direct one to those
    /// users who are to hear it without having joined. What gets lost is not missed.
    pub(crate) async fn tell(
        &self,
        conversation: ConversationId,
        directly: impl IntoIterator<Item = UserId>,
        event: ConversationEvent,
    ) {
        let mut published = Vec::new();
        for user in directly {
            let event = UserEvent::Direct { conversation, event: Box::new(event.clone()) };
            published.push((Topic::Directs(user), Event::User(event)));
        }
        published.push((Topic::Conversation(conversation), Event::Conversation(event)));
        for (topic, event) in published {
            if let Err(error) = self.events.publish(topic, event).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "fleeting event not told");
            }
        }
    }

    /// No connection outlives it that the gateway stood still.
    fn send_away(&self) {
        let connections = self.feeds.all();
        tracing::warn!(
            sockets = connections.len(),
            "the gateway stood still: its clients have to come again"
        );
        for connection in connections {
            connection.close(CloseReason::StoodStill);
        }
    }

    /// Disconnects every client, evenly over `window` or faster: all at once, they would all come
    /// back at once elsewhere.
    pub async fn disconnect_all(&self, window: Duration) {
        let connections = self.feeds.all();
        let pace = window / u32::try_from(connections.len()).unwrap_or(u32::MAX).max(1);
        let pace = pace.min(SLOWEST_PACE);
        let start = Instant::now();
        for (place, connection) in (0..).zip(connections) {
            sleep_until(start + pace * place).await;
            connection.close(CloseReason::ShuttingDown);
        }
    }
}
