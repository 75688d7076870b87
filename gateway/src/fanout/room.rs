//! One conversation's local sockets, and what they are told, in order.
//!
//! A room is at a `rev`: everything up to it has been told. Changes are told one after the other;
//! one that comes too early waits for those before it, one that comes again is dropped. A socket
//! that joins catches up first: what happens meanwhile is held for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use natter_domain::message::{Change, ChangeKind, Head};
use natter_domain::{ConversationEvent, ConversationId, UserId};

use super::encoded::Encoded;
use crate::connection::Connection;
use crate::socket::{CloseReason, SocketId};

/// Changes that wait for an earlier one; those beyond are fetched again.
const MAX_EARLY: usize = 1_000;
/// Events that are held for a socket that catches up; past it the socket is disconnected.
const MAX_HELD: usize = 2_000;

/// A conversation's local sockets.
pub(super) struct Room {
    conversation: ConversationId,
    members: HashMap<SocketId, Member>,
    /// Everything up to here has been told; `None` before it is known where the timeline ends.
    rev: Option<u64>,
    /// Changes after a missing one, by `rev`.
    early: BTreeMap<u64, Arc<Change>>,
    /// The timeline is known to go at least this far.
    known_rev: u64,
}

struct Member {
    connection: Arc<Connection>,
    stage: Stage,
    /// A block keeps what they type from being shown.
    muted: bool,
}

enum Stage {
    /// It is not yet known what the socket has missed. Holds what happens meanwhile.
    CatchingUp { held: Vec<ConversationEvent> },
    /// The socket has been told everything up to the room's `rev`, or up to `seen` if that is more.
    Live { seen: u64 },
}

impl Room {
    pub(super) fn new(conversation: ConversationId) -> Self {
        Self { conversation, members: HashMap::new(), rev: None, early: BTreeMap::new(), known_rev: 0 }
    }

    /// A socket begins to join. One that has joined lives on, unless it asks for what it `missed`.
    pub(super) fn enter(&mut self, connection: Arc<Connection>, missed: bool) {
        if missed || !self.is_live(connection.id()) {
            let stage = Stage::CatchingUp { held: Vec::new() };
            self.members.insert(connection.id(), Member { connection, stage, muted: false });
        }
    }

    /// The timeline ended here, after the room was subscribed to it: what comes later will arrive.
    pub(super) fn starts_at(&mut self, head: Head) {
        if self.rev.is_none() {
            self.rev = Some(head.rev);
            self.advance();
        }
    }

    /// A socket has been found to be up to `seen` after `missed`: tells it that, then what was held.
    pub(super) fn go_live(&mut self, socket: SocketId, missed: Vec<Change>, seen: u64, muted: bool) {
        let conversation = self.conversation;
        let Some(member) = self.members.get_mut(&socket) else { return };
        member.muted = muted;
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

    pub(super) fn is_muted(&self, socket: SocketId) -> bool {
        self.members.get(&socket).is_some_and(|member| member.muted)
    }

    /// The users of the sockets here.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> + '_ {
        self.members.values().map(|member| member.connection.user_id())
    }

    /// What these sockets of a user type is shown, or no longer.
    pub(super) fn mute(&mut self, user: UserId, muted: bool) {
        for member in self.members.values_mut().filter(|member| member.connection.user_id() == user) {
            member.muted = muted;
        }
    }

    /// A user takes part no longer.
    pub(super) fn expel(&mut self, user: UserId) {
        self.members.retain(|_, member| member.connection.user_id() != user);
    }

    /// Whether the timeline is known to go further than has been told.
    pub(super) fn has_gap(&self) -> bool {
        self.known_rev > self.rev.unwrap_or_default()
    }

    /// An event has come over the bus.
    pub(super) fn take(&mut self, event: ConversationEvent) {
        match event {
            ConversationEvent::Changed(change) => {
                let rev = change.message.stored.rev;
                self.known_rev = self.known_rev.max(rev);
                if self.rev.is_none_or(|told| rev > told) && self.early.len() < MAX_EARLY {
                    self.early.insert(rev, change);
                    self.advance();
                }
            }
            ConversationEvent::Head(head) => self.known_rev = self.known_rev.max(head.rev),
            ConversationEvent::MemberLeft { ref user, .. } => {
                self.tell(&event);
                self.expel(user.id);
            }
            ConversationEvent::Deleted => self.members.clear(),
            _ => self.tell(&event),
        }
    }

    /// What comes after this is about to be fetched, with all that has come early: that was stored
    /// before it came.
    pub(super) fn begin_fetching(&mut self) -> Option<u64> {
        self.early.clear();
        self.rev
    }

    /// What was missing has been fetched, up to `rev`.
    pub(super) fn fill(&mut self, changes: Vec<Change>, rev: u64) {
        for change in changes {
            let at = change.message.stored.rev;
            if self.rev.is_some_and(|told| at > told) {
                self.tell(&ConversationEvent::Changed(Arc::new(change)));
                self.rev = Some(at);
            }
        }
        self.rev = self.rev.map(|told| told.max(rev));
    }

    /// The store has nothing after what has been told.
    pub(super) fn is_caught_up(&mut self) {
        self.known_rev = self.rev.unwrap_or_default();
    }

    /// Tells what has come early and is next now.
    fn advance(&mut self) {
        while let (Some(told), Some(first)) = (self.rev, self.early.first_entry()) {
            let rev = *first.key();
            if rev > told + 1 {
                break;
            }
            let change = first.remove();
            if rev == told + 1 {
                self.tell(&ConversationEvent::Changed(change));
                self.rev = Some(rev);
            }
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
        ConversationEvent::Typing { socket, .. } | ConversationEvent::Relayed { socket, .. } => {
            socket == id.as_str()
        }
        _ => false,
    }
}
