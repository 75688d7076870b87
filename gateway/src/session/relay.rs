//! Relaying what is shared and never stored.

use natter_domain::{ConversationEvent, Rejection};

use super::Session;
use crate::relay::{TOO_LARGE, stamp};
use crate::socket::{Ack, Payload};

impl Session {
    /// Relays an event to the others, in the order in which they come: each is published before the
    /// next is looked at.
    pub(super) async fn relay(&mut self, name: &str, payload: &Payload, ack: Option<Ack>) {
        if let Err(rejection) = self.relay_limiter.check() {
            return self.refuse_rate(name, ack, &rejection);
        }
        match self.try_relay(name, payload).await {
            Ok(()) => super::reply(ack, &serde_json::json!({"success": true})),
            // The texts are the same in all dialects.
            Err(rejection @ Rejection::TooLarge) => {
                self.say_failure(name, ack, TOO_LARGE, rejection.code());
            }
            Err(rejection) => self.say_failure(name, ack, &rejection.to_string(), rejection.code()),
        }
    }

    async fn try_relay(&mut self, name: &str, payload: &Payload) -> Result<(), Rejection> {
        let user = self.connection.user_id();
        let (conversation, payload) = stamp(payload, user, self.gateway.relays.max_payload())?;
        let place = self.place(conversation).await?;
        if place.muted {
            return Ok(());
        }
        let event = ConversationEvent::Relayed {
            user,
            name: name.to_owned(),
            payload: payload.into_bytes(),
            socket: self.connection.id().to_string(),
        };
        // The user's other devices are others, too.
        let directly = place.partner.into_iter().flat_map(|partner| [partner, user]);
        self.gateway.tell(conversation, directly, event).await;
        Ok(())
    }
}
