//! Faults of the bus, with their causes.

use natter_domain::ports::BusError;

/// The bus failed at this, for this reason.
pub(crate) fn failed(
    what: &'static str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> BusError {
    BusError { what, source: Some(cause.into()) }
}

/// The bus failed at this, and there is no more to say.
pub(crate) const fn failure(what: &'static str) -> BusError {
    BusError { what, source: None }
}
