//! What a run has found: as a table for people, as JSON for `bench/run`.

use std::fmt::{self, Display};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::sequence::Faults;
use crate::watch::Cost;

/// Times, from a microsecond to a minute, to three digits.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    /// # Errors
    /// Never: the bounds are sound.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 60_000_000, 3)?))
    }

    pub(crate) fn record(&mut self, time: Duration) {
        self.0.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    fn summary(&self) -> Summary {
        let at = |quantile| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        Summary {
            count: self.0.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max() as f64 / 1000.0,
        }
    }
}

/// How long something took, in milliseconds.
#[derive(Debug, Serialize)]
struct Summary {
    count: u64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// What a run has found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    scenario: &'static str,
    /// For how long was measured, in seconds.
    seconds: f64,
    /// Named numbers: rates a second, counts, bytes.
    figures: serde_json::Map<String, serde_json::Value>,
    times: Vec<(String, Summary)>,
    costs: Vec<Cost>,
    /// What was wrong; all of it must be zero.
    faults: serde_json::Map<String, serde_json::Value>,
    /// The first thing that went wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_fault: Option<String>,
}

impl Report {
    pub(crate) fn new(scenario: &'static str, measured: Duration, costs: Vec<Cost>) -> Self {
        Self {
            scenario,
            seconds: measured.as_secs_f64(),
            figures: serde_json::Map::new(),
            times: Vec::new(),
            costs,
            faults: serde_json::Map::new(),
            first_fault: None,
        }
    }

    /// Adds a number.
    pub(crate) fn figure(&mut self, name: &str, value: impl Into<serde_json::Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    /// Adds how often something happened, also a second, and what CPU time a million of them took all processes
    /// but the generator.
    pub(crate) fn rate(&mut self, name: &str, count: u64) {
        self.figure(name, count);
        self.figure(&format!("{name} a second"), (count as f64 / self.seconds).round());
        if let Some((_, servers)) = self.costs.split_last()
            && count > 0
            && !servers.is_empty()
        {
            let cpu: f64 = servers.iter().map(|cost| cost.user + cost.system).sum();
            self.figure(&format!("CPU seconds a million {name}"), cpu * 1e6 / count as f64);
        }
    }

    /// Adds how long something took.
    pub(crate) fn times(&mut self, name: &str, times: &Times) {
        self.times.push((name.to_owned(), times.summary()));
    }

    /// Adds what must be zero.
    pub(crate) fn fault(&mut self, name: &str, count: u64) {
        self.faults.insert(name.to_owned(), count.into());
    }

    pub(crate) fn sequence(&mut self, faults: Faults) {
        self.fault("lost", faults.lost);
        self.fault("doubled", faults.doubled);
        self.fault("disordered", faults.disordered);
    }

    pub(crate) fn first_fault(&mut self, words: Option<String>) {
        self.first_fault = words;
    }

    /// Whether anything was wrong.
    pub(crate) fn is_faulty(&self) -> bool {
        self.first_fault.is_some() || self.faults.values().any(|count| count.as_u64() != Some(0))
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}, {:.1} s", self.scenario, self.seconds)?;
        for (name, value) in &self.figures {
            match value.as_u64() {
                Some(whole) => writeln!(out, "  {name:<40} {whole:>12}")?,
                None => writeln!(out, "  {name:<40} {:>12.1}", value.as_f64().unwrap_or_default())?,
            }
        }
        if !self.times.is_empty() {
            writeln!(
                out,
                "  {:<28} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
                "ms", "count", "p50", "p90", "p99", "p99.9", "max"
            )?;
        }
        for (name, Summary { count, p50, p90, p99, p999, max }) in &self.times {
            writeln!(out, "  {name:<28} {count:>9} {p50:>9.2} {p90:>9.2} {p99:>9.2} {p999:>9.2} {max:>9.2}")?;
        }
        writeln!(
            out,
            "  {:<28} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "process", "user s", "system s", "MB before", "after", "peak"
        )?;
        for cost in &self.costs {
            let [before, after, peak] = [cost.resident_before, cost.resident_after, cost.resident_peak]
                .map(|bytes| bytes as f64 / 1e6);
            writeln!(
                out,
                "  {:<28} {:>9.2} {:>9.2} {before:>9.1} {after:>9.1} {peak:>9.1}",
                cost.name, cost.user, cost.system
            )?;
        }
        let faults: Vec<_> = self.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        writeln!(out, "  {}", faults.join(", "))?;
        match &self.first_fault {
            Some(fault) => writeln!(out, "  the first fault: {fault}"),
            None => Ok(()),
        }
    }
}
