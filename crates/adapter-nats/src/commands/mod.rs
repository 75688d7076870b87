//! Requests, and who answers them.

mod owners;
mod partition;
mod refusal;
mod replica;
mod request;
mod worker;

pub(crate) use replica::Replica;
pub(crate) use request::request;
pub(crate) use worker::Worker;
