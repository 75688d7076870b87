//! Who is online: takes the gateways' reports, answers who may be seen, and tells contacts when
//! somebody comes and goes.
//!
//! Owns the rules of telling. Where presence is kept is the port's, who is a contact of whom is
//! the message service's, and what clients see of it the gateway's.

mod error;
mod notices;
mod queries;
mod service;
mod settings;
mod sweep;
#[cfg(test)]
mod tests;

pub use service::PresenceService;
pub use settings::Settings;
