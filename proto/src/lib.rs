//! What goes over the bus, as bytes: commands, answers and events of the domain in Protocol
//! Buffers, and the names of the subjects they go to.
//!
//! Reading never panics, whatever the bytes, and ignores fields that it does not know, so that
//! replicas of two versions understand each other. Knows no bus.

mod announcement;
mod convert;
mod error;
mod generated;
pub mod subjects;
#[cfg(test)]
mod tests;
mod wire;

use bytes::Bytes;
use natter_domain::{Command, Event, Rejection, Reply};
use prost::Message as _;

pub use announcement::{Announcement, decode_announcement, encode_announcement};
pub use error::DecodeError;
use wire::Wire;

/// Writes a command.
pub fn encode_command(command: &Command) -> Bytes {
    command.encode().encode_to_vec().into()
}

/// Reads a command.
///
/// # Errors
/// The bytes are no command of this version.
pub fn decode_command(bytes: &[u8]) -> Result<Command, DecodeError> {
    Command::decode(generated::Command::decode(bytes)?)
}

/// Writes what a worker answers.
pub fn encode_reply(answer: &Result<Reply, Rejection>) -> Bytes {
    answer.encode().encode_to_vec().into()
}

/// Reads what a worker answers.
///
/// # Errors
/// The bytes are no answer of this version.
pub fn decode_reply(bytes: &[u8]) -> Result<Result<Reply, Rejection>, DecodeError> {
    Wire::decode(generated::Answer::decode(bytes)?)
}

/// Writes an event.
pub fn encode_event(event: &Event) -> Bytes {
    event.encode().encode_to_vec().into()
}

/// Reads an event.
///
/// # Errors
/// The bytes are no event of this version.
pub fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
    Event::decode(generated::Event::decode(bytes)?)
}
