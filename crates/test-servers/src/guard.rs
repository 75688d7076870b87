//! A server's process, and who ends it.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts a server, says its process id, and kills it when told or when the pipe to it ends: then
/// the test's process is gone, even if killed, and the directory is nobody's any more. Interrupts
/// are for the tests, which end the pipe.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
directory=$1; shift
"$@" </dev/null >>"$directory/log" 2>&1 &
echo $!
if read -r _; then kill -9 $!; wait; else kill -9 $!; wait; rm -rf "$directory"; fi 2>/dev/null
"#;

/// A running server.
pub(crate) struct Guard {
    shell: Child,
    /// The server's process.
    pub(crate) id: u32,
}

impl Guard {
    /// Starts the program, with what it prints in `log` of the directory.
    pub(crate) fn start(program: &Path, arguments: &[String], directory: &Path) -> Self {
        fs::create_dir_all(directory).expect("a directory for a server can be made");
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "guard"])
            .arg(directory)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not the tests' own: who reads that would wait for the server too.
            .stderr(File::create(directory.join("guard.log")).expect("a server's directory can be written"))
            .spawn()
            .expect("/bin/sh runs");
        let mut line = String::new();
        let mut output = BufReader::new(shell.stdout.take().expect("it is piped"));
        output.read_line(&mut line).expect("the shell says a process id");
        let id = line.trim().parse().expect("the shell says a process id");
        Self { shell, id }
    }

    /// Kills the server with SIGKILL, and waits until it is gone. Its directory stays.
    pub(crate) fn kill(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // A shell that is gone has killed it already.
            let _ = pipe.write_all(b"kill\n");
        }
        let _ = self.shell.wait();
    }

    /// Sends the server a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("/bin/kill").arg(format!("-{name}")).arg(self.id.to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "the server takes no signal");
    }

    /// Whether the process has not ended by itself.
    pub(crate) fn is_running(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id)).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
    }
}
