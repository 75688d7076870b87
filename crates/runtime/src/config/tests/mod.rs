//! How a configuration is loaded, from sources that are made up.

mod faults;
mod shown;
mod sources;

use std::{ffi::OsString, io::Write};

use tempfile::NamedTempFile;

use super::{Faults, Loaded, Sources};

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn from_environment(pairs: &[(&str, &str)]) -> Result<Loaded, Faults> {
    let sources = Sources { environment: environment(pairs), ..Sources::default() };
    sources.load()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn from_file(text: &str) -> Result<Loaded, Faults> {
    let file = file(text);
    let sources = Sources { file: Some(file.path().to_owned()), ..Sources::default() };
    sources.load()
}

fn fault_lines(result: Result<Loaded, Faults>) -> Vec<String> {
    let faults = result.expect_err("faults expected").0;
    faults.iter().map(ToString::to_string).collect()
}
