//! What processes cost, from `/proc`: CPU time and resident memory.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;

/// Ticks of `/proc/PID/stat` in a second: what Linux tells user space everywhere.
const TICKS: f64 = 100.0;
/// Between two looks at how much memory is resident.
const PAUSE: Duration = Duration::from_millis(200);

/// A process to watch: `gateway=1234`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    name: String,
    id: u32,
}

impl FromStr for Watched {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some((name, id)) = text.split_once('=') else { bail!("NAME=PID is wanted") };
        Ok(Self { name: name.to_owned(), id: id.parse().context("a process id is a number")? })
    }
}

/// What a process had used by a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Usage {
    user: f64,
    system: f64,
    resident: u64,
}

/// What a process cost between two moments.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    pub(crate) name: String,
    /// CPU seconds, in user space and in the kernel.
    pub(crate) user: f64,
    pub(crate) system: f64,
    /// Resident bytes at the beginning, at the end, and at most in between.
    pub(crate) resident_before: u64,
    pub(crate) resident_after: u64,
    pub(crate) resident_peak: u64,
}

/// Processes under watch since a moment.
pub(crate) struct Watch {
    since: Instant,
    /// Each with its usage at the beginning and the peak of its memory.
    processes: Vec<(Watched, Usage)>,
    peaks: Rc<RefCell<Vec<u64>>>,
    looking: tokio::task::JoinHandle<()>,
}

impl Watch {
    /// From now on; the generator itself is watched too.
    ///
    /// # Errors
    /// A process is not there.
    pub(crate) fn start(processes: &[Watched]) -> anyhow::Result<Self> {
        let own = Watched { name: "natter-bench".to_owned(), id: std::process::id() };
        let mut started = Vec::new();
        for process in processes.iter().chain([&own]) {
            started.push((process.clone(), usage(process)?));
        }
        let peaks = Rc::new(RefCell::new(vec![0; started.len()]));
        let looking = tokio::task::spawn_local(look(
            started.iter().map(|(process, _)| process.clone()).collect(),
            Rc::clone(&peaks),
        ));
        Ok(Self { since: Instant::now(), processes: started, peaks, looking })
    }

    /// Until now: for how long, and what each process cost; the generator comes last.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) fn stop(self) -> anyhow::Result<(Duration, Vec<Cost>)> {
        self.looking.abort();
        let mut costs = Vec::new();
        for ((process, before), peak) in self.processes.iter().zip(self.peaks.borrow().iter()) {
            let after = usage(process)?;
            costs.push(Cost {
                name: process.name.clone(),
                user: after.user - before.user,
                system: after.system - before.system,
                resident_before: before.resident,
                resident_after: after.resident,
                resident_peak: after.resident.max(before.resident).max(*peak),
            });
        }
        Ok((self.since.elapsed(), costs))
    }
}

async fn look(processes: Vec<Watched>, peaks: Rc<RefCell<Vec<u64>>>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        for (process, peak) in processes.iter().zip(peaks.borrow_mut().iter_mut()) {
            // That one is gone is told at the end.
            *peak = usage(process).map_or(0, |usage| usage.resident).max(*peak);
        }
    }
}

fn usage(process: &Watched) -> anyhow::Result<Usage> {
    let of = |file: &str| {
        let path = format!("/proc/{}/{file}", process.id);
        fs::read_to_string(&path).with_context(|| format!("no process {} ({path})", process.name))
    };
    parse(&of("stat")?, &of("status")?).with_context(|| format!("/proc of {} can't be read", process.name))
}

fn parse(stat: &str, status: &str) -> Option<Usage> {
    // The name, in parentheses, may hold anything; after it come the state and then numbers.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut seconds = || Some(fields.next()?.parse::<f64>().ok()? / TICKS);
    let (user, system) = (seconds()?, seconds()?);
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(Usage { user, system, resident: kibibytes * 1024 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_named_and_numbered() {
        let watched = "gateway=12".parse::<Watched>().unwrap();
        assert_eq!(watched, Watched { name: "gateway".to_owned(), id: 12 });
        assert!("gateway".parse::<Watched>().is_err());
        assert!("gateway=x".parse::<Watched>().is_err());
    }

    #[test]
    fn proc_is_read_as_linux_writes_it() {
        let stat = "7 (a) b) S 1 2 3 0 -1 4 5 6 7 8 250 150 0 0 20 0 3 0 99 1 2";
        let status = "Name:\ta) b\nVmHWM:\t  900 kB\nVmRSS:\t  512 kB\n";
        assert_eq!(parse(stat, status), Some(Usage { user: 2.5, system: 1.5, resident: 512 * 1024 }));
        assert_eq!(parse(stat, ""), None);
        let own = Watched { name: "own".to_owned(), id: std::process::id() };
        assert!(usage(&own).unwrap().resident > 0);
    }
}
