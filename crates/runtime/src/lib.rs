//! What every Natter process needs around its services: configuration, telemetry, health,
//! shutdown, and bounds on background work.
//!
//! Knows nothing of chat: no domain type, no adapter, no rule.

pub mod config;
