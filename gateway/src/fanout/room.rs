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
use crate::dialect::Dialect;
use crate::socket::{CloseReason, Frame, SocketId};

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
    /// `false`, and nothing told, where it was taken out meanwhile.
    pub(super) fn go_live(&mut self, socket: SocketId, missed: Vec<Change>, seen: u64, place: Place) -> bool {
        let conversation = self.conversation;
        let Some(member) = self.members.get_mut(&socket) else { return false };
        member.place = place;
        let Stage::CatchingUp { held } = &mut member.stage else { return true };
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
        true
    }

    pub(super) fn leave(&mut self, socket: SocketId) {
        self.members.remove(&socket);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many sockets there are.
    pub(super) fn size(&self) -> usize {
        self.members.len()
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

    /// Events have come over the bus: tells them in one go.
    pub(super) fn take(&mut self, events: impl IntoIterator<Item = ConversationEvent>) {
        let mut ready = Vec::new();
        for event in events {
            match event {
                ConversationEvent::Changed(change) => {
                    ready.extend(self.sequence.take(change).into_iter().map(ConversationEvent::Changed));
                }
                ConversationEvent::Head(head) => self.sequence.hear_of(head.rev),
                ConversationEvent::MemberLeft { ref user, .. } => {
                    let user = user.id;
                    ready.push(event);
                    self.tell(&std::mem::take(&mut ready));
                    self.expel(user);
                }
                ConversationEvent::Deleted => {
                    self.tell(&std::mem::take(&mut ready));
                    self.members.clear();
                }
                _ => ready.push(event),
            }
        }
        self.tell(&ready);
    }

    /// What was missing has been fetched, up to `rev`.
    pub(super) fn fill(&mut self, changes: Vec<Change>, rev: u64) {
        let ready = self.sequence.fill(changes, rev);
        self.tell_changes(ready);
    }

    fn tell_changes(&mut self, changes: Vec<Arc<Change>>) {
        let events: Vec<_> = changes.into_iter().map(ConversationEvent::Changed).collect();
        self.tell(&events);
    }

    /// Tells each socket all of it before the next one: its connection is then written to once.
    fn tell(&mut self, events: &[ConversationEvent]) {
        let conversation = self.conversation;
        let told: Vec<_> = events
            .iter()
            .map(|event| (event, Encoded::new(move |dialect| frames(dialect, conversation, event))))
            .collect();
        for (id, member) in &mut self.members {
            for (event, encoded) in &told {
                member.hear(*id, conversation, event, encoded);
            }
        }
    }
}

impl Member {
    fn hear(
        &mut self,
        id: SocketId,
        conversation: ConversationId,
        event: &ConversationEvent,
        encoded: &Encoded<impl Fn(&dyn Dialect) -> Vec<Frame>>,
    ) {
        let relayed = matches!(event, ConversationEvent::Relayed { .. });
        match &mut self.stage {
            Stage::CatchingUp { .. } if relayed => {}
            Stage::CatchingUp { held } if held.len() < MAX_HELD => held.push(event.clone()),
            Stage::CatchingUp { .. } => self.connection.close(CloseReason::SlowConsumer),
            Stage::Live { seen } if rev_of(event).is_some_and(|rev| rev <= *seen) => {}
            Stage::Live { .. } if is_from(event, id) => {}
            Stage::Live { seen } if let Some(event) = as_known(event, *seen) => {
                tell_one(&self.connection, conversation, &event);
            }
            Stage::Live { .. } => {
                let frames = encoded.frames(self.connection.dialect_id());
                // Nobody waits for what is relayed: who is not ready for it goes without.
                if relayed {
                    frames.iter().for_each(|frame| self.connection.offer(frame));
                } else {
                    self.connection.send(frames);
                }
            }
        }
    }
}

/// What a room's sockets of a dialect are told.
fn frames(dialect: &dyn Dialect, conversation: ConversationId, event: &ConversationEvent) -> Vec<Frame> {
    match event {
        ConversationEvent::Relayed { name, payload, .. } => relay::frame(name, payload).into_iter().collect(),
        event => dialect.room(conversation, event),
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
        ConversationEvent::Typing { socket, .. }
        | ConversationEvent::Visited { socket, .. }
        | ConversationEvent::Relayed { socket, .. } => socket == id.as_str(),
        _ => false,
    }
}
