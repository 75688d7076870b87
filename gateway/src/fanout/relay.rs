//! Relayed events on their way out: the same for every dialect, and dropped for who can't keep up.

use serde_json::value::RawValue;

use crate::socket::Frame;

/// The frame of a relayed event; `None` for a payload that is no JSON, which no gateway publishes.
pub(super) fn frame(name: &str, payload: &[u8]) -> Option<Frame> {
    let payload: &RawValue = serde_json::from_slice(payload).ok()?;
    Frame::new(name, payload).ok()
}
