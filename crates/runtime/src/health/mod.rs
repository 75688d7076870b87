//! Whether a process lives, has started and can serve, and the endpoints that say so.
//!
//! Components say for themselves whether they are ready; nothing is probed here.

mod readiness;
mod routes;

pub use readiness::{Component, Readiness, Report};
pub use routes::{health_routes, metrics_routes, serve};
