//! What is under way: what was sent when, and who still has to get it.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use super::{Pace, Plan, Traffic, Until};
use crate::client::Client;
use crate::pick::Tag;
use crate::report::{Report, Times};

/// Between two looks at whether all has arrived.
const PAUSE: Duration = Duration::from_millis(20);

/// The whole run. Everything here is on one thread.
pub(crate) struct Load {
    pub(super) plan: Plan,
    /// By room.
    conversations: OnceCell<Vec<String>>,
    /// By room and, in it, by member.
    clients: OnceCell<Vec<Client>>,
    /// Tells this run's messages from those of others in the same conversation.
    run: u128,
    filler: String,
    state: RefCell<State>,
}

struct State {
    senders: Vec<Sender>,
    /// No more is sent.
    stopped: bool,
    /// Sockets may close.
    over: bool,
    measuring: bool,
    /// What was sent and is not with everybody yet.
    under_way: u64,
    to_ack: Times,
    to_deliver: Times,
    sends: u64,
    acks: u64,
    deliveries: u64,
    refused: u64,
    closed: u64,
    strange: u64,
    first_fault: Option<String>,
}

/// One socket that sends.
#[derive(Default)]
struct Sender {
    /// The number of the first of `flights`.
    first: u64,
    /// What is under way, and what is done behind something that is.
    flights: VecDeque<Flight>,
    /// The ack id of number 0.
    first_ack: Option<u64>,
}

struct Flight {
    intended: Instant,
    measured: bool,
    acked: bool,
    /// How many have not got it yet.
    waiting: usize,
}

impl Load {
    pub(super) fn new(plan: Plan) -> anyhow::Result<Self> {
        let state = State {
            senders: (0..plan.rooms * plan.senders).map(|_| Sender::default()).collect(),
            stopped: false,
            over: false,
            measuring: false,
            under_way: 0,
            to_ack: Times::new()?,
            to_deliver: Times::new()?,
            sends: 0,
            acks: 0,
            deliveries: 0,
            refused: 0,
            closed: 0,
            strange: 0,
            first_fault: None,
        };
        Ok(Self {
            filler: "the quick brown fox jumps over the lazy dog ".chars().cycle().take(plan.text).collect(),
            conversations: OnceCell::new(),
            clients: OnceCell::new(),
            run: SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis(),
            plan,
            state: RefCell::new(state),
        })
    }

    /// The rooms' conversations, and all sockets.
    pub(super) fn has(&self, conversations: Vec<String>, clients: Vec<Client>) {
        // There is one set-up a run.
        let _ = (self.conversations.set(conversations), self.clients.set(clients));
    }

    /// The room and the place in it of a socket.
    pub(super) fn place(&self, socket: usize) -> (usize, usize) {
        (socket / self.plan.sockets, socket % self.plan.sockets)
    }

    /// Has a socket ask to join its room; the id of the ack.
    pub(super) fn join(&self, socket: usize) -> anyhow::Result<u64> {
        let (room, member) = self.place(socket);
        let (client, conversation) = self.parts(room, member).context("every socket has a room")?;
        Ok(client.ask("join:conversation", &format!("{{\"conversationId\":\"{conversation}\"}}")))
    }

    fn parts(&self, room: usize, member: usize) -> Option<(&Client, &str)> {
        let client = self.clients.get()?.get(room * self.plan.sockets + member)?;
        Some((client, self.conversations.get()?.get(room)?))
    }

    /// Sends the next message or stroke of a sender.
    pub(super) fn send(&self, room: usize, sender: usize, intended: Instant) {
        let Some((client, conversation)) = self.parts(room, sender) else { return };
        let mut state = self.state.borrow_mut();
        if state.stopped {
            return;
        }
        let measured = state.measuring;
        state.under_way += 1;
        state.sends += u64::from(measured);
        let Some(own) = state.senders.get_mut(room * self.plan.senders + sender) else { return };
        let number = own.first + own.flights.len() as u64;
        let tag = Tag { room, sender, number }.text();
        match self.plan.traffic {
            Traffic::Messages => {
                let waiting = self.plan.sockets;
                own.flights.push_back(Flight { intended, measured, acked: false, waiting });
                let filler = self.filler.get(tag.len().min(self.filler.len())..).unwrap_or_default();
                let run = self.run;
                let id = client.ask(
                    "send:message",
                    &format!(
                        "{{\"conversationId\":\"{conversation}\",\"text\":\"{tag}{filler}\",\"messageType\":\"text\",\
                         \"clientMessageId\":\"{run}.{room}.{sender}.{number}\"}}"
                    ),
                );
                own.first_ack.get_or_insert(id);
            }
            Traffic::Strokes => {
                let waiting = self.plan.sockets - 1;
                own.flights.push_back(Flight { intended, measured, acked: true, waiting });
                client.tell(
                    "strokePoint",
                    &format!(
                        "{{\"roomId\":\"{conversation}\",\"strokeId\":\"{tag}\",\"color\":\"#1f6feb\",\"brushSize\":4,\
                         \"point\":{{\"x\":{},\"y\":{}}}}}",
                        number % 640,
                        number % 480
                    ),
                );
            }
        }
    }

    /// A socket of the room got what the tag marks.
    pub(super) fn delivered(&self, tag: Tag, at: Instant) {
        let mut state = self.state.borrow_mut();
        state.deliveries += u64::from(state.measuring);
        let State { senders, to_deliver, .. } = &mut *state;
        let flight = senders
            .get_mut(tag.room * self.plan.senders + tag.sender)
            .and_then(|sender| sender.flight(tag.number))
            .filter(|flight| flight.waiting > 0);
        // What comes twice is counted by the socket that heard it.
        let Some(flight) = flight else { return };
        flight.waiting -= 1;
        if flight.measured {
            to_deliver.record(at.saturating_duration_since(flight.intended));
        }
        if flight.waiting > 0 || !flight.acked {
            return;
        }
        drop(state);
        self.arrived(tag.room, tag.sender, Until::Delivered);
    }

    /// A sender got the ack with this id.
    pub(super) fn acked(&self, room: usize, sender: usize, id: u64, refusal: Option<&[u8]>, at: Instant) {
        let mut state = self.state.borrow_mut();
        if let Some(refusal) = refusal {
            state.refused += 1;
            state.fault(|| format!("refused: {}", String::from_utf8_lossy(refusal)));
        } else {
            state.acks += u64::from(state.measuring);
        }
        let State { senders, to_ack, .. } = &mut *state;
        let flight = senders.get_mut(room * self.plan.senders + sender).and_then(|sender| {
            let number = id.checked_sub(sender.first_ack?)?;
            sender.flight(number)
        });
        let Some(flight) = flight.filter(|flight| !flight.acked) else { return };
        flight.acked = true;
        if flight.measured && refusal.is_none() {
            to_ack.record(at.saturating_duration_since(flight.intended));
        }
        if refusal.is_some() {
            flight.waiting = 0;
        }
        let everywhere = flight.waiting == 0;
        drop(state);
        if matches!(self.plan.pace, Pace::Outstanding(_, Until::Acked)) {
            self.send(room, sender, Instant::now());
        }
        if everywhere {
            self.arrived(room, sender, Until::Delivered);
        }
    }

    /// Something is with everybody, and acknowledged.
    fn arrived(&self, room: usize, sender: usize, what: Until) {
        let mut state = self.state.borrow_mut();
        state.under_way -= 1;
        if let Some(own) = state.senders.get_mut(room * self.plan.senders + sender) {
            own.forget();
        }
        drop(state);
        if matches!(self.plan.pace, Pace::Outstanding(_, until) if until == what) {
            self.send(room, sender, Instant::now());
        }
    }

    /// A connection ended.
    pub(super) fn closed(&self, why: &anyhow::Error) {
        let mut state = self.state.borrow_mut();
        if !state.over {
            state.closed += 1;
            state.fault(|| format!("a socket was closed: {why:#}"));
        }
    }

    /// Something came that should not.
    pub(super) fn strange(&self, what: &[u8]) {
        let mut state = self.state.borrow_mut();
        state.strange += 1;
        state.fault(|| format!("unexpected: {}", String::from_utf8_lossy(what)));
    }

    /// From now on, or no longer, what happens counts.
    pub(super) fn measure(&self, on: bool) {
        self.state.borrow_mut().measuring = on;
    }

    /// Nothing more is sent.
    pub(super) fn stop(&self) {
        self.state.borrow_mut().stopped = true;
    }

    /// From now on sockets may close.
    pub(super) fn end(&self) {
        self.state.borrow_mut().over = true;
    }

    /// Waits until everything has arrived everywhere, for at most `patience`. Returns how many
    /// deliveries and acks are missing.
    pub(super) async fn drained(&self, patience: Duration) -> u64 {
        let deadline = Instant::now() + patience;
        while self.state.borrow().under_way > 0 && Instant::now() < deadline {
            tokio::time::sleep(PAUSE).await;
        }
        let state = self.state.borrow();
        let flights = state.senders.iter().flat_map(|sender| &sender.flights);
        flights.map(|flight| flight.waiting as u64 + u64::from(!flight.acked)).sum()
    }

    /// Adds what was counted to the report.
    pub(super) fn tell(&self, report: &mut Report) {
        let state = self.state.borrow();
        report.figure("sends", state.sends);
        if self.plan.traffic == Traffic::Messages {
            report.rate("acks", state.acks);
            report.times("send to ack", &state.to_ack);
            report.fault("refused", state.refused);
        }
        report.rate("deliveries", state.deliveries);
        report.times("send to deliver", &state.to_deliver);
        report.fault("closed", state.closed);
        report.fault("unexpected", state.strange);
        report.first_fault(state.first_fault.clone());
    }
}

impl State {
    fn fault(&mut self, words: impl FnOnce() -> String) {
        if self.first_fault.is_none() {
            self.first_fault = Some(words());
        }
    }
}

impl Sender {
    fn flight(&mut self, number: u64) -> Option<&mut Flight> {
        let index = number.checked_sub(self.first)?;
        self.flights.get_mut(usize::try_from(index).ok()?)
    }

    /// What is done, up to the first that is not.
    fn forget(&mut self) {
        while self.flights.front().is_some_and(|flight| flight.acked && flight.waiting == 0) {
            self.flights.pop_front();
            self.first += 1;
        }
    }
}
