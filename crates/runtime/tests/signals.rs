//! The second signal ends a process that hangs in its drain. The process is this test's own binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    env,
    io::{BufRead, BufReader, Lines},
    process::{ChildStdout, Command, Stdio},
    time::Duration,
};

use natter_runtime::shutdown::stop_on_signals;

#[tokio::test]
#[ignore = "the process that the other test starts"]
async fn hangs_in_its_drain() {
    let stop = stop_on_signals().unwrap();
    println!("\nstarted");
    stop.cancelled().await;
    println!("\ndraining");
    // Bounded only for those who run ignored tests.
    tokio::time::sleep(Duration::from_secs(60)).await;
}

fn wait_for(lines: &mut Lines<BufReader<ChildStdout>>, wanted: &str) {
    let found = lines.any(|line| line.unwrap() == wanted);
    assert!(found, "the process ended before it said {wanted}");
}

fn send(signal: &str, process: u32) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn the_second_signal_ends_the_process_at_once() {
    for (first, second) in [("-TERM", "-TERM"), ("-INT", "-TERM")] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["hangs_in_its_drain", "--exact", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        wait_for(&mut lines, "started");
        send(first, child.id());
        wait_for(&mut lines, "draining");
        send(second, child.id());
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}
