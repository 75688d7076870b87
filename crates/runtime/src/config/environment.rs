//! `NATTER_…` names in the environment.

use std::ffi::OsString;

use super::{
    Fault,
    keys::{self, CONFIG_FILE_ENV, ENV_PREFIX, env_name, nearest},
};

/// What stands between the levels of a key. A name without it is no key's, but for the few keys that
/// have one level, and may be anybody's.
const LEVELS: &str = "__";

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
            None if !name.contains(LEVELS) => {}
            None => {
                let nearest = nearest(&name, known.iter().map(|(name, _)| name.as_str()));
                let message = format!("unknown name; the nearest is `{nearest}`");
                faults.push(Fault::at(name, message));
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_others_are_told_from_mistyped_ones() {
        let read_name = |name: &str| {
            let mut faults = Vec::new();
            read(&[(name.into(), "x".into())], &mut faults);
            faults.len()
        };
        // Kubernetes injects such names for a Service called `natter`; scripts have their own.
        for name in ["NATTER_SERVICE_HOST", "NATTER_PORT_3100_TCP_ADDR", "NATTER_BIN"] {
            assert_eq!(read_name(name), 0, "{name}");
        }
        for name in ["NATTER_GATEWAY__PORT", "NATTER_LIMIT__X"] {
            assert_eq!(read_name(name), 1, "{name}");
        }
    }
}
