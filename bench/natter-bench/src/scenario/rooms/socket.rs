//! What one socket hears, and whether it is what it should hear.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::Traffic;
use super::load::Load;
use crate::client::Reader;
use crate::packet::Packet;
use crate::pick::{REV, Tag, succeeded};
use crate::sequence::{Faults, Sequence};

/// The receiving side of a socket.
pub(super) struct Ear {
    load: Rc<Load>,
    room: usize,
    member: usize,
    /// The conversation's changes.
    changes: Sequence,
    /// Each sender's numbers.
    senders: Vec<Sequence>,
    /// The ack of a join that is awaited, and who waits for it.
    joining: Option<(u64, oneshot::Sender<Joined>)>,
}

/// That a socket has joined, or why not.
pub(super) type Joined = Result<(), String>;

/// Has it listen from now on until the connection ends.
pub(super) fn listen(mut reader: Reader, ear: Ear) -> Rc<RefCell<Ear>> {
    let ear = Rc::new(RefCell::new(ear));
    let hearing = Rc::clone(&ear);
    tokio::task::spawn_local(async move {
        let why = loop {
            if let Err(why) = reader.next(&mut |packet, at| hearing.borrow_mut().hear(packet, at)).await {
                break why;
            }
        };
        hearing.borrow().load.closed(&why);
    });
    ear
}

impl Ear {
    /// Of the socket with this index.
    pub(super) fn new(load: Rc<Load>, index: usize) -> Self {
        let (room, member) = load.place(index);
        let senders = (0..load.plan.senders).map(|_| Sequence::from(0)).collect();
        Self { load, room, member, changes: Sequence::from(1), senders, joining: None }
    }

    /// The join whose ack has this id is under way.
    pub(super) fn join(&mut self, ack: u64) -> oneshot::Receiver<Joined> {
        let (told, joined) = oneshot::channel();
        self.joining = Some((ack, told));
        joined
    }

    /// The ack of the join has come.
    fn joined(&mut self, ack: &[u8]) -> Joined {
        let rev = REV.number(ack).filter(|_| succeeded(ack));
        let rev = rev.ok_or_else(|| String::from_utf8_lossy(ack).into_owned())?;
        self.changes = Sequence::from(rev + 1);
        Ok(())
    }

    fn hear(&mut self, packet: Packet<'_>, at: Instant) {
        match packet {
            Packet::Event { name: b"new:message", arguments } => {
                match (REV.number(arguments), Tag::of(arguments)) {
                    (Some(rev), Some(tag)) => {
                        self.changes.saw(rev);
                        self.delivery(tag, arguments, at);
                    }
                    _ => self.load.strange(arguments),
                }
            }
            Packet::Event { name: b"strokePoint", arguments } => match Tag::of(arguments) {
                Some(tag) => self.delivery(tag, arguments, at),
                None => self.load.strange(arguments),
            },
            Packet::Event { name: b"error", arguments } => self.load.strange(arguments),
            Packet::Ack { id, arguments } => {
                if let Some((_, waiting)) = self.joining.take_if(|(join, _)| *join == id) {
                    // Whoever no longer waits has failed already.
                    let _ = waiting.send(self.joined(arguments));
                    return;
                }
                let refusal = (!succeeded(arguments)).then_some(arguments);
                self.load.acked(self.room, self.member, id, refusal, at);
            }
            _ => {}
        }
    }

    fn delivery(&mut self, tag: Tag, arguments: &[u8], at: Instant) {
        match self.senders.get_mut(tag.sender) {
            Some(sender) if tag.room == self.room => sender.saw(tag.number),
            _ => return self.load.strange(arguments),
        }
        self.load.delivered(tag, at);
    }

    pub(super) fn faults(&self) -> Faults {
        match self.load.plan.traffic {
            Traffic::Messages => self.changes.faults(),
            Traffic::Strokes => self.senders.iter().fold(Faults::default(), |mut sum, sender| {
                sum += sender.faults();
                sum
            }),
        }
    }

    /// How many came before something that its sender had sent before them.
    pub(super) fn against_senders_order(&self) -> u64 {
        self.senders.iter().map(|sender| sender.faults().disordered).sum()
    }
}
