//! `NatsBus` against a real server: what the contract suites can't know of.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bounds;
mod faults;
mod paused;
mod replicas;
mod support;
mod traces;
