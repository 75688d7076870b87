//! The command line: its words, and nothing of what they do.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
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
        self.command.as_ref().unwrap_or(&Command::Run(Role::Standalone))
    }

    /// Where this process's configuration comes from, and what it has to have.
    ///
    /// # Errors
    /// An option that makes no sense for the command, in words.
    pub(crate) fn sources(&self) -> Result<Sources, &'static str> {
        let role = match self.chosen() {
            Command::Run(role) | Command::CheckConfig { role: Some(role) } => *role,
            Command::CheckConfig { role: None } | Command::Import(_) | Command::Token { .. } => {
                Role::Standalone
            }
        };
        if self.options.demo && role != Role::Standalone {
            return Err("`--demo` is for standalone only");
        }
        Ok(Sources { serves: role.serves(), needed: role.needed(), ..self.options.sources() })
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
    fn sources(&self) -> Sources {
        let flags = Flags { listen: self.listen.clone(), data_dir: self.data_dir.clone(), demo: self.demo };
        // An empty NATTER_CONFIG, as compose files leave it, names no file.
        let named = |path: &PathBuf| !path.as_os_str().is_empty();
        Sources {
            reserved_events: natter_gateway::event_names().collect(),
            dialects: natter_gateway::dialect_names().collect(),
            ..Sources::of_process(self.config.clone().filter(named), flags)
        }
    }
}

/// What is done.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Serve.
    #[command(flatten)]
    Run(Role),
    /// Print the effective configuration and where each value came from, or all its faults
    CheckConfig {
        /// What it is for, where it is for one service of a cluster
        #[arg(value_name = "SERVICE")]
        role: Option<Role>,
    },
    /// Bring in users, conversations and messages of another server's MongoDB, while Natter is
    /// stopped (docs/migrating.md)
    Import(Import),
    /// Print an access token for a user
    Token {
        /// The user's id: 24 hex digits
        #[arg(long, value_name = "ID")]
        user: UserId,
    },
}

/// What a process that serves is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand, ValueEnum)]
pub(crate) enum Role {
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
}

impl Role {
    /// The key with the address where it serves clients.
    fn serves(self) -> Option<&'static str> {
        match self {
            Self::Standalone | Self::Gateway => Some("gateway.listen"),
            Self::MediaService => Some("media.listen"),
            Self::MessageService | Self::PresenceService => None,
        }
    }

    /// The keys without a default that it has to be given.
    fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Standalone => &[],
            Self::Gateway => &["nats.url", "auth.jwt_secret"],
            Self::MessageService => &["nats.url", "mongodb.url", "auth.jwt_secret"],
            Self::PresenceService => &["nats.url", "redis.url"],
            Self::MediaService => &["nats.url", "media.storage", "auth.jwt_secret"],
        }
    }
}

/// What is brought in from where.
#[derive(Debug, PartialEq, Eq, Args)]
pub(crate) struct Import {
    /// The old database, with its name: mongodb://host/database
    #[arg(long, value_name = "URL", env = "NATTER_IMPORT_FROM", hide_env_values = true)]
    pub(crate) from: String,
    /// Write nothing; say what would come of it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write what is not in as it was to this file, too, a line of JSON each
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command, Role};

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_said_is_standalone() {
        assert_eq!(parse("natter").chosen(), &Command::Run(Role::Standalone));
        assert_eq!(parse("natter --demo").chosen(), &Command::Run(Role::Standalone));
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
            let sources = cli.sources().unwrap();
            assert_eq!(cli.chosen(), &Command::Run(Role::Standalone), "{line}");
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
        for (name, role) in [
            ("gateway", Role::Gateway),
            ("message-service", Role::MessageService),
            ("presence-service", Role::PresenceService),
            ("media-service", Role::MediaService),
        ] {
            assert_eq!(parse(&format!("natter {name}")).chosen(), &Command::Run(role));
            let check = parse(&format!("natter check-config {name}"));
            assert_eq!(check.chosen(), &Command::CheckConfig { role: Some(role) });
            assert_eq!(check.sources().unwrap().needed, role.needed());
            assert!(parse(&format!("natter {name} --demo")).sources().is_err());
        }
        assert_eq!(parse("natter check-config").chosen(), &Command::CheckConfig { role: None });
    }
}
