//! The natter command: arguments in, exit code out.
//!
//! Exit codes: 0 done or drained, 1 failed, 2 told to do what can't be done (arguments or
//! configuration), 3 imported, but not everything as it was.

mod check_config;
mod cli;
mod clock;
mod cluster;
mod demo;
mod import;
mod media;
mod process;
mod servers;
mod services;
mod standalone;
mod token;
mod tokens;

use std::process::ExitCode;

use clap::Parser;
use natter_domain::ports::Clock;
use natter_runtime::config::Faults;

use cli::{Cli, Command, Role};
use clock::SystemClock;
use import::NotAllIn;

/// Told to do what can't be done.
const UNUSABLE: u8 = 2;
/// Imported, but not everything as it was.
const NOT_ALL_IN: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(feature = "crash-points")]
    if let Err(error) = natter_message_service::arm_crash_points() {
        eprintln!("natter: {}: {error}", natter_message_service::CRASH_AT_ENV);
        return ExitCode::from(UNUSABLE);
    }
    let sources = match cli.sources() {
        Ok(sources) => sources,
        Err(error) => {
            eprintln!("natter: {error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    let result = match cli.chosen() {
        Command::Run(Role::Standalone) => standalone::run(&sources),
        Command::Run(Role::Gateway) => cluster::gateway(&sources),
        Command::Run(Role::MessageService) => cluster::message_service(&sources),
        Command::Run(Role::PresenceService) => cluster::presence_service(&sources),
        Command::Run(Role::MediaService) => cluster::media_service(&sources),
        Command::CheckConfig { .. } => check_config::run(&sources).map_err(Into::into),
        Command::Import(options) => import::run(&sources, options, SystemClock.now()),
        Command::Token { user } => token::run(&sources, *user, SystemClock.now()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("natter: {error:#}");
            match (error.is::<Faults>(), error.is::<NotAllIn>()) {
                (true, _) => ExitCode::from(UNUSABLE),
                (_, true) => ExitCode::from(NOT_ALL_IN),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
