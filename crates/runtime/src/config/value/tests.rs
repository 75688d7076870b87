//! How single values are read and shown.

use std::time::Duration;

use super::{Endpoint, Limit, Network, Secret, Storage, duration, size};

#[test]
fn durations_have_units() {
    for (text, seconds) in [("10m", 600), ("30d", 2_592_000), ("1h 30m", 5400), ("0", 0)] {
        assert_eq!(duration::parse(text), Ok(Duration::from_secs(seconds)));
    }
    assert_eq!(duration::parse("250ms"), Ok(Duration::from_millis(250)));
    for text in ["", "10", "-1s", "10 parsecs", "1e3s", "m"] {
        let error = duration::parse(text).unwrap_err();
        assert!(error.contains("with its unit"), "{text}: {error}");
    }
}

#[test]
fn sizes_have_decimal_and_binary_units() {
    for (text, bytes) in [
        ("0", 0),
        ("512", 512),
        ("512B", 512),
        ("1 kb", 1_000),
        ("64KiB", 65_536),
        ("20MB", 20_000_000),
        ("20mib", 20_971_520),
        ("2GiB", 2_147_483_648),
    ] {
        assert_eq!(size::parse(text), Ok(bytes), "{text}");
    }
    for text in ["", "MB", "-1", "1.5MB", "20 MBytes", "99999999999GiB"] {
        assert!(size::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_written_reads_the_same() {
    for bytes in [0, 1, 1000, 1024, 4096, 20_000_000, 20_971_520, u64::MAX] {
        assert_eq!(size::parse(&size::format(bytes)), Ok(bytes));
    }
    for seconds in [0, 1, 600, 2_592_000] {
        let value = Duration::from_secs(seconds);
        assert_eq!(duration::parse(&duration::format(value)), Ok(value));
    }
    for text in ["file:///var/lib/natter", "s3://bucket", "s3://bucket/a/b"] {
        let storage: Storage = text.parse().unwrap();
        assert_eq!(storage.to_string(), text);
    }
}

#[test]
fn secrets_do_not_print() {
    let secret = Secret::new("hunter2");
    let printed = format!("{secret} {secret:?} {:?}", Some(&secret));
    assert!(!printed.contains("hunter2"), "{printed}");
    assert_eq!(toml::Value::try_from(&secret).unwrap().as_str(), Some("[redacted]"));
    assert_eq!(secret.expose(), "hunter2");
}

#[test]
fn endpoints_print_without_credentials() {
    for (text, shown) in [
        ("nats://localhost:4222", "nats://localhost:4222"),
        ("nats://u:hunter2@a:1", "nats://[redacted]@a:1"),
        ("nats://u:hunter2@a:1,nats://u:hunter2@b:2", "nats://[redacted]@b:2"),
        ("redis://:hunt@er2@a:1/0", "redis://[redacted]@a:1/0"),
        (
            "mongodb://u:hunter2@a,b/natter?replicaSet=rs0&tlsCertificateKeyFilePassword=hunter2",
            "mongodb://[redacted]@a,b/natter?replicaSet=rs0&tlsCertificateKeyFilePassword=[redacted]",
        ),
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), shown);
        assert_eq!(format!("{endpoint:?}"), shown);
        assert_eq!(toml::Value::try_from(&endpoint).unwrap().as_str(), Some(shown));
        assert_eq!(endpoint.expose(), text);
    }
    for text in ["", "localhost", "://x", "nats://", "nats://a b", "1a://x"] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
}

#[test]
fn zero_is_no_limit() {
    assert_eq!(Limit::NONE.get(), None);
    assert!(Limit::NONE.allows_more_than(usize::MAX));
    let two = Limit::new(2);
    assert_eq!(two.get().map(u32::from), Some(2));
    assert!(two.allows_more_than(1));
    assert!(!two.allows_more_than(2));
}

#[test]
fn networks_take_single_addresses_and_mapped_ones() {
    let network: Network = "10.0.0.0/8".parse().unwrap();
    assert!(network.contains("10.1.2.3".parse().unwrap()));
    assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!network.contains("11.1.2.3".parse().unwrap()));
    let single: Network = "::1".parse().unwrap();
    assert!(single.contains("::1".parse().unwrap()));
    assert!("10.0.0".parse::<Network>().is_err());
}

#[test]
fn storage_is_files_or_a_bucket() {
    for text in ["", "file://relative", "s3://", "s3:///x", "gs://bucket", "/tmp"] {
        assert!(text.parse::<Storage>().is_err(), "{text}");
    }
}
