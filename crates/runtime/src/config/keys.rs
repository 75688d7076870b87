//! The names of all keys, taken from the defaults: there is no second list to keep.

use figment::value::{Dict, Value};

use super::Config;

/// What every name in the environment begins with.
pub const ENV_PREFIX: &str = "NATTER_";

/// The name in the environment that isn't a key: the configuration file's path.
pub const CONFIG_FILE_ENV: &str = "NATTER_CONFIG";

/// The paths of all keys, such as `gateway.listen`, sorted.
pub fn keys() -> Vec<String> {
    leaves(&values(&Config::default())).into_iter().map(|(key, _)| key).collect()
}

/// A key's name in the environment: `gateway.listen` is `NATTER_GATEWAY__LISTEN`.
pub fn env_name(key: &str) -> String {
    format!("{ENV_PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// All of a configuration as sections of values, secrets redacted.
pub(super) fn values(config: &Config) -> Dict {
    Value::serialize(config).ok().and_then(Value::into_dict).unwrap_or_default()
}

/// The values that are not sections, each with its path.
pub(super) fn leaves(values: &Dict) -> Vec<(String, Value)> {
    values
        .iter()
        .flat_map(|(name, value)| match value {
            Value::Dict(_, section) => {
                leaves(section).into_iter().map(|(key, value)| (format!("{name}.{key}"), value)).collect()
            }
            _ => vec![(name.clone(), value.clone())],
        })
        .collect()
}

/// The name that is most like a wrong one.
pub(super) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> &'a str {
    names.into_iter().min_by_key(|name| strsim::damerau_levenshtein(wrong, name)).unwrap_or_default()
}
