//! What is refused, and in which words.

use super::{environment, fault_lines, file, from_environment, from_file};
use crate::config::{Config, Flags, Sources};

#[test]
fn all_faults_are_listed_at_once() {
    let file = file(
        "[gateway]\nlisten = \"nowhere\"\nlisen = 1\n[limits]\nlogins_per_minute = -1\n[gatway]\nx = 1\n",
    );
    let sources = Sources {
        file: Some(file.path().to_owned()),
        environment: environment(&[
            ("NATTER_AUTH__LEEWAY", "31s"),
            ("NATTER_AUTH__ACCESS_TOKEN_TTL", "10"),
            ("NATTER_GATEWAY__LISEN", "x"),
            ("NATTER_LOG_FORMAT", "xml"),
        ]),
        ..Sources::default()
    };
    let lines = fault_lines(sources.load());
    for part in [
        "gateway.listen (NATTER_GATEWAY__LISTEN), set by file ",
        ": expected an address and a port, such as `127.0.0.1:3100`",
        "gateway.lisen, set by file ",
        "unknown key; the nearest is `gateway.listen`",
        "limits.logins_per_minute (NATTER_LIMITS__LOGINS_PER_MINUTE), set by file ",
        "unknown section; the nearest is `gateway`",
        "auth.leeway (NATTER_AUTH__LEEWAY), set by environment: must be at most 30s",
        "auth.access_token_ttl (NATTER_AUTH__ACCESS_TOKEN_TTL), set by environment: expected a duration with its unit",
        "NATTER_GATEWAY__LISEN: unknown name; the nearest is `NATTER_GATEWAY__LISTEN`",
        "log_format (NATTER_LOG_FORMAT), set by environment: expected `text` or `json`",
    ] {
        assert!(lines.iter().any(|line| line.contains(part)), "{part}\nin {lines:#?}");
    }
    assert_eq!(lines.len(), 8, "{lines:#?}");
}

#[test]
fn names_that_kubernetes_injects_are_passed_over() {
    let injected =
        [("NATTER_GATEWAY_SERVICE_HOST", "10.0.0.1"), ("NATTER_GATEWAY_PORT", "tcp://10.0.0.1:3100")];
    assert_eq!(from_environment(&injected).unwrap().config, Config::default());
}

#[test]
fn values_that_do_not_fit_are_faults() {
    for (name, value) in [
        ("NATTER_LOG", "natter=loud"),
        ("NATTER_THREADS", "1025"),
        ("NATTER_THREADS", "-1"),
        ("NATTER_GATEWAY__ORIGINS", "https://a.example/"),
        ("NATTER_GATEWAY__ORIGINS", "*"),
        ("NATTER_GATEWAY__MEDIA_URL_PREFIXES", "https://cdn.example"),
        ("NATTER_GATEWAY__TRUSTED_PROXIES", "10.0.0.0/8"),
        ("NATTER_GATEWAY__RELAY_EVENTS", "disconnect"),
        ("NATTER_GATEWAY__RELAY_MAX_PAYLOAD", "1MiB"),
        ("NATTER_GATEWAY__PING_INTERVAL", "0s"),
        ("NATTER_GATEWAY__INBOUND_QUEUE", "0"),
        ("NATTER_HEALTH__LISTEN", "127.0.0.1:3100"),
        ("NATTER_AUTH__ALGORITHMS", ""),
        ("NATTER_AUTH__ADMIN_TOKEN", "short"),
        ("NATTER_AUTH__PROVISION", "always"),
        ("NATTER_AUTH__ALGORITHMS", "none"),
        ("NATTER_AUTH__ALGORITHMS", "HS256,RS256"),
        ("NATTER_AUTH__PUBLIC_KEY_FILE", "/does/not/exist.pem"),
        ("NATTER_AUTH__ACCESS_TOKEN_TTL", "0"),
        ("NATTER_AUTH__REFRESH_TOKEN_TTL", "1m"),
        ("NATTER_NATS__URL", "http://localhost"),
        ("NATTER_MEDIA__STORAGE", "media"),
        ("NATTER_MEDIA__MAX_MEDIA_SIZE", "0"),
        ("NATTER_OTLP__SAMPLE_RATIO", "2"),
    ] {
        let lines = fault_lines(from_environment(&[(name, value)]));
        assert!(!lines.is_empty(), "{name}={value}");
    }
}

#[test]
fn the_demo_listens_on_loopback_only() {
    let mut sources = Sources::default();
    sources.flags.demo = true;
    let listen = sources.load().unwrap().config.gateway.listen;
    assert_eq!(listen.to_string(), "127.0.0.1:3100");
    sources.flags.listen = Some("[::1]:4000".to_owned());
    assert!(sources.load().is_ok());
    sources.flags.listen = Some("0.0.0.0:3100".to_owned());
    let lines = fault_lines(sources.load());
    assert!(lines[0].contains("set by flag --listen: `--demo`"), "{lines:?}");
}

#[test]
fn a_value_that_cannot_be_read_is_one_fault_in_plain_words() {
    let mut sources = Sources { environment: environment(&[]), ..Sources::default() };
    sources.flags.demo = true;
    sources.flags.listen = Some("localhost".to_owned());
    let lines = fault_lines(sources.load());
    assert_eq!(lines.len(), 1, "and none of its default: {lines:?}");
    for (name, expected) in [
        ("NATTER_LIMITS__LOGINS_PER_MINUTE", "expected a whole number from 0 to 4294967295"),
        ("NATTER_GATEWAY__TRUSTED_HOPS", "expected a whole number from 0 to 255"),
        ("NATTER_GATEWAY__INBOUND_QUEUE", "expected a whole number from 1 to 65535"),
        ("NATTER_AUTH__HASHES_WAITING", "expected a whole number from 0 to 65535"),
        ("NATTER_MEDIA__MAX_IMAGE_PIXELS", "expected a whole number"),
        ("NATTER_OTLP__SAMPLE_RATIO", "expected a number"),
        ("NATTER_GATEWAY__LISTEN", "expected an address and a port, such as `127.0.0.1:3100`"),
        ("NATTER_HEALTH__LISTEN", "expected an address and a port, such as `127.0.0.1:3100`"),
    ] {
        let lines = fault_lines(from_environment(&[(name, "hunter2")]));
        assert!(lines[0].ends_with(expected), "{lines:?}");
    }
}

#[test]
fn a_broken_file_is_one_fault_without_its_text() {
    let lines = fault_lines(from_file("log = \"info\"\n[auth]\njwt_secret = \"hunter2\n"));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("line 3: "), "{lines:?}");
    assert!(!lines[0].contains("hunter2"), "{lines:?}");

    let missing = Sources { file: Some("/does/not/exist.toml".into()), ..Sources::default() };
    let lines = fault_lines(missing.load());
    assert!(lines[0].starts_with("file /does/not/exist.toml: can't be read"));
}

#[test]
fn a_value_where_a_section_belongs_is_a_fault() {
    let lines = fault_lines(from_file("gateway = 5\nlog = { a = 1 }\n"));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with("is a section, not a value")));
}

#[test]
fn the_default_dialect_is_one_that_there_is() {
    let sources = |name| Sources {
        environment: environment(&[("NATTER_GATEWAY__DEFAULT_DIALECT", name)]),
        dialects: vec!["colon", "snake"],
        ..Sources::default()
    };
    assert_eq!(sources("snake").load().unwrap().config.gateway.default_dialect, "snake");
    for name in ["kebab", "", "Snake"] {
        let lines = fault_lines(sources(name).load());
        assert!(lines[0].ends_with("set by environment: expected `colon` or `snake`"), "{lines:?}");
    }
}

#[test]
fn names_of_others_events_cannot_be_relayed() {
    let sources = Sources {
        environment: environment(&[("NATTER_GATEWAY__RELAY_EVENTS", "strokePoint,sync,connect")]),
        reserved_events: vec!["sync"],
        ..Sources::default()
    };
    let lines = fault_lines(sources.load());
    let of_key = "gateway.relay_events (NATTER_GATEWAY__RELAY_EVENTS), set by environment: ";
    assert!(
        lines.contains(&format!("{of_key}`sync` is an event of a dialect, and can't be relayed")),
        "{lines:?}"
    );
    assert!(
        lines.contains(&format!("{of_key}`connect` is a name that Socket.IO keeps for itself")),
        "{lines:?}"
    );
}

#[test]
fn what_a_process_needs_must_be_set() {
    let sources = Sources {
        environment: environment(&[("NATTER_NATS__URL", "nats://a")]),
        flags: Flags { listen: Some("127.0.0.1:1".to_owned()), ..Flags::default() },
        serves: None,
        needed: &["nats.url", "redis.url", "auth.jwt_secret"],
        ..Sources::default()
    };
    let lines = fault_lines(sources.load());
    assert_eq!(
        lines,
        [
            "flag --listen: this process has no clients to serve",
            "redis.url (NATTER_REDIS__URL): is needed by this process, and not set",
            "auth.jwt_secret (NATTER_AUTH__JWT_SECRET): is needed by this process, and not set",
        ]
    );
}

#[test]
fn health_has_an_address_of_its_own() {
    let health = environment(&[("NATTER_HEALTH__LISTEN", "127.0.0.1:3101")]);
    let serving = |serves| Sources { environment: health.clone(), serves, ..Sources::default() };
    assert!(serving(None).load().is_ok());
    assert!(serving(Some("gateway.listen")).load().is_ok());
    assert_eq!(fault_lines(serving(Some("media.listen")).load()).len(), 1);
}
