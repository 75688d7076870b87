//! Sockets that come and go while others send: whether each, over all its visits, gets every
//! change once and in order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{Common, connect_all, seconds, settle};
use crate::api::{Api, User};
use crate::client::{self, Client, Reader};
use crate::pace;
use crate::packet::Packet;
use crate::pick::{REV, Tag, succeeded};
use crate::report::{Report, Times};
use crate::sequence::{Faults, Sequence};
use crate::watch::Watch;

/// How long the last visit may take to bring what is missing.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks at whether it has.
const PAUSE: Duration = Duration::from_millis(50);

/// A run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// How many rooms
    #[arg(long, default_value_t = 20)]
    rooms: usize,
    /// How many sockets a room come and go; one more sends
    #[arg(long, default_value_t = 10)]
    sockets: usize,
    /// Messages a second, in all rooms together
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// How long a socket stays, on average (seconds)
    #[arg(long, default_value = "2", value_parser = seconds)]
    stay: Duration,
    /// How long it then is away, on average (seconds)
    #[arg(long, default_value = "0.5", value_parser = seconds)]
    away: Duration,
    /// Of the chances of who stays how long
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A conversation, and what has been sent in it.
struct Room {
    conversation: String,
    sender: Client,
    sent: Cell<u64>,
    acks: Cell<u64>,
    /// The last change that was acknowledged.
    rev: Cell<u64>,
}

/// What all share.
struct World {
    rooms: Vec<Room>,
    visits: Cell<u64>,
    joined: RefCell<Times>,
    fault: RefCell<Option<String>>,
}

/// Has the sockets come and go for the measured seconds, then compares what each has seen.
///
/// # Errors
/// The rooms can't be set up, or a socket is refused.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    ensure!(plan.rate > 0.0, "a rate is more than nothing");
    let users = common.users(plan.sockets + 1)?;
    let members: Vec<Vec<&User>> = (0..plan.rooms)
        .map(|room| users.iter().cycle().skip(room % users.len()).take(plan.sockets + 1).collect())
        .collect();
    let senders: Vec<&User> = members.iter().filter_map(|room| room.first().copied()).collect();
    let sockets = connect_all(common, &senders).await?;
    let ids = Api::new(common.server(0)?).conversations(members.clone()).await?;
    let room = |(conversation, (sender, _)): (String, &(Client, Reader))| Room {
        conversation,
        sender: sender.clone(),
        sent: Cell::default(),
        acks: Cell::default(),
        rev: Cell::default(),
    };
    let world = Rc::new(World {
        rooms: ids.into_iter().zip(&sockets).map(room).collect(),
        visits: Cell::default(),
        joined: RefCell::new(Times::new()?),
        fault: RefCell::default(),
    });
    for (index, (_, reader)) in sockets.into_iter().enumerate() {
        tokio::task::spawn_local(Rc::clone(&world).count_acks(index, reader));
    }
    settle(&common.watch).await?;

    let watch = Watch::start(&common.watch)?;
    let end = Instant::now() + Duration::from_secs_f64(common.seconds);
    let visitors = members.iter().enumerate().flat_map(|(room, members)| {
        let visitors = members.iter().skip(1).enumerate();
        visitors.map(move |(index, user)| (room, index, *user))
    });
    let visitors = visitors.map(|(room, index, user)| {
        let (world, plan) = (Rc::clone(&world), &plan);
        async move { world.visitor(common, plan, room, index, user, end).await }
    });
    let (seen, sent) = tokio::join!(try_join_all(visitors), world.send(plan.rate, end));
    let (seen, acked) = (seen?, sent?);
    let (measured, costs) = watch.stop()?;

    let mut faults = Faults::default();
    let mut received = 0;
    for (saw, missing) in seen {
        received += saw;
        faults += missing;
    }
    let mut report = Report::new("churn", measured, costs);
    report.figure("sockets", plan.rooms * plan.sockets);
    report.rate("visits", world.visits.get());
    report.rate("deliveries", received);
    report.figure("acks", acked);
    report.times("connect to joined", &world.joined.borrow());
    report.sequence(faults);
    report.first_fault(world.fault.take());
    Ok(report)
}

impl World {
    /// Sends in each room in turn until `end`, then waits for the acks. Returns how many came.
    async fn send(&self, rate: f64, end: Instant) -> anyhow::Result<u64> {
        let mut due = pace::steady(rate, Instant::now(), end);
        let mut rooms = self.rooms.iter().enumerate().cycle();
        while due.recv().await.is_some() {
            let Some((index, room)) = rooms.next() else { break };
            let tag = Tag { room: index, sender: 0, number: room.sent.replace(room.sent.get() + 1) };
            room.sender.ask(
                "send:message",
                &format!(
                    "{{\"conversationId\":\"{}\",\"text\":\"{}\",\"messageType\":\"text\"}}",
                    room.conversation,
                    tag.text()
                ),
            );
        }
        let deadline = Instant::now() + PATIENCE;
        while self.rooms.iter().any(|room| room.acks < room.sent) {
            ensure!(Instant::now() < deadline, "not everything that was sent was acknowledged");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(self.rooms.iter().map(|room| room.acks.get()).sum())
    }

    /// Listens to a room's sender.
    async fn count_acks(self: Rc<Self>, index: usize, mut reader: Reader) {
        let Some(room) = self.rooms.get(index) else { return };
        let mut on = |packet: Packet<'_>, _| {
            let Packet::Ack { arguments, .. } = packet else { return };
            match REV.number(arguments) {
                Some(rev) if succeeded(arguments) => {
                    room.acks.set(room.acks.get() + 1);
                    room.rev.set(room.rev.get().max(rev));
                }
                _ => self.fault(|| format!("refused: {}", String::from_utf8_lossy(arguments))),
            }
        };
        while reader.next(&mut on).await.is_ok() {}
    }

    /// Comes and goes until `end`, then once more until all is there. Returns how many changes it
    /// saw, and what was wrong with them.
    async fn visitor(
        &self,
        common: &Common,
        plan: &Plan,
        room: usize,
        index: usize,
        user: &User,
        end: Instant,
    ) -> anyhow::Result<(u64, Faults)> {
        let place = room * plan.sockets + index;
        let mut chance = StdRng::seed_from_u64(plan.seed.wrapping_add(place as u64));
        let room = self.rooms.get(room).context("every visitor has a room")?;
        // Every conversation of a run is new.
        let mut changes = Sequence::from(1);
        let mut saw = 0;
        let mut visit = 0;
        // Not all at the same time.
        tokio::time::sleep(plan.stay.mul_f64(chance.random())).await;
        loop {
            let last = Instant::now() >= end;
            let came = Instant::now();
            // Each visit may be to another gateway.
            let (client, mut reader) = client::open(common.server(place + visit)?, &user.token).await?;
            let argument = format!(
                "{{\"conversationId\":\"{}\",\"afterRev\":{}}}",
                room.conversation,
                changes.reached()
            );
            let mut on = |packet: Packet<'_>, _| {
                if let Packet::Event { name: b"new:message", arguments } = packet
                    && let Some(rev) = REV.number(arguments)
                {
                    changes.saw(rev);
                    saw += 1;
                }
            };
            let ack = reader.call("join:conversation", &argument, &mut on).await?;
            ensure!(succeeded(&ack), "a join was refused: {}", String::from_utf8_lossy(&ack));
            self.joined.borrow_mut().record(came.elapsed());
            self.visits.set(self.visits.get() + 1);
            visit += 1;
            if last {
                let arrived = async {
                    while changes.reached() < room.rev.get() || room.acks < room.sent {
                        let mut on = |packet: Packet<'_>, _| {
                            if let Packet::Event { name: b"new:message", arguments } = packet
                                && let Some(rev) = REV.number(arguments)
                            {
                                changes.saw(rev);
                                saw += 1;
                            }
                        };
                        // The last ack may come after the last delivery.
                        let _ = tokio::time::timeout(PAUSE, reader.next(&mut on)).await;
                    }
                };
                let _ = tokio::time::timeout(PATIENCE, arrived).await;
                let mut faults = changes.faults();
                faults.lost = faults.lost.max(room.rev.get().saturating_sub(changes.reached()));
                return Ok((saw, faults));
            }
            let stay = plan.stay.mul_f64(chance.random_range(0.5..1.5));
            let stayed = async { while reader.next(&mut on).await.is_ok() {} };
            if tokio::time::timeout(stay, stayed).await.is_ok() {
                self.fault(|| "a socket was closed by the server".to_owned());
            }
            // Every other one without a goodbye.
            if chance.random() {
                client.leave();
            }
            drop((client, reader));
            tokio::time::sleep(plan.away.mul_f64(chance.random_range(0.5..1.5))).await;
        }
    }

    fn fault(&self, words: impl FnOnce() -> String) {
        self.fault.borrow_mut().get_or_insert_with(words);
    }
}
