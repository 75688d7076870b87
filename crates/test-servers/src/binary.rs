//! Where servers' programs are.

use std::env;
use std::path::{Path, PathBuf};

/// The program, from `PATH` or from `.tools/bin` of the workspace.
pub(crate) fn find(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join(".tools/bin"));
    env::split_paths(&path)
        .chain(tools)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{name} is missing. Install it with: scripts/setup"))
}
