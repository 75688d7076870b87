//! Taking requests apart: who asks, from where, in which dialect, and for what. Each part fails with
//! the answer that the client gets.

mod admin;
mod body;
mod caller;
mod idempotency;
mod origin;
mod path;
mod query;
mod spoken;

pub(super) use admin::Admin;
pub(super) use body::{JsonBody, OptionalJsonBody};
pub(super) use caller::Caller;
pub(super) use idempotency::idempotency_key;
pub(super) use origin::ClientAddress;
pub(super) use path::Segments;
pub(super) use query::{MAX_NUMBER, Parameters};
pub(super) use spoken::Spoken;
