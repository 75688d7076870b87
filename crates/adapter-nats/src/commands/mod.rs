//! Requests, and who answers them.

mod lease;
mod owners;
mod partition;
mod refusal;
mod replica;
mod request;
mod roster;
mod worker;

pub(crate) use replica::Replica;
pub(crate) use request::request;
pub(crate) use roster::Roster;
pub(crate) use worker::Worker;
