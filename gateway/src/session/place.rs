//! Where a client may type and relay.

use std::collections::HashMap;
use std::time::Duration;

use natter_domain::command::JoinConversation;
use natter_domain::{ConversationId, ConversationKind, Rejection};
use tokio::time::Instant;

use super::Session;
use crate::fanout::Place;

/// How long a direct conversation is known before it is looked at again where no block is heard to
/// have changed: as long as the message service remembers one.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Direct conversations that are remembered.
const MOST: usize = 64;

/// Direct conversations of a socket that needs no join for them.
#[derive(Default)]
pub(super) struct DirectPlaces(HashMap<ConversationId, Known>);

struct Known {
    place: Place,
    until: Instant,
    /// How often blocks had changed then.
    blocks: u64,
}

impl Session {
    /// The client's place where it has joined, or where it need not.
    ///
    /// # Errors
    /// [`Rejection::NotParticipant`] elsewhere.
    pub(super) async fn place(&mut self, conversation: ConversationId) -> Result<Place, Rejection> {
        if let Some(place) = self.gateway.rooms.place(self.connection.id(), conversation) {
            return Ok(place);
        }
        if self.connection.dialect().joins_direct() {
            return Err(Rejection::NotParticipant);
        }
        let now = Instant::now();
        let blocks = self.gateway.blocks.count();
        let known = self.direct_places.0.get(&conversation);
        if let Some(known) = known.filter(|known| now < known.until && known.blocks == blocks) {
            return Ok(known.place);
        }
        let request = JoinConversation { user: self.connection.user_id(), conversation };
        let found = match self.gateway.commands.call(request).await {
            Ok(found) if found.kind == ConversationKind::Direct => Place::of(&found),
            Ok(_) | Err(Rejection::ConversationNotFound) => return Err(Rejection::NotParticipant),
            Err(rejection) => return Err(rejection),
        };
        if self.direct_places.0.len() >= MOST {
            self.direct_places.0.clear();
        }
        let known = Known { place: found, until: now + REMEMBERED, blocks };
        self.direct_places.0.insert(conversation, known);
        Ok(found)
    }
}
