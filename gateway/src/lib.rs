//! gateway.

pub mod socket;
