//! The command line: its words, and nothing of what they do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use natter_domain::id::UserId;
use natter_runtime::config::{CONFIG_FILE_ENV, Flags, Sources};

/// A chat server for socket.io clients. Without a command: everything in one process.
#[derive(Debug, Parser)]
#[command(name = "natter", version)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) options: Options,
    /// What to do; nothing said is `standalone`.
    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// What to do.
    pub(crate) fn chosen(&self) -> &Command {
        self.command.as_ref().unwrap_or(&Command::Standalone)
    }
}

/// Options that may stand before or after the command.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = CONFIG_FILE_ENV)]
    config: Option<PathBuf>,
    /// Where sockets and HTTP are served, such as 127.0.0.1:3100
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The directory of standalone's data, such as ./natter-data
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// Add two demo users and print their tokens; listens on loopback only
    #[arg(long, global = true)]
    demo: bool,
}

impl Options {
    /// Where this process's configuration comes from.
    pub(crate) fn sources(&self) -> Sources {
        let flags = Flags { listen: self.listen.clone(), data_dir: self.data_dir.clone(), demo: self.demo };
        // An empty NATTER_CONFIG, as compose files leave it, names no file.
        let named = |path: &PathBuf| !path.as_os_str().is_empty();
        Sources {
            reserved_events: natter_gateway::event_names().collect(),
            ..Sources::of_process(self.config.clone().filter(named), flags)
        }
    }
}

/// What the process does.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Everything in one process, on embedded storage (the default)
    Standalone,
    /// One gateway of a cluster
    Gateway,
    /// One message service of a cluster
    MessageService,
    /// One presence service of a cluster
    PresenceService,
    /// One media service of a cluster
    MediaService,
    /// Print the effective configuration and where each value came from, or all its faults
    CheckConfig,
    /// Print an access token for a user
    Token {
        /// The user's id: 24 hex digits
        #[arg(long, value_name = "ID")]
        user: UserId,
    },
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command};

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_said_is_standalone() {
        assert_eq!(parse("natter").chosen(), &Command::Standalone);
        assert_eq!(parse("natter --demo").chosen(), &Command::Standalone);
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for line in [
            "natter --listen 127.0.0.1:1 --data-dir /d --config /c --demo",
            "natter --listen 127.0.0.1:1 --data-dir /d --config /c --demo standalone",
            "natter standalone --listen 127.0.0.1:1 --data-dir /d --config /c --demo",
            "natter --demo standalone --listen=127.0.0.1:1 --data-dir=/d --config=/c",
        ] {
            let cli = parse(line);
            let sources = cli.options.sources();
            assert_eq!(cli.chosen(), &Command::Standalone, "{line}");
            assert_eq!(sources.flags.listen.as_deref(), Some("127.0.0.1:1"), "{line}");
            assert_eq!(sources.flags.data_dir, Some("/d".into()), "{line}");
            assert_eq!(sources.file, Some("/c".into()), "{line}");
            assert!(sources.flags.demo, "{line}");
        }
    }

    #[test]
    fn a_token_is_for_a_user_with_a_proper_id() {
        let id = "0123456789abcdef01234567";
        let user = id.parse().unwrap();
        assert_eq!(parse(&format!("natter token --user {id}")).chosen(), &Command::Token { user });
        for line in ["natter token", "natter token --user ada"] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn every_service_has_its_command() {
        for (name, command) in [
            ("gateway", Command::Gateway),
            ("message-service", Command::MessageService),
            ("presence-service", Command::PresenceService),
            ("media-service", Command::MediaService),
            ("check-config", Command::CheckConfig),
        ] {
            assert_eq!(parse(&format!("natter {name}")).chosen(), &command);
        }
    }
}
