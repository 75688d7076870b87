//! `NATTER_…` names in the environment.

use std::ffi::OsString;

use super::{
    Fault,
    keys::{self, CONFIG_FILE_ENV, ENV_PREFIX, env_name, nearest},
};

/// The keys that the environment sets, with their values. Unknown names become faults.
pub(super) fn read(environment: &[(OsString, OsString)], faults: &mut Vec<Fault>) -> Vec<(String, String)> {
    let known: Vec<(String, String)> = keys::keys().into_iter().map(|key| (env_name(&key), key)).collect();
    let mut set = Vec::new();
    for (name, value) in environment {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with(ENV_PREFIX) || name == CONFIG_FILE_ENV {
            continue;
        }
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, key)) => match value.to_str() {
                Some(value) => set.push((key.clone(), value.to_owned())),
                None => faults.push(Fault::at(name, "is not UTF-8")),
            },
            None if is_injected(&name) => {}
            None => {
                let nearest = nearest(&name, known.iter().map(|(name, _)| name.as_str()));
                let message = format!("unknown name; the nearest is `{nearest}`");
                faults.push(Fault::at(name, message));
            }
        }
    }
    set
}

/// Whether Kubernetes gave the name to the container, because a Service is called `natter…`:
/// `NATTER_SERVICE_HOST`, `NATTER_PORT`, `NATTER_GATEWAY_PORT_3100_TCP_ADDR` and the like.
fn is_injected(name: &str) -> bool {
    let is_port_detail = || {
        name.split_once("_PORT_").is_some_and(|(_, detail)| {
            let mut parts = detail.split('_');
            parts.next().is_some_and(|port| port.parse::<u16>().is_ok())
                && matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"))
        })
    };
    !name.contains("__")
        && (name.ends_with("_SERVICE_HOST")
            || name.ends_with("_PORT")
            || name.contains("_SERVICE_PORT_")
            || is_port_detail())
}

#[cfg(test)]
mod tests {
    use super::is_injected;

    #[test]
    fn names_that_kubernetes_injects_are_told_from_mistyped_ones() {
        for name in [
            "NATTER_SERVICE_HOST",
            "NATTER_SERVICE_PORT",
            "NATTER_SERVICE_PORT_HTTP",
            "NATTER_PORT",
            "NATTER_GATEWAY_PORT_3100_TCP",
            "NATTER_GATEWAY_PORT_3100_TCP_ADDR",
        ] {
            assert!(is_injected(name), "{name}");
        }
        for name in ["NATTER_GATEWAY__PORT", "NATTER_LISTEN", "NATTER_PORT_X_TCP"] {
            assert!(!is_injected(name), "{name}");
        }
    }
}
