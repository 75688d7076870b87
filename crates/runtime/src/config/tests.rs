//! Precedence, unknown keys, all faults at once, redaction, and the page that lists every key.

use std::{ffi::OsString, io::Write, time::Duration};

use tempfile::NamedTempFile;

use super::{Algorithm, Config, Dialect, Faults, Flags, LogFormat, Sources, Storage, env_name, keys};

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn from_environment(pairs: &[(&str, &str)]) -> Result<super::Loaded, Faults> {
    let sources = Sources { environment: environment(pairs), ..Sources::default() };
    sources.load()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn from_file(text: &str) -> Result<super::Loaded, Faults> {
    let file = file(text);
    let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    sources.load()
}

fn fault_lines(result: Result<super::Loaded, Faults>) -> Vec<String> {
    let faults = result.expect_err("faults expected").0;
    faults.iter().map(ToString::to_string).collect()
}

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
    assert_eq!(config.gateway.default_dialect, Dialect::Snake);
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
        flags: Flags::default(),
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
fn names_without_the_section_are_told_the_right_one() {
    let lines = fault_lines(from_environment(&[("NATTER_JWT_SECRET", "x")]));
    assert_eq!(lines, ["NATTER_JWT_SECRET: unknown name; the nearest is `NATTER_AUTH__JWT_SECRET`"]);
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
        ("NATTER_GATEWAY__ORIGINS", "https://a.example/"),
        ("NATTER_GATEWAY__ORIGINS", "*"),
        ("NATTER_GATEWAY__MEDIA_URL_PREFIXES", "https://cdn.example"),
        ("NATTER_GATEWAY__TRUSTED_PROXIES", "10.0.0.0/8"),
        ("NATTER_GATEWAY__RELAY_EVENTS", "disconnect"),
        ("NATTER_GATEWAY__RELAY_MAX_PAYLOAD", "1MiB"),
        ("NATTER_GATEWAY__PING_INTERVAL", "0s"),
        ("NATTER_GATEWAY__INBOUND_QUEUE", "0"),
        ("NATTER_GATEWAY__DEFAULT_DIALECT", "kebab"),
        ("NATTER_HEALTH__LISTEN", "127.0.0.1:3100"),
        ("NATTER_AUTH__ALGORITHMS", ""),
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
fn asymmetric_algorithms_go_with_a_public_key() {
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    let config =
        from_environment(&[("NATTER_AUTH__ALGORITHMS", "hs256,EdDSA"), ("NATTER_AUTH__PUBLIC_KEY", pem)])
            .unwrap()
            .config;
    assert_eq!(config.auth.algorithms, [Algorithm::Hs256, Algorithm::EdDsa]);
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
        ("NATTER_GATEWAY__DEFAULT_DIALECT", "expected `colon` or `snake`"),
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
fn secrets_appear_in_no_output() {
    let pairs = [
        ("NATTER_AUTH__JWT_SECRET", "hunter2"),
        ("NATTER_NATS__URL", "nats://user:hunter2@a:1"),
        ("NATTER_MONGODB__URL", "mongodb://user:hunter2@a/b"),
        ("NATTER_REDIS__URL", "redis://:hunter2@a"),
        ("NATTER_OTLP__ENDPOINT", "http://user:hunter2@a"),
    ];
    let loaded = from_environment(&pairs).unwrap();
    let shown = format!("{loaded:?}{:#?}{}", loaded.config, loaded.describe());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("[redacted]"));

    let faulty = fault_lines(from_file(
        "[auth]\njwt_secret = [\"hunter2\"]\n[nats]\nurl = \"hunter2\"\n[redis]\nurl = [\"hunter2\"]\n",
    ));
    assert_eq!(faulty.len(), 3);
    assert!(!faulty.concat().contains("hunter2"), "{faulty:?}");
}

#[test]
fn a_short_secret_is_a_warning() {
    let loaded = from_environment(&[("NATTER_AUTH__JWT_SECRET", "short")]).unwrap();
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].contains("auth.jwt_secret has 5 bytes"));
}

#[test]
fn the_description_names_origins_and_reads_as_a_file() {
    let loaded = from_environment(&[
        ("NATTER_GATEWAY__LISTEN", "127.0.0.1:4000"),
        ("NATTER_GATEWAY__ORIGINS", "https://a.example,https://b.example"),
        ("NATTER_AUTH__JWT_SECRET", "x"),
    ])
    .unwrap();
    let text = loaded.describe();
    let line = |key: &str| {
        let line = text.lines().find(|line| line.contains(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("gateway.listen"), "gateway.listen = \"127.0.0.1:4000\" # environment");
    assert_eq!(line("auth.jwt_secret"), "# auth.jwt_secret = \"[redacted]\" # environment");
    assert_eq!(line("nats.url"), "# nats.url is not set # default");
    assert_eq!(line("auth.leeway"), "auth.leeway = \"0s\" # default");

    let mut read_again = from_file(&text).unwrap().config;
    read_again.auth.jwt_secret = loaded.config.auth.jwt_secret.clone();
    assert_eq!(read_again, loaded.config);
}

#[test]
fn the_page_lists_every_key_with_its_name_in_the_environment_and_its_default() {
    let page = include_str!("../../../../docs/configuration.md");
    let defaults = from_environment(&[]).unwrap().describe();
    for key in keys() {
        let row = format!("| `{key}` | `{}` | ", env_name(&key));
        let rest = page
            .lines()
            .find_map(|line| line.strip_prefix(row.as_str()))
            .unwrap_or_else(|| panic!("docs/configuration.md lacks a row: {row}"));
        let default = defaults
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{key} = ")))
            .and_then(|line| line.split(" # ").next())
            .map_or("—".to_owned(), |value| format!("`{}`", value.trim().replace('"', "")));
        assert!(
            rest.starts_with(&format!("{default} | ")),
            "docs/configuration.md: {key}: expected the default {default} in: {rest}"
        );
    }
    for name in page.split(['`', ' ', '=']).filter(|word| word.starts_with("NATTER_")) {
        let known = keys().iter().any(|key| env_name(key) == name);
        let others = ["NATTER_CONFIG", "NATTER_", "NATTER_…", "NATTER_GATEWAY_SERVICE_HOST"];
        assert!(known || others.contains(&name), "docs/configuration.md: unknown {name}");
    }
}
