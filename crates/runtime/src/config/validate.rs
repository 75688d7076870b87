//! What types can't say: ranges, and values that must fit each other.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use figment::value::Value;
use tracing_subscriber::EnvFilter;

use super::{
    Config, Endpoint, Sources,
    keys::{leaves, values},
    value::duration,
};

/// The most that clocks may be said to differ.
const MAX_LEEWAY: Duration = Duration::from_secs(30);

/// More are a slip of the pen.
const MAX_THREADS: u16 = 1024;

/// A shorter secret can be found by trying (RFC 7518, 3.2).
const MIN_SECRET_BYTES: usize = 32;

/// Names that Socket.IO keeps for itself.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// What a check found.
#[derive(Default)]
pub(super) struct Findings {
    /// Keys, and what is wrong with them.
    pub faults: Vec<(&'static str, String)>,
    /// What is allowed and worth a look.
    pub warnings: Vec<String>,
}

impl Findings {
    fn require(&mut self, holds: bool, key: &'static str, otherwise: impl Into<String>) {
        if !holds {
            self.faults.push((key, otherwise.into()));
        }
    }

    fn require_scheme(&mut self, key: &'static str, url: Option<&Endpoint>, schemes: &[&str]) {
        let Some(url) = url else { return };
        self.require(
            schemes.contains(&url.scheme()),
            key,
            format!("expected a URL with `{}://`", schemes.join("://` or `")),
        );
    }

    fn require_more_than_zero(&mut self, key: &'static str, duration: Duration) {
        self.require(!duration.is_zero(), key, "must be more than 0");
    }
}

/// Checks a whole configuration, for the process that these are the sources of.
pub(super) fn check(config: &Config, sources: &Sources) -> Findings {
    let mut findings = Findings::default();
    check_needed(config, sources.needed, &mut findings);
    findings.require(
        EnvFilter::try_new(&config.log).is_ok(),
        "log",
        "expected a filter such as `info` or `warn,natter=debug`",
    );
    findings.require(config.threads <= MAX_THREADS, "threads", format!("must be at most {MAX_THREADS}"));
    check_listeners(config, sources, &mut findings);
    check_default_dialect(config, &sources.dialects, &mut findings);
    check_relay_events(config, &sources.reserved_events, &mut findings);
    check_gateway(config, &mut findings);
    check_media(config, &mut findings);
    check_tokens(config, &mut findings);
    check_keys(config, &mut findings);
    check_servers(config, &mut findings);
    findings
}

fn check_needed(config: &Config, needed: &[&'static str], findings: &mut Findings) {
    let values = leaves(&values(config));
    for key in needed.iter().copied() {
        let set = values.iter().any(|(name, value)| name == key && !matches!(value, Value::Empty(..)));
        findings.require(set, key, "is needed by this process, and not set");
    }
}

fn check_listeners(config: &Config, sources: &Sources, findings: &mut Findings) {
    let gateway = config.gateway.listen;
    findings.require(
        !sources.flags.demo || gateway.ip().is_loopback(),
        "gateway.listen",
        "`--demo` hands out tokens, so it only listens on a loopback address such as 127.0.0.1:3100",
    );
    let collide = |a: SocketAddr, b: SocketAddr| {
        let overlap = a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified();
        a.port() != 0 && a.port() == b.port() && overlap
    };
    let Some(health) = config.health.listen else { return };
    let clients = match sources.serves {
        Some("gateway.listen") => gateway,
        Some("media.listen") => config.media.listen,
        _ => return,
    };
    findings.require(!collide(health, clients), "health.listen", "is the address where clients are served");
}

/// Packets that a socket must be able to hold, or whoever is far behind could never catch up.
const LEAST_OUTBOUND: u16 = 512;

fn check_default_dialect(config: &Config, dialects: &[&str], findings: &mut Findings) {
    findings.require(
        dialects.is_empty() || dialects.contains(&config.gateway.default_dialect.as_str()),
        "gateway.default_dialect",
        format!("expected `{}`", dialects.join("` or `")),
    );
}

fn check_relay_events(config: &Config, reserved_events: &[&str], findings: &mut Findings) {
    const KEY: &str = "gateway.relay_events";
    for name in &config.gateway.relay_events {
        let name = name.as_str();
        findings.require(
            !RESERVED_EVENTS.contains(&name),
            KEY,
            format!("`{name}` is a name that Socket.IO keeps for itself"),
        );
        findings.require(
            !reserved_events.contains(&name),
            KEY,
            format!("`{name}` is an event of a dialect, and can't be relayed"),
        );
    }
}

fn check_gateway(config: &Config, findings: &mut Findings) {
    let gateway = &config.gateway;
    findings.require(
        gateway.outbound_queue.get() >= LEAST_OUTBOUND,
        "gateway.outbound_queue",
        format!("must be at least {LEAST_OUTBOUND}: a join sends up to 300 packets at once"),
    );
    findings.require(gateway.max_payload >= 1024, "gateway.max_payload", "must be at least 1KiB");
    findings.require(
        gateway.relay_max_payload <= gateway.max_payload,
        "gateway.relay_max_payload",
        "must not be more than gateway.max_payload",
    );
    for origin in &gateway.origins {
        findings.require(
            is_origin(origin),
            "gateway.origins",
            format!("`{origin}` is no origin; expected `https://host` or `https://host:port`"),
        );
    }
    for prefix in &gateway.media_url_prefixes {
        // Without a slash behind the host, `https://cdn.example` would allow `https://cdn.example.org`.
        findings.require(
            is_url_with_path(prefix),
            "gateway.media_url_prefixes",
            format!("`{prefix}` must be `https://host/…`, with a slash after the host"),
        );
    }
    findings.require(
        gateway.trusted_proxies.is_empty() || gateway.trusted_hops > 0,
        "gateway.trusted_proxies",
        "has no effect while gateway.trusted_hops is 0",
    );
    for (key, duration) in [
        ("gateway.ping_interval", gateway.ping_interval),
        ("gateway.ping_timeout", gateway.ping_timeout),
        ("gateway.write_timeout", gateway.write_timeout),
        ("gateway.command_timeout", gateway.command_timeout),
    ] {
        findings.require_more_than_zero(key, duration);
    }
}

fn check_media(config: &Config, findings: &mut Findings) {
    let media = &config.media;
    findings.require_scheme("media.public_url", media.public_url.as_ref(), &["http", "https"]);
    for (key, bound) in [
        ("media.max_media_size", media.max_media_size),
        ("media.max_upload_size", media.max_upload_size),
        ("media.max_photo_size", media.max_photo_size),
        ("media.max_image_pixels", media.max_image_pixels),
        ("media.max_image_memory", media.max_image_memory),
    ] {
        findings.require(bound > 0, key, "must be more than 0");
    }
}

fn check_tokens(config: &Config, findings: &mut Findings) {
    let auth = &config.auth;
    findings.require(
        auth.leeway <= MAX_LEEWAY,
        "auth.leeway",
        format!("must be at most {}", duration::format(MAX_LEEWAY)),
    );
    for (key, duration) in
        [("auth.access_token_ttl", auth.access_token_ttl), ("auth.jwks_refresh", auth.jwks_refresh)]
    {
        let enough = duration >= Duration::from_secs(1);
        findings.require(enough, key, "must be at least 1s");
    }
    findings.require(
        auth.refresh_token_ttl >= auth.access_token_ttl,
        "auth.refresh_token_ttl",
        "must not be less than auth.access_token_ttl",
    );
    findings.require(
        auth.refresh_grace <= auth.refresh_token_ttl,
        "auth.refresh_grace",
        "must not be more than auth.refresh_token_ttl",
    );
    if let Some(token) = &auth.admin_token {
        let enough = token.expose().len() >= MIN_SECRET_BYTES;
        findings.require(enough, "auth.admin_token", format!("must have at least {MIN_SECRET_BYTES} bytes"));
        let own = auth.jwt_secret.as_ref() != Some(token);
        findings.require(own, "auth.admin_token", "must be another one than auth.jwt_secret");
    }
    if let Some(secret) = &auth.jwt_secret
        && secret.expose().len() < MIN_SECRET_BYTES
    {
        let bytes = secret.expose().len();
        findings
            .warnings
            .push(format!("auth.jwt_secret has {bytes} bytes; fewer than {MIN_SECRET_BYTES} can be guessed"));
    }
}

fn check_keys(config: &Config, findings: &mut Findings) {
    let auth = &config.auth;
    findings.require(!auth.algorithms.is_empty(), "auth.algorithms", "at least one is needed");
    let has_key = auth.public_key.is_some()
        || auth.public_key_file.is_some()
        || auth.jwks_file.is_some()
        || auth.jwks_url.is_some();
    let takes_key = auth.algorithms.iter().any(|a| a.is_asymmetric());
    findings.require(
        has_key || !takes_key,
        "auth.algorithms",
        "RS256, ES256 and EdDSA need one of auth.public_key, auth.public_key_file, auth.jwks_file and auth.jwks_url",
    );
    findings.require(
        takes_key || !has_key,
        "auth.algorithms",
        "a public key is configured, but none of RS256, ES256 and EdDSA is accepted",
    );
    findings.require(
        auth.public_key.is_none() || auth.public_key_file.is_none(),
        "auth.public_key_file",
        "auth.public_key is set too; only one can be used",
    );
    findings.require(
        auth.jwks_file.is_none() || auth.jwks_url.is_none(),
        "auth.jwks_url",
        "auth.jwks_file is set too; only one can be used",
    );
    if let Some(pem) = &auth.public_key {
        findings.require(is_public_pem(pem), "auth.public_key", "expected a public key as PEM");
    }
    for (key, path) in [
        ("auth.public_key_file", auth.public_key_file.as_deref()),
        ("auth.jwks_file", auth.jwks_file.as_deref()),
    ] {
        if let Some(error) = path.and_then(unreadable) {
            findings.require(false, key, format!("can't be read: {error}"));
        }
    }
    findings.require_scheme("auth.jwks_url", auth.jwks_url.as_ref(), &["http", "https"]);
}

fn check_servers(config: &Config, findings: &mut Findings) {
    let servers: [(_, _, &[&str]); 4] = [
        ("nats.url", &config.nats.url, &["nats", "tls", "ws", "wss"]),
        ("mongodb.url", &config.mongodb.url, &["mongodb", "mongodb+srv"]),
        ("redis.url", &config.redis.url, &["redis", "rediss"]),
        ("otlp.endpoint", &config.otlp.endpoint, &["http", "https"]),
    ];
    for (key, url, schemes) in servers {
        findings.require_scheme(key, url.as_ref(), schemes);
    }
    findings.require(
        (0.0..=1.0).contains(&config.otlp.sample_ratio),
        "otlp.sample_ratio",
        "must be from 0 to 1",
    );
}

/// Whether a text is what a browser sends as `Origin`: a scheme, a host, perhaps a port.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty()
            && !host.is_empty()
            && !host.contains(|c: char| "/?#@*".contains(c) || c.is_whitespace())
    })
}

fn is_url_with_path(text: &str) -> bool {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(host, _)| !host.is_empty() && !host.contains('@'))
}

fn is_public_pem(text: &str) -> bool {
    text.contains("-----BEGIN ") && !text.contains("PRIVATE KEY")
}

fn unreadable(path: &Path) -> Option<std::io::Error> {
    fs::File::open(path).err()
}
