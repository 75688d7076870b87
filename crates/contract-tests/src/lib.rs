//! contract-tests.

pub mod media;
