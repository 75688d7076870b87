//! Defaults, precedence, and how values are written in each source.

use std::time::Duration;

use super::{environment, file, from_environment};
use crate::config::{Algorithm, Config, LogFormat, Sources, Storage};

#[test]
fn nothing_set_gives_the_defaults_of_the_contract() {
    let config = from_environment(&[("PATH", "/bin")]).unwrap().config;
    assert_eq!(config, Config::default());
    assert_eq!(config.gateway.listen.port(), 3100);
    assert_eq!(config.gateway.relay_events, ["strokePoint"]);
    assert_eq!(config.gateway.drain_window, Duration::from_secs(60));
    assert_eq!(config.auth.refresh_grace, Duration::from_secs(10));
    let limits = [
        (config.limits.registrations_per_minute, 20),
        (config.limits.logins_per_minute, 20),
        (config.limits.connections_per_user, 20),
        (config.limits.connections_per_address, 0),
        (config.limits.events_per_second, 50),
        (config.limits.messages_per_minute, 120),
        (config.limits.uploads_per_minute, 20),
        (config.limits.relays_per_second, 120),
    ];
    for (limit, expected) in limits {
        assert_eq!(limit.get().map_or(0, u32::from), expected);
    }
    assert_eq!(config.limits.events_burst().map(u32::from), Some(250));
}

#[test]
fn later_sources_win() {
    let file = file(
        "log = \"warn\"\n[gateway]\nlisten = \"127.0.0.1:1\"\nping_timeout = \"1s\"\nping_interval = \"1s\"\n",
    );
    let mut sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    let listen = |sources: &Sources| sources.load().unwrap().config.gateway.listen.port();
    assert_eq!(listen(&sources), 1);
    sources.environment =
        environment(&[("NATTER_GATEWAY__LISTEN", "127.0.0.1:2"), ("NATTER_GATEWAY__PING_TIMEOUT", "2s")]);
    assert_eq!(listen(&sources), 2);
    sources.flags.listen = Some("127.0.0.1:3".to_owned());
    assert_eq!(listen(&sources), 3);

    let gateway = sources.load().unwrap().config.gateway;
    assert_eq!(gateway.ping_interval, Duration::from_secs(1), "of the file");
    assert_eq!(gateway.ping_timeout, Duration::from_secs(2), "of the environment");
    assert_eq!(gateway.write_timeout, Duration::from_secs(2), "the default");
}

#[test]
fn every_kind_of_value_can_come_from_the_environment() {
    let config = from_environment(&[
        ("NATTER_LOG", "warn,natter=debug"),
        ("NATTER_LOG_FORMAT", "json"),
        ("NATTER_GATEWAY__DEFAULT_DIALECT", "snake"),
        ("NATTER_GATEWAY__RELAY_EVENTS", "strokePoint, cursor"),
        ("NATTER_GATEWAY__MAX_PAYLOAD", "1MB"),
        ("NATTER_GATEWAY__TRUSTED_HOPS", "1"),
        ("NATTER_GATEWAY__TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
        ("NATTER_AUTH__JWT_SECRET", "0123456789"),
        ("NATTER_AUTH__ACCESS_TOKEN_TTL", "5s"),
        ("NATTER_AUTH__ISSUER", "123"),
        ("NATTER_MEDIA__STORAGE", "s3://bucket"),
        ("NATTER_HEALTH__LISTEN", "[::1]:9100"),
        ("NATTER_OTLP__SAMPLE_RATIO", "0.25"),
        ("NATTER_LIMITS__LOGINS_PER_MINUTE", "0"),
        ("NATTER_CONFIG", "not-a-key.toml"),
    ])
    .unwrap()
    .config;
    assert_eq!(config.log, "warn,natter=debug");
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.gateway.default_dialect, "snake");
    assert_eq!(config.gateway.relay_events, ["strokePoint", "cursor"]);
    assert_eq!(config.gateway.max_payload, 1_000_000);
    assert_eq!(config.gateway.trusted_proxies.len(), 2);
    let secret = config.auth.jwt_secret.unwrap();
    assert_eq!(secret.expose(), "0123456789", "never read as a number");
    assert_eq!(config.auth.issuer.as_deref(), Some("123"));
    assert_eq!(config.auth.access_token_ttl, Duration::from_secs(5));
    let bucket = Storage::S3 { bucket: "bucket".to_owned(), prefix: String::new() };
    assert_eq!(config.media.storage, Some(bucket));
    assert!(config.health.listen.is_some_and(|listen| listen.is_ipv6()));
    assert_eq!(config.otlp.sample_ratio, 0.25);
    assert_eq!(config.limits.logins_per_minute.get(), None, "0 is none");
}

#[test]
fn an_empty_text_takes_back_what_the_file_sets() {
    let file = file("[gateway]\nrelay_events = [\"a\", \"b\"]\n[nats]\nurl = \"nats://a:1\"\n");
    let sources = Sources {
        file: Some(file.path().to_owned()),
        environment: environment(&[("NATTER_NATS__URL", ""), ("NATTER_GATEWAY__RELAY_EVENTS", "")]),
        ..Sources::default()
    };
    let config = sources.load().unwrap().config;
    assert_eq!(config.nats.url, None);
    assert!(config.gateway.relay_events.is_empty());
}

#[test]
fn asymmetric_algorithms_go_with_a_public_key() {
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    let config =
        from_environment(&[("NATTER_AUTH__ALGORITHMS", "hs256,EdDSA"), ("NATTER_AUTH__PUBLIC_KEY", pem)])
            .unwrap()
            .config;
    assert_eq!(config.auth.algorithms, [Algorithm::Hs256, Algorithm::EdDsa]);
}
