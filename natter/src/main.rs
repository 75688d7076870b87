//! The natter command: arguments in, exit code out.
//!
//! Exit codes: 0 done or drained, 1 failed, 2 told to do what can't be done (arguments or
//! configuration).

mod check_config;
mod cli;
mod clock;
mod demo;
mod process;
mod services;
mod standalone;
mod token;
mod tokens;

use std::process::ExitCode;

use clap::Parser;
use natter_domain::ports::Clock;
use natter_runtime::config::Faults;

use cli::{Cli, Command};
use clock::SystemClock;

/// Told to do what can't be done.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(feature = "crash-points")]
    if let Err(error) = natter_message_service::arm_crash_points() {
        eprintln!("natter: {}: {error}", natter_message_service::CRASH_AT_ENV);
        return ExitCode::from(UNUSABLE);
    }
    let sources = cli.options.sources();
    let result = match cli.chosen() {
        Command::Standalone => standalone::run(&sources),
        Command::CheckConfig => check_config::run(&sources).map_err(Into::into),
        Command::Token { user } => token::run(&sources, *user, SystemClock.now()),
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
