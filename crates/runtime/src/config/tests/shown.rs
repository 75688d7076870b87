//! What is printed: never a secret; and the page that lists every key.

use super::{fault_lines, from_environment, from_file};
use crate::config::{env_name, keys};

#[test]
fn secrets_appear_in_no_output() {
    let pairs = [
        ("NATTER_AUTH__JWT_SECRET", "hunter2"),
        ("NATTER_AUTH__ADMIN_TOKEN", "hunter2 hunter2 hunter2 hunter2 hunter2"),
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
    let page = include_str!("../../../../../docs/configuration.md");
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
        let others = ["NATTER_CONFIG", "NATTER_", "NATTER_…__…"];
        assert!(known || others.contains(&name), "docs/configuration.md: unknown {name}");
    }
}
