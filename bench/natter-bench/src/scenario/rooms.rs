//! Rooms under load: sockets in rooms, some of which send messages or strokes (scenarios `fanout`,
//! `persist` and `relay`).

mod load;
mod socket;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use clap::ValueEnum;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Common, connect_all, settle};
use crate::api::{Api, User};
use crate::pace;
use crate::report::Report;
use crate::sequence::Faults;
use crate::watch::Watch;
use load::Load;
use socket::Ear;

/// How long what was sent may take to arrive after the last send.
const PATIENCE: Duration = Duration::from_secs(15);
/// Joins at once.
const JOINS: usize = 32;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// `send:message`: stored, acknowledged, delivered to everybody in the room.
    Messages,
    /// `strokePoint`: relayed to the others in the room.
    Strokes,
}

/// When a sender's message makes room for its next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Until {
    /// It is acknowledged.
    Acked,
    /// It is acknowledged and everybody has it.
    Delivered,
}

/// When is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Closed loop: so many of each sender are under way.
    Outstanding(usize, Until),
    /// Open loop: so many a second, all senders together, whatever comes back.
    Rate(f64),
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) traffic: Traffic,
    pub(crate) pace: Pace,
    pub(crate) rooms: usize,
    /// In each room.
    pub(crate) sockets: usize,
    /// How many of a room's sockets send.
    pub(crate) senders: usize,
    /// The length of a message's text, in bytes.
    pub(crate) text: usize,
}

/// Sets the rooms up, loads them, and tells what came of it.
///
/// # Errors
/// The rooms can't be set up, or a watched process has ended.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    ensure!(plan.senders <= plan.sockets && plan.senders > 0, "a room needs a sender and a socket for each");
    let direct = plan.sockets == 2;
    // The pair of a direct conversation can't have a second one.
    let wanted = if direct { plan.rooms * plan.sockets } else { plan.sockets };
    let users = common.users(wanted)?;
    let rooms: Vec<Vec<&User>> = (0..plan.rooms)
        .map(|room| users.iter().cycle().skip(room * plan.sockets % users.len()).take(plan.sockets).collect())
        .collect();
    let members: Vec<&User> = rooms.iter().flatten().copied().collect();
    let load = Rc::new(Load::new(plan.clone())?);
    // Before the conversations are there, so that nobody is told who comes online.
    let (clients, ears) = connect_all(common, &members)
        .await?
        .into_iter()
        .enumerate()
        .map(|(index, (client, reader))| (client, socket::listen(reader, Ear::new(Rc::clone(&load), index))))
        .unzip::<_, _, Vec<_>, Vec<_>>();
    load.has(Api::new(common.server(0)?).conversations(rooms).await?, clients);
    join(&load, &ears).await?;

    settle(&common.watch).await?;
    let start = Instant::now() + common.warmup;
    let end = start + Duration::from_secs_f64(common.seconds);
    let sending = tokio::task::spawn_local(send(Rc::clone(&load), end));
    tokio::time::sleep_until(start.into()).await;
    let watch = Watch::start(&common.watch)?;
    load.measure(true);
    tokio::time::sleep_until(end.into()).await;
    load.measure(false);
    let (measured, costs) = watch.stop()?;
    sending.await??;
    let lost = load.drained(PATIENCE).await;

    let mut report = Report::new(plan.name, measured, costs);
    let mut faults = Faults::default();
    let mut unsorted = 0;
    for ear in &ears {
        let ear = ear.borrow();
        faults += ear.faults();
        unsorted += ear.against_senders_order();
    }
    faults.lost = faults.lost.max(lost);
    report.figure("rooms", plan.rooms);
    report.figure("sockets", plan.rooms * plan.sockets);
    load.tell(&mut report);
    match plan.traffic {
        Traffic::Messages => report.sequence(faults),
        // The contract lets strokes be dropped for those who can't keep up.
        Traffic::Strokes => {
            report.figure("dropped", faults.lost);
            report.fault("doubled", faults.doubled);
        }
    }
    report.fault("against a sender's order", unsorted);
    load.end();
    Ok(report)
}

/// Has every socket join its room.
async fn join(load: &Load, ears: &[Rc<RefCell<Ear>>]) -> anyhow::Result<()> {
    let joins = ears.iter().enumerate().map(|(index, ear)| async move {
        let joined = ear.borrow_mut().join(load.join(index)?);
        joined.await?.map_err(|refusal| anyhow!("a join was refused: {refusal}"))
    });
    stream::iter(joins).buffer_unordered(JOINS).try_collect().await
}

/// Starts what the plan says, and goes on with it until `end`.
async fn send(load: Rc<Load>, end: Instant) -> anyhow::Result<()> {
    let Plan { rooms, senders, pace, .. } = load.plan;
    match pace {
        Pace::Outstanding(each, _) => {
            for (room, sender) in (0..rooms).flat_map(|room| (0..senders).map(move |sender| (room, sender))) {
                for _ in 0..each {
                    load.send(room, sender, Instant::now());
                }
            }
            tokio::time::sleep_until(end.into()).await;
        }
        Pace::Rate(rate) => {
            ensure!(rate > 0.0, "a rate is more than nothing");
            let mut due = pace::steady(rate, Instant::now(), end);
            let mut turn = 0;
            while let Some(intended) = due.recv().await {
                load.send(turn % rooms, turn / rooms % senders, intended);
                turn += 1;
            }
        }
    }
    load.stop();
    Ok(())
}
