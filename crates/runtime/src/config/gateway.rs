//! The gateway's keys.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU16,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::value::{Limit, Network, duration, list, size};

/// Sockets and HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// Where sockets and HTTP are served.
    pub listen: SocketAddr,
    /// The dialect of a socket that names none; one of [`super::Sources::dialects`].
    pub default_dialect: String,
    /// Names of the events that are relayed and never stored.
    #[serde(deserialize_with = "list::deserialize")]
    pub relay_events: Vec<String>,
    /// The largest payload of a relayed event, in bytes.
    #[serde(with = "size")]
    pub relay_max_payload: u64,
    /// Origins that browsers may come from, with credentials; empty: any, without credentials.
    #[serde(deserialize_with = "list::deserialize")]
    pub origins: Vec<String>,
    /// How many proxies in front are trusted: a client's address is the entry of
    /// `X-Forwarded-For` that the outermost of them added. 0: the header is not looked at.
    pub trusted_hops: u8,
    /// Where those proxies may connect from; empty: from anywhere.
    #[serde(deserialize_with = "list::deserialize")]
    pub trusted_proxies: Vec<Network>,
    /// How often Engine.IO pings a socket.
    #[serde(with = "duration")]
    pub ping_interval: Duration,
    /// How long a socket may take to answer a ping.
    #[serde(with = "duration")]
    pub ping_timeout: Duration,
    /// How long a connection may accept no byte while there is something to write.
    #[serde(with = "duration")]
    pub write_timeout: Duration,
    /// The largest event, frame or JSON body from a client, in bytes.
    #[serde(with = "size")]
    pub max_payload: u64,
    /// How many sockets one gateway holds; 0: no limit.
    pub max_sockets: Limit,
    /// How many events of one socket may wait to be worked on.
    pub inbound_queue: NonZeroU16,
    /// How many packets may wait to be written to one socket.
    pub outbound_queue: NonZeroU16,
    /// How long a command may take, retries included.
    #[serde(with = "duration")]
    pub command_timeout: Duration,
    /// How long before its token expires a socket is told.
    #[serde(with = "duration")]
    pub session_expiring_notice: Duration,
    /// What the URLs of media in messages may begin with, beside those of the own media service.
    #[serde(deserialize_with = "list::deserialize")]
    pub media_url_prefixes: Vec<String>,
    /// How long a draining gateway is unready before it sends clients away.
    #[serde(with = "duration")]
    pub pre_stop: Duration,
    /// Over how long a draining gateway spreads the disconnecting of its sockets.
    #[serde(with = "duration")]
    pub drain_window: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 3100),
            default_dialect: "colon".to_owned(),
            relay_events: vec!["strokePoint".to_owned()],
            relay_max_payload: 4 * 1024,
            origins: Vec::new(),
            trusted_hops: 0,
            trusted_proxies: Vec::new(),
            ping_interval: Duration::from_secs(15),
            ping_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(2),
            max_payload: 64 * 1024,
            max_sockets: Limit::NONE,
            inbound_queue: NonZeroU16::MIN.saturating_add(255),
            outbound_queue: NonZeroU16::MIN.saturating_add(1023),
            command_timeout: Duration::from_secs(5),
            session_expiring_notice: Duration::from_secs(60),
            media_url_prefixes: Vec::new(),
            pre_stop: Duration::ZERO,
            drain_window: Duration::from_secs(60),
        }
    }
}
