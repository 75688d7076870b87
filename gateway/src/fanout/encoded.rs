//! An event in each dialect that somebody needs it in, encoded once.

use crate::dialect::{DIALECTS, Dialect, DialectId};
use crate::socket::Frame;

/// Frames of one event, made when the first socket of a dialect needs them.
pub(super) struct Encoded<F> {
    encode: F,
    frames: [Option<Vec<Frame>>; DIALECTS.len()],
}

impl<F: Fn(&dyn Dialect) -> Vec<Frame>> Encoded<F> {
    pub(super) fn new(encode: F) -> Self {
        Self { encode, frames: std::array::from_fn(|_| None) }
    }

    pub(super) fn frames(&mut self, dialect: DialectId) -> &[Frame] {
        match self.frames.get_mut(dialect.index()) {
            Some(frames) => frames.get_or_insert_with(|| (self.encode)(dialect.get())),
            None => &[],
        }
    }
}
