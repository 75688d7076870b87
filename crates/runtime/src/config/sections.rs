//! The small sections: servers of a cluster, health, traces, standalone.

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::value::{Endpoint, optional};

/// The broker of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatsConfig {
    /// `nats://host:4222`, several with commas.
    #[serde(deserialize_with = "optional::deserialize")]
    pub url: Option<Endpoint>,
}

/// The store of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MongodbConfig {
    /// `mongodb://host/database?replicaSet=rs0`.
    #[serde(deserialize_with = "optional::deserialize")]
    pub url: Option<Endpoint>,
}

/// The presence store of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// `redis://host:6379/0`.
    #[serde(deserialize_with = "optional::deserialize")]
    pub url: Option<Endpoint>,
}

/// Health and metrics on their own port.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthConfig {
    /// Where health and metrics are served. Standalone and gateway serve health on their own port
    /// too, and metrics there only while this is absent.
    #[serde(deserialize_with = "optional::deserialize")]
    pub listen: Option<SocketAddr>,
}

/// Export of traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OtlpConfig {
    /// The base URL of an OTLP collector (HTTP, protobuf), such as `http://localhost:4318`.
    #[serde(deserialize_with = "optional::deserialize")]
    pub endpoint: Option<Endpoint>,
    /// The share of traces that is exported, from 0 to 1.
    pub sample_ratio: f64,
}

impl Default for OtlpConfig {
    fn default() -> Self {
        Self { endpoint: None, sample_ratio: 1.0 }
    }
}

/// Everything in one process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StandaloneConfig {
    /// The directory with the store, the media and the secret of tokens.
    pub data_dir: PathBuf,
}

impl Default for StandaloneConfig {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("./natter-data") }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// An object a line, for machines.
    Json,
}
