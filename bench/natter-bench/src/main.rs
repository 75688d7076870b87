//! `natter-bench`: loads a server that speaks Natter's contract, checks everything that comes back,
//! and tells what it cost.
//!
//! One thread for everything: it shares the machine with what it measures. What is open loop is
//! measured from the time at which it was due, so that what waits for a slow server is not left
//! out. Knows a server by its public sockets and HTTP alone.

mod api;
mod client;
mod frame;
mod pace;
mod packet;
mod pick;
mod report;
mod scenario;
mod sequence;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tokio::task::LocalSet;
use url::Url;

use report::Report;
use scenario::rooms::{Pace, Plan, Traffic, Until};
use scenario::{Common, churn, connect, get, joined, rooms, spread};

/// What was measured is faulty.
const FAULTY: u8 = 3;

/// A load generator for servers that speak Natter's contract.
#[derive(Debug, Parser)]
#[command(name = "natter-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register users, for all scenarios
    Users {
        /// A gateway, such as http://127.0.0.1:3100
        #[arg(long)]
        url: Url,
        /// How many
        #[arg(long, default_value_t = 1000)]
        count: usize,
        /// Where to write them, with their tokens
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sockets that connect, and then do nothing
    Connect {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plan: connect::Plan,
    },
    /// Messages to rooms: deliveries
    Fanout {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        room: Rooms,
        /// Messages under way, a sender (closed loop)
        #[arg(long, default_value_t = 2)]
        outstanding: usize,
        /// When a message is no longer under way
        #[arg(long, value_enum, default_value_t = Until::Delivered)]
        until: Until,
        /// Messages a second instead, all senders together (open loop)
        #[arg(long)]
        rate: Option<f64>,
    },
    /// Messages in rooms of two: acknowledged sends
    Persist {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        room: Rooms,
        /// Messages under way, a sender (closed loop)
        #[arg(long, default_value_t = 4)]
        outstanding: usize,
    },
    /// Strokes to rooms: what is relayed and not stored
    Relay {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        room: Rooms,
        /// Strokes a second, all senders together (open loop)
        #[arg(long, default_value_t = 80.0)]
        rate: f64,
    },
    /// Sockets that come and go, and catch up
    Churn {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plan: churn::Plan,
    },
    /// The same load over few conversations or over many
    Spread {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plan: spread::Plan,
    },
    /// A user who comes back to many conversations
    Joined {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plan: joined::Plan,
    },
    /// Reading over HTTP
    Get {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        plan: get::Plan,
    },
}

/// How many rooms, and who is in them. By default: fanout 50 rooms of 20 with one sender
/// each, persist 100 rooms of 2 who both send, relay one room of 1,000 with one sender.
#[derive(Debug, Args)]
struct Rooms {
    /// How many rooms
    #[arg(long)]
    rooms: Option<usize>,
    /// Sockets in each room; 2 make direct conversations
    #[arg(long)]
    sockets: Option<usize>,
    /// How many of a room's sockets send
    #[arg(long)]
    senders: Option<usize>,
    /// Bytes of a message's text
    #[arg(long, default_value_t = 60)]
    text: usize,
}

impl Rooms {
    fn plan(
        &self,
        name: &'static str,
        [rooms, sockets, senders]: [usize; 3],
        traffic: Traffic,
        pace: Pace,
    ) -> Plan {
        Plan {
            name,
            traffic,
            pace,
            rooms: self.rooms.unwrap_or(rooms),
            sockets: self.sockets.unwrap_or(sockets),
            senders: self.senders.unwrap_or(senders),
            text: self.text,
        }
    }
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAULTY),
        Err(error) => {
            eprintln!("natter-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does it, and tells whether all was as it should be.
fn run(command: Command) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        match command {
            Command::Users { url, count, out } => {
                let users = api::Api::new(&url).register(count).await?;
                write(&out, &serde_json::to_string(&users)?)?;
                Ok(true)
            }
            Command::Connect { common, plan } => finish(&common, connect::run(&common, plan).await?),
            Command::Fanout { common, room, outstanding, until, rate } => {
                let pace = rate.map_or(Pace::Outstanding(outstanding, until), Pace::Rate);
                finish(
                    &common,
                    rooms::run(&common, room.plan("fanout", [50, 20, 1], Traffic::Messages, pace)).await?,
                )
            }
            Command::Persist { common, room, outstanding } => {
                let pace = Pace::Outstanding(outstanding, Until::Acked);
                finish(
                    &common,
                    rooms::run(&common, room.plan("persist", [100, 2, 2], Traffic::Messages, pace)).await?,
                )
            }
            Command::Relay { common, room, rate } => {
                let plan = room.plan("relay", [1, 1000, 1], Traffic::Strokes, Pace::Rate(rate));
                finish(&common, rooms::run(&common, plan).await?)
            }
            Command::Churn { common, plan } => finish(&common, churn::run(&common, plan).await?),
            Command::Spread { common, plan } => finish(&common, spread::run(&common, plan).await?),
            Command::Joined { common, plan } => finish(&common, joined::run(&common, plan).await?),
            Command::Get { common, plan } => finish(&common, get::run(&common, plan).await?),
        }
    })
}

/// Prints the report and writes it where it is wanted.
fn finish(common: &Common, report: Report) -> anyhow::Result<bool> {
    print!("{report}");
    if let Some(file) = &common.json {
        write(file, &serde_json::to_string_pretty(&report)?)?;
    }
    Ok(common.lenient || !report.is_faulty())
}

fn write(file: &PathBuf, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("{} can't be written", file.display()))
}
