//! Joining and leaving conversations.
//!
//! A client that comes back joins all of its conversations at once. Joins that wait one behind the
//! other are carried out side by side: what each needs is then read together with what the others do.

use futures::stream::{FuturesOrdered, StreamExt as _};
use natter_domain::command::Joined;
use natter_domain::{ConversationId, Rejection};

use super::Session;
use super::visit::no_member;
use crate::dialect::{Answer, ClientEvent, Entry, Request};
use crate::socket::Ack;

/// Joins side by side: one client leaves most of the gateway's turns to others.
const SIDE_BY_SIDE: usize = 16;

impl Session {
    /// Joins, and with it what waits right behind to be joined; answers in the order of events.
    pub(super) async fn join(&mut self, event: &'static ClientEvent, entry: Entry, ack: Option<Ack>) {
        let mut entries = vec![(entry, ack)];
        while entries.len() < SIDE_BY_SIDE
            && let Some(next) = self.next_join(event, &entries)
        {
            entries.push(next);
        }
        // Until it is known that they are not: rooms must not keep a socket that ended meanwhile.
        self.joined.extend(entries.iter().map(|(entry, _)| entry.conversation));
        let (gateway, connection) = (self.gateway.clone(), self.connection.clone());
        let joins = entries.iter().map(|(entry, _)| gateway.rooms.join(&connection, *entry));
        let mut joins: FuturesOrdered<_> = joins.collect();
        for (entry, ack) in entries {
            let Some(joined) = joins.next().await else { break };
            let outcome = self.entered(entry, joined).await;
            self.answer(event, ack, outcome);
        }
        self.refuse_flooded(event);
    }

    /// Takes what waits next if it is a join of another conversation: of one, they stay in order.
    fn next_join(
        &mut self,
        event: &ClientEvent,
        before: &[(Entry, Option<Ack>)],
    ) -> Option<(Entry, Option<Ack>)> {
        let is_taken = |id: ConversationId| before.iter().any(|(entry, _)| entry.conversation == id);
        self.take_next(event, |request, _bytes| match request {
            Request::Join(entry) if !is_taken(entry.conversation) => Some(entry),
            _ => None,
        })
    }

    async fn entered(
        &mut self,
        entry: Entry,
        joined: Result<Joined, Rejection>,
    ) -> Result<Answer, Rejection> {
        match joined {
            Ok(joined) => {
                if entry.visits {
                    self.tell_visit(entry.conversation, true).await;
                }
                Ok(Answer::Joined(joined))
            }
            Err(rejection) => {
                self.joined.remove(&entry.conversation);
                Err(if entry.visits { no_member(rejection) } else { rejection })
            }
        }
    }

    pub(super) async fn leave(&mut self, conversation: ConversationId) -> Result<Answer, Rejection> {
        self.stop_typing(conversation).await;
        self.joined.remove(&conversation);
        self.gateway.rooms.leave(self.connection.id(), conversation);
        Ok(Answer::Done)
    }
}
