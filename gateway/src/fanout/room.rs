//! One conversation's local sockets, and what they are told, in order.
//!
//! Changes are told one after the other, see [`Sequence`]. A socket that joins catches up first:
//! what happens meanwhile is held for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use natter_domain::command::Joined;
use natter_domain::message::{Change, ChangeKind};
use natter_domain::{ConversationEvent, ConversationId, UserId};

use super::encoded::Encoded;
use super::relay;
use super::sequence::Sequence;
use crate::connection::Connection;
use crate::socket::{CloseReason, SocketId};

/// Events that are held for a socket that catches up; past it the socket is disconnected.
const MAX_HELD: usize = 2_000;

/// A conversation's local sockets.
pub(super) struct Room {
    conversation: ConversationId,
    members: HashMap<SocketId, Member>,
    sequence: Sequence,
}

/// What is to be known of a user where they take part, for what they do there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The other one of a direct conversation.
    pub(crate) partner: Option<UserId>,
    /// A block keeps what they type from being shown.
    pub(crate) muted: bool,
}

impl Place {
    pub(crate) fn of(joined: &Joined) -> Self {
        Self { partner: joined.partner, muted: joined.muted }
    }
}

struct Member {
    connection: Arc<Connection>,
    stage: Stage,
    place: Place,
}

enum Stage {
    /// It is not yet known what the socket has missed. Holds what happens meanwhile.
    CatchingUp { held: Vec<ConversationEvent> },
    /// The socket has been told everything up to the room's `rev`, or up to `seen` if that is more.
    Live { seen: u64 },
}

impl Room {
    pub(super) fn new(conversation: ConversationId) -> Self {
        Self { conversation, members: HashMap::new(), sequence: Sequence::default() }
    }

    /// A socket begins to join. One that has joined lives on, unless it asks for what it `missed`.
    pub(super) fn enter(&mut self, connection: Arc<Connection>, missed: bool) {
        if missed || !self.is_live(connection.id()) {
            let stage = Stage::CatchingUp { held: Vec::new() };
            self.members.insert(connection.id(), Member { connection, stage, place: Place::default() });
        }
    }

    /// The timeline ended here, after the room was subscribed to it: what comes later will arrive.
    pub(super) fn starts_at(&mut self, rev: u64) {
        let ready = self.sequence.starts_at(rev);
        self.tell_changes(ready);
    }

    /// A socket has been found to be up to `seen` after `missed`: tells it that, then what was held.
    pub(super) fn go_live(&mut self, socket: SocketId, missed: Vec<Change>, seen: u64, place: Place) {
        let conversation = self.conversation;
        let Some(member) = self.members.get_mut(&socket) else { return };
        member.place = place;
        let Stage::CatchingUp { held } = &mut member.stage else { return };
        let held = std::mem::take(held);
        member.stage = Stage::Live { seen };
        for change in missed {
            tell_one(&member.connection, conversation, &ConversationEvent::Changed(Arc::new(change)));
        }
        for event in held {
            if rev_of(&event).is_none_or(|rev| rev > seen) && !is_from(&event, socket) {
                let event = as_known(&event, seen).unwrap_or(event);
                tell_one(&member.connection, conversation, &event);
            }
        }
    }

    pub(super) fn leave(&mut self, socket: SocketId) {
        self.members.remove(&socket);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether the socket has joined.
    pub(super) fn is_live(&self, socket: SocketId) -> bool {
        self.members.get(&socket).is_some_and(|member| matches!(member.stage, Stage::Live { .. }))
    }

    /// The place of a socket that has joined.
    pub(super) fn place(&self, socket: SocketId) -> Option<Place> {
        let member = self.members.get(&socket)?;
        matches!(member.stage, Stage::Live { .. }).then_some(member.place)
    }

    /// The users of the sockets here.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.members.values().map(|member| member.connection.user_id())
    }

    /// The users of the sockets here, where this is a direct conversation.
    pub(super) fn users_of_a_pair(&self) -> HashSet<UserId> {
        let pair = self.members.values().filter(|member| member.place.partner.is_some());
        pair.map(|member| member.connection.user_id()).collect()
    }

    /// What these sockets of a user type is shown, or no longer.
    pub(super) fn mute(&mut self, user: UserId, muted: bool) {
        for member in self.members.values_mut().filter(|member| member.connection.user_id() == user) {
            member.place.muted = muted;
        }
    }

    /// A user takes part no longer.
    pub(super) fn expel(&mut self, user: UserId) {
        self.members.retain(|_, member| member.connection.user_id() != user);
    }

    /// How far the room has come.
    pub(super) fn sequence(&mut self) -> &mut Sequence {
        &mut self.sequence
    }

    /// An event has come over the bus.
    pub(super) fn take(&mut self, event: ConversationEvent) {
        match event {
            ConversationEvent::Changed(change) => {
                let ready = self.sequence.take(change);
                self.tell_changes(ready);
            }
            ConversationEvent::Head(head) => self.sequence.hear_of(head.rev),
            ConversationEvent::Relayed { name, payload, socket, .. } => self.relay(&name, &payload, &socket),
            ConversationEvent::MemberLeft { ref user, .. } => {
                self.tell(&event);
                self.expel(user.id);
            }
            ConversationEvent::Deleted => self.members.clear(),
            _ => self.tell(&event),
        }
    }

    /// What was missing has been fetched, up to `rev`.
    pub(super) fn fill(&mut self, changes: Vec<Change>, rev: u64) {
        let ready = self.sequence.fill(changes, rev);
        self.tell_changes(ready);
    }

    fn tell_changes(&mut self, changes: Vec<Arc<Change>>) {
        for change in changes {
            self.tell(&ConversationEvent::Changed(change));
        }
    }

    /// Nobody waits for what is relayed: who is not ready for it goes without.
    fn relay(&self, name: &str, payload: &[u8], from: &str) {
        let Some(frame) = relay::frame(name, payload) else { return };
        let live = self.members.iter().filter(|(_, member)| matches!(member.stage, Stage::Live { .. }));
        for (_, member) in live.filter(|(id, _)| id.as_str() != from) {
            member.connection.offer(&frame);
        }
    }

    fn tell(&mut self, event: &ConversationEvent) {
        let rev = rev_of(event);
        let conversation = self.conversation;
        let mut encoded = Encoded::new(|dialect| dialect.room(conversation, event));
        for (id, member) in &mut self.members {
            match &mut member.stage {
                Stage::CatchingUp { held } if held.len() < MAX_HELD => held.push(event.clone()),
                Stage::CatchingUp { .. } => member.connection.close(CloseReason::SlowConsumer),
                Stage::Live { seen } if rev.is_some_and(|rev| rev <= *seen) => {}
                Stage::Live { .. } if is_from(event, *id) => {}
                Stage::Live { seen } if let Some(event) = as_known(event, *seen) => {
                    tell_one(&member.connection, conversation, &event);
                }
                Stage::Live { .. } => {
                    member.connection.send(encoded.frames(member.connection.dialect_id()));
                }
            }
        }
    }
}

fn tell_one(connection: &Connection, conversation: ConversationId, event: &ConversationEvent) {
    connection.send(&connection.dialect().room(conversation, event));
}

/// The place in the timeline of what has one.
fn rev_of(event: &ConversationEvent) -> Option<u64> {
    match event {
        ConversationEvent::Changed(change) => Some(change.message.stored.rev),
        _ => None,
    }
}

/// A message that is new to the room, as a socket is told that has caught up with its creation.
fn as_known(event: &ConversationEvent, seen: u64) -> Option<ConversationEvent> {
    match event {
        ConversationEvent::Changed(change)
            if change.kind == ChangeKind::Created && change.message.stored.created_rev <= seen =>
        {
            let change = Change::catching_up(change.message.clone(), seen);
            Some(ConversationEvent::Changed(Arc::new(change)))
        }
        _ => None,
    }
}

/// Whether the event is this socket's own, which is not told.
fn is_from(event: &ConversationEvent, id: SocketId) -> bool {
    match event {
        ConversationEvent::Typing { socket, .. } | ConversationEvent::Visited { socket, .. } => {
            socket == id.as_str()
        }
        _ => false,
    }
}
