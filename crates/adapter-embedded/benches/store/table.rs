//! The printed table.

use std::time::Duration;

pub(crate) fn head() {
    println!("| what | a second | p50 | p99 |");
    println!("| --- | ---: | ---: | ---: |");
}

/// Whether this was asked for.
pub(crate) fn wants(what: &str) -> bool {
    std::env::args().skip(1).all(|argument| argument.starts_with('-') || what.contains(&argument))
}

/// Prints how long each of many took, and how many were done a second where that is of interest.
pub(crate) fn row(what: &str, mut times: Vec<Duration>, total: Option<Duration>) {
    times.sort();
    let at = |part: usize| format(times[(times.len() * part / 100).min(times.len() - 1)]);
    let rate = total.map(|total| format!("{:.0}", times.len() as f64 / total.as_secs_f64()));
    println!("| {what} | {} | {} | {} |", rate.unwrap_or_default(), at(50), at(99));
}

fn format(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1_000.0;
    if millis < 1.0 { format!("{:.0} µs", millis * 1_000.0) } else { format!("{millis:.1} ms") }
}
