//! The natter command: arguments in, exit code out.
//!
//! Exit codes: 0 done or drained, 1 failed, 2 told to do what can't be done (arguments or
//! configuration).

mod check_config;
mod cli;
mod token;

use std::{process::ExitCode, time::SystemTime};

use clap::Parser;
use natter_domain::time::Timestamp;
use natter_runtime::config::Faults;

use cli::{Cli, Command};

/// Told to do what can't be done.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let sources = cli.options.sources();
    let result = match cli.chosen() {
        Command::Standalone => Err(anyhow::anyhow!("not built yet: standalone")),
        Command::CheckConfig => check_config::run(&sources).map_err(Into::into),
        Command::Token { user } => token::run(&sources, *user, now()),
        Command::Gateway | Command::MessageService | Command::PresenceService | Command::MediaService => {
            eprintln!("natter: not built yet: the cluster adapters come with a later version");
            return ExitCode::from(UNUSABLE);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("natter: {error:#}");
            match error.is::<Faults>() {
                true => ExitCode::from(UNUSABLE),
                false => ExitCode::FAILURE,
            }
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
