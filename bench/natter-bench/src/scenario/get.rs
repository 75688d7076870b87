//! Reading over HTTP, one request after the other: history, lists, searches.

use std::time::Instant;

use anyhow::Context as _;

use super::{Common, settle};
use crate::api::Api;
use crate::report::{Report, Times};
use crate::watch::Watch;

/// A run, as the first of the users.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// What to read, such as /api/conversations?limit=50; may be given again
    #[arg(long = "path", required = true)]
    paths: Vec<String>,
    /// How often each
    #[arg(long, default_value_t = 100)]
    times: usize,
}

/// Reads each path as often as planned.
///
/// # Errors
/// An answer is no success, or a watched process has ended.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    let users = common.users(1)?;
    let user = users.first().context("a user is needed")?;
    let api = Api::new(common.server(0)?);
    settle(&common.watch).await?;
    let watch = Watch::start(&common.watch)?;
    let mut measured = Vec::new();
    for path in plan.paths {
        // The first is for the caches.
        api.get(&path, user).await?;
        let mut times = Times::new()?;
        for _ in 0..plan.times {
            let start = Instant::now();
            api.get(&path, user).await?;
            times.record(start.elapsed());
        }
        measured.push((path, times));
    }
    let (took, costs) = watch.stop()?;
    let mut report = Report::new("get", took, costs);
    for (path, times) in &measured {
        report.times(path, times);
    }
    Ok(report)
}
