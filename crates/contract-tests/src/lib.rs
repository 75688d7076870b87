//! contract-tests.

pub mod bus;
pub mod media;
pub mod presence;
pub mod store;
