//! Sockets that connect and then do nothing: how fast they come, and what they cost while idle.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Common, settle};
use crate::client::{self, Reader};
use crate::pace;
use crate::packet::Packet;
use crate::report::{Report, Times};
use crate::watch::Watch;

/// Sockets that come and go before anything is measured, so that what a process allocates once is
/// not taken for what a socket costs.
const WARMUP: usize = 200;

/// A run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// How many sockets
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Handshakes at once (closed loop)
    #[arg(long, default_value_t = 100)]
    at_once: usize,
    /// Handshakes a second instead (open loop)
    #[arg(long, conflicts_with = "at_once")]
    rate: Option<f64>,
}

/// Connects the sockets, then keeps them idle for the measured seconds.
///
/// # Errors
/// A socket is refused, or ended by the server.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    ensure!(plan.at_once > 0, "a handshake at once at least");
    let tokens = Rc::new(common.users(1)?);
    let mut times = Times::new()?;
    let connect = |index: usize, intended: Instant| {
        let tokens = Rc::clone(&tokens);
        async move {
            let token = tokens.get(index % tokens.len()).map(|user| user.token.as_str()).unwrap_or_default();
            let (_, reader) = client::open(common.server(index)?, token).await?;
            anyhow::Ok((reader, intended.elapsed()))
        }
    };
    let warm: Vec<_> = stream::iter(0..WARMUP.min(plan.sockets))
        .map(|index| connect(index, Instant::now()))
        .buffer_unordered(plan.at_once)
        .try_collect()
        .await?;
    drop(warm);
    settle(&common.watch).await?;

    let watch = Watch::start(&common.watch)?;
    let start = Instant::now();
    let opened: Vec<(Reader, Duration)> = match plan.rate {
        None => {
            let opens = stream::iter(0..plan.sockets).map(|index| connect(index, Instant::now()));
            opens.buffer_unordered(plan.at_once).try_collect().await?
        }
        Some(rate) => {
            ensure!(rate > 0.0, "a rate is more than nothing");
            let end = start + Duration::from_secs_f64(plan.sockets as f64 / rate);
            let due = pace::steady(rate, start, end);
            let opens = stream::unfold(due, async |mut due| due.recv().await.map(|time| (time, due)));
            let opens = opens.enumerate().map(|(index, intended)| connect(index, intended));
            opens.buffer_unordered(plan.sockets).try_collect().await?
        }
    };
    let took = start.elapsed();
    let listening: Vec<_> = opened
        .into_iter()
        .map(|(reader, time)| {
            times.record(time);
            tokio::task::spawn_local(listen(reader))
        })
        .collect();
    settle(&common.watch).await?;
    let (_, connecting) = watch.stop()?;

    let watch = Watch::start(&common.watch)?;
    tokio::time::sleep(Duration::from_secs_f64(common.seconds)).await;
    let (idle, costs) = watch.stop()?;
    let closed = listening.iter().filter(|task| task.is_finished()).count();

    let sockets = listening.len();
    let mut report = Report::new("connect", idle, costs.clone());
    report.figure("sockets", sockets);
    report.figure("connections a second", (sockets as f64 / took.as_secs_f64()).round());
    for (before, after) in connecting.iter().zip(&costs) {
        let name = &before.name;
        let grown = after.resident_after.saturating_sub(before.resident_before);
        report.figure(&format!("bytes a socket, {name}"), grown / sockets.max(1) as u64);
        report.figure(
            &format!("CPU ms a handshake, {name}"),
            (before.user + before.system) * 1e3 / sockets as f64,
        );
        let share = (after.user + after.system) / idle.as_secs_f64();
        report.figure(&format!("% of a core while idle, {name}"), share * 100.0);
    }
    report.times("handshake", &times);
    report.fault("closed", closed as u64);
    Ok(report)
}

/// Answers pings until the connection ends.
async fn listen(mut reader: Reader) {
    while reader.next(&mut |_: Packet<'_>, _| {}).await.is_ok() {}
}
