//! From defaults, file, environment and flags to one configuration, or to all its faults.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::Serialized,
    value::{Dict, Map, Value},
};

use super::{
    Config, Fault, Faults, environment,
    fault::explain,
    keys::{self, leaves, nearest},
    validate,
};

/// Where a value may come from, beside the defaults. Later ones win: file, environment, flags.
#[derive(Debug, Clone)]
pub struct Sources {
    /// A TOML file; one that is named must exist.
    pub file: Option<PathBuf>,
    /// The process's environment: all of it, of which `NATTER_…` is looked at.
    pub environment: Vec<(OsString, OsString)>,
    /// The command line.
    pub flags: Flags,
    /// Names that no relayed event may have, beside Socket.IO's own.
    pub reserved_events: Vec<&'static str>,
    /// Names of the dialects that there are; where none are given, any may be named.
    pub dialects: Vec<&'static str>,
    /// The key with the address where this process serves its clients, if it has any.
    pub serves: Option<&'static str>,
    /// Keys without a default, and without which this process can't do its work.
    pub needed: &'static [&'static str],
}

impl Default for Sources {
    /// No values, for a process that serves as a gateway does.
    fn default() -> Self {
        Self {
            file: None,
            environment: Vec::new(),
            flags: Flags::default(),
            reserved_events: Vec::new(),
            dialects: Vec::new(),
            serves: Some("gateway.listen"),
            needed: &[],
        }
    }
}

/// What the command line may set.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`: where clients are served.
    pub listen: Option<String>,
    /// `--data-dir`: standalone's directory.
    pub data_dir: Option<PathBuf>,
    /// `--demo`: listen on loopback only.
    pub demo: bool,
}

/// A configuration that has been checked, and where its values came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// What is allowed and still worth a look: one line each, to be logged at the start.
    pub warnings: Vec<String>,
    /// The origin of each key that has not its default, for people.
    pub(super) origins: BTreeMap<String, String>,
}

impl Sources {
    /// The sources of this process.
    pub fn of_process(file: Option<PathBuf>, flags: Flags) -> Self {
        Self { file, environment: std::env::vars_os().collect(), flags, ..Self::default() }
    }

    /// Reads and checks everything.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn load(&self) -> Result<Loaded, Faults> {
        let mut faults = Vec::new();
        let defaults = Figment::from(Serialized::defaults(Config::default()));
        let layered = self.layers(&mut faults).into_iter().fold(defaults.clone(), Figment::merge);

        let mut origins = BTreeMap::new();
        let mut accepted = defaults.clone();
        let mut refused = BTreeSet::new();
        for (key, value, origin) in set_keys(&layered) {
            // Alone among defaults, so that one faulty value can't hide the next.
            match defaults.clone().merge((&key, &value)).extract_lossy::<Config>() {
                Ok(_) => accepted = accepted.merge((&key, value)),
                Err(error) => {
                    faults.push(Fault::of_key(&key, explain(error.kind)).set_by(origin.clone()));
                    refused.insert(key.clone());
                }
            }
            origins.insert(key, origin);
        }

        let config = match accepted.extract_lossy::<Config>() {
            Ok(config) => config,
            Err(error) => {
                faults.push(Fault::at("configuration", explain(error.kind)));
                return Err(Faults(faults));
            }
        };
        let findings = validate::check(&config, self);
        // A refused key has its default here, which the user never chose.
        let chosen = findings.faults.into_iter().filter(|(key, _)| !refused.contains(*key));
        faults.extend(chosen.map(|(key, message)| {
            let fault = Fault::of_key(key, message);
            match origins.get(key) {
                Some(origin) => fault.set_by(origin.clone()),
                None => fault,
            }
        }));
        if faults.is_empty() {
            Ok(Loaded { config, warnings: findings.warnings, origins })
        } else {
            Err(Faults(faults))
        }
    }

    /// What each source sets, the least important first.
    fn layers(&self, faults: &mut Vec<Fault>) -> Vec<Layer> {
        let mut layers = Vec::new();
        if self.flags.demo {
            let listen = ("gateway.listen".to_owned(), "127.0.0.1:3100".into());
            layers.push(Layer::new("flag --demo", listen));
        }
        if let Some(path) = &self.file {
            let name = format!("file {}", path.display());
            match read_file(path, faults) {
                Ok(values) => layers.push(Layer { name, values }),
                Err(message) => faults.push(Fault::at(name, message)),
            }
        }
        for (key, value) in environment::read(&self.environment, faults) {
            layers.push(Layer::new("environment", (key, value.into())));
        }
        if let Some(listen) = &self.flags.listen {
            match self.serves {
                Some(key) => {
                    layers.push(Layer::new("flag --listen", (key.to_owned(), listen.clone().into())))
                }
                None => faults.push(Fault::at("flag --listen", "this process has no clients to serve")),
            }
        }
        if let Some(path) = &self.flags.data_dir {
            let path = path.to_string_lossy().into_owned();
            let data_dir = ("standalone.data_dir".to_owned(), path.into());
            layers.push(Layer::new("flag --data-dir", data_dir));
        }
        layers
    }
}

/// The keys that some source sets, with value and origin.
fn set_keys(layered: &Figment) -> Vec<(String, Value, String)> {
    let set = |key: String| {
        let value = layered.find_value(&key).ok()?;
        // Only the sources of this module have a name for people; the defaults have none.
        let origin = layered.find_metadata(&key)?.source.as_ref()?.custom()?.to_owned();
        Some((key, value, origin))
    };
    keys::keys().into_iter().filter_map(set).collect()
}

/// The values of one source, and its name for people.
struct Layer {
    name: String,
    values: Dict,
}

impl Layer {
    fn new(name: &str, (key, value): (String, Value)) -> Self {
        let values = figment::util::nest(&key, value).into_dict().unwrap_or_default();
        Self { name: name.to_owned(), values }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::from("source", self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::default().collect(self.values.clone()))
    }
}

/// Reads a file's values; unknown keys become faults and are left out.
fn read_file(path: &Path, faults: &mut Vec<Fault>) -> Result<Dict, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("can't be read: {error}"))?;
    let mut values: Dict = toml::from_str(&text).map_err(|error| {
        // The error's own text would show the line, which may hold a secret.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        format!("line {line}: {}", error.message())
    })?;
    let known = keys::values(&Config::default());
    let place = format!("file {}", path.display());
    remove_unknown(&mut values, &known, "", &mut |key, message| {
        faults.push(Fault::at(key, message).set_by(place.clone()));
    });
    Ok(values)
}

fn remove_unknown(values: &mut Dict, known: &Dict, prefix: &str, report: &mut dyn FnMut(String, String)) {
    values.retain(|name, value| {
        let key = format!("{prefix}{name}");
        match (value, known.get(name)) {
            (Value::Dict(_, values), Some(Value::Dict(_, known))) => {
                remove_unknown(values, known, &format!("{key}."), report);
                true
            }
            (_, Some(Value::Dict(..))) => {
                report(key, "is a section, not a value".to_owned());
                false
            }
            (_, Some(_)) => true,
            (value, None) => {
                // A value's neighbours are the keys; a section's are the sections.
                let is_section = matches!(value, Value::Dict(..));
                let names: Vec<String> = match is_section {
                    true => known.keys().map(|name| format!("{prefix}{name}")).collect(),
                    false => keys::keys(),
                };
                let nearest = nearest(&key, names.iter().map(String::as_str));
                let noun = if is_section { "section" } else { "key" };
                report(key, format!("unknown {noun}; the nearest is `{nearest}`"));
                false
            }
        }
    });
}

/// The effective value of every key, secrets redacted.
pub(super) fn effective(config: &Config) -> Vec<(String, Value)> {
    leaves(&keys::values(config))
}
