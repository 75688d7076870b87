//! `natter check-config`: what the configuration is and where it comes from, or what is wrong
//! with it. Starts nothing and writes no file.

use std::io::{self, Write};

use natter_runtime::config::{Faults, Sources};

/// Prints the effective configuration, secrets redacted, and warnings to standard error.
///
/// # Errors
/// All that is wrong with the configuration.
pub(crate) fn run(sources: &Sources) -> Result<(), Faults> {
    let loaded = sources.load()?;
    for warning in &loaded.warnings {
        eprintln!("warning: {warning}");
    }
    // Whoever closes the pipe early has read enough.
    let _ = io::stdout().write_all(loaded.describe().as_bytes());
    Ok(())
}
