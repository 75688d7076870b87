//! Subscribing to what must be heard, however long the broker takes to come.

use std::time::Duration;

use natter_domain::Topic;
use natter_domain::ports::{EventBus, Subscription};
use tokio_util::sync::CancellationToken;

/// Between two attempts, each of which waits for the broker itself.
const PAUSE: Duration = Duration::from_millis(500);

/// Subscribes, and tries again for as long as it fails; `None` once `stop` is cancelled.
pub async fn subscribe(
    events: &dyn EventBus,
    topic: Topic,
    stop: &CancellationToken,
) -> Option<Subscription> {
    let subscribed = async {
        loop {
            match events.subscribe(topic).await {
                Ok(subscription) => return subscription,
                Err(error) => {
                    tracing::warn!(?topic, error = &error as &dyn std::error::Error, "not subscribed yet");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    stop.run_until_cancelled(subscribed).await
}
