//! A user who comes back to many conversations: how long until all are joined.

use std::time::Instant;

use anyhow::ensure;

use super::{Common, settle};
use crate::api::Api;
use crate::client;
use crate::packet::Packet;
use crate::pick::succeeded;
use crate::report::{Report, Times};
use crate::watch::Watch;

/// A run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// How many conversations the user has, each with somebody else
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// How often the user comes back
    #[arg(long, default_value_t = 10)]
    visits: usize,
}

/// Connects and joins all conversations at once, again and again.
///
/// # Errors
/// The conversations can't be made, a join is refused, or a watched process has ended.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    let users = common.users(plan.conversations + 1)?;
    let Some((user, others)) = users.split_first() else { anyhow::bail!("a user is needed") };
    let pairs = others.iter().take(plan.conversations).map(|other| vec![user, other]).collect();
    let ids = Api::new(common.server(0)?).conversations(pairs).await?;
    settle(&common.watch).await?;

    let (mut connected, mut joined) = (Times::new()?, Times::new()?);
    let watch = Watch::start(&common.watch)?;
    for visit in 0..plan.visits {
        let start = Instant::now();
        let (client, mut reader) = client::open(common.server(visit)?, &user.token).await?;
        connected.record(start.elapsed());
        for id in &ids {
            client.ask("join:conversation", &format!("{{\"conversationId\":\"{id}\"}}"));
        }
        let (mut answered, mut refused) = (0, None);
        while answered < ids.len() {
            reader
                .next(&mut |packet: Packet<'_>, _| {
                    if let Packet::Ack { arguments, .. } = packet {
                        answered += 1;
                        if !succeeded(arguments) {
                            refused = Some(String::from_utf8_lossy(arguments).into_owned());
                        }
                    }
                })
                .await?;
        }
        ensure!(refused.is_none(), "a join was refused: {}", refused.unwrap_or_default());
        joined.record(start.elapsed());
    }
    let (measured, costs) = watch.stop()?;
    let mut report = Report::new("joined", measured, costs);
    report.figure("conversations", plan.conversations);
    report.rate("joins", (plan.visits * plan.conversations) as u64);
    report.times("connected", &connected);
    report.times("all joined", &joined);
    Ok(report)
}
