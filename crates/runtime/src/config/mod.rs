//! The configuration: every key with its default and meaning, and how it is loaded.
//!
//! Owns the keys, their sources and their validation. Knows nothing of what the services do with
//! the values. The same keys are described for users in `docs/configuration.md`; a test holds the
//! two together.

pub mod value;

mod auth;
mod describe;
mod environment;
mod fault;
mod gateway;
mod keys;
mod limits;
mod load;
mod media;
mod sections;
mod validate;

#[cfg(test)]
mod tests;

pub use auth::{Algorithm, AuthConfig, Provision};
pub use fault::{Fault, Faults};
pub use gateway::GatewayConfig;
pub use keys::{CONFIG_FILE_ENV, ENV_PREFIX, env_name, keys};
pub use limits::LimitsConfig;
pub use load::{Flags, Loaded, Sources};
pub use media::MediaConfig;
pub use sections::{
    HealthConfig, LogFormat, MongodbConfig, NatsConfig, OtlpConfig, RedisConfig, StandaloneConfig,
};
pub use value::{Endpoint, Limit, Network, Secret, Storage};

use serde::{Deserialize, Serialize};

/// Everything that can be configured. `Default` is what an empty configuration gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What is logged: a filter in the syntax of tracing's `EnvFilter`, such as `info,natter=debug`.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Threads on which a process does its work. 0: one for every two cores, at least one.
    pub threads: u16,
    /// Sockets and HTTP.
    pub gateway: GatewayConfig,
    /// Upload and download.
    pub media: MediaConfig,
    /// Tokens and passwords.
    pub auth: AuthConfig,
    /// The broker of a cluster.
    pub nats: NatsConfig,
    /// The store of a cluster.
    pub mongodb: MongodbConfig,
    /// The presence store of a cluster.
    pub redis: RedisConfig,
    /// Health and metrics on their own port.
    pub health: HealthConfig,
    /// Export of traces.
    pub otlp: OtlpConfig,
    /// Limits; 0 is none.
    pub limits: LimitsConfig,
    /// Everything in one process.
    pub standalone: StandaloneConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            log_format: LogFormat::default(),
            threads: 0,
            gateway: GatewayConfig::default(),
            media: MediaConfig::default(),
            auth: AuthConfig::default(),
            nats: NatsConfig::default(),
            mongodb: MongodbConfig::default(),
            redis: RedisConfig::default(),
            health: HealthConfig::default(),
            otlp: OtlpConfig::default(),
            limits: LimitsConfig::default(),
            standalone: StandaloneConfig::default(),
        }
    }
}
