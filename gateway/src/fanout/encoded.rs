//! An event in each dialect that somebody needs it in, encoded once.

use std::cell::OnceCell;

use crate::dialect::{DIALECTS, Dialect, DialectId};
use crate::socket::Frame;

/// Frames of one event, made when the first socket of a dialect needs them.
pub(super) struct Encoded<F> {
    encode: F,
    frames: [OnceCell<Vec<Frame>>; DIALECTS.len()],
}

impl<F: Fn(&dyn Dialect) -> Vec<Frame>> Encoded<F> {
    pub(super) fn new(encode: F) -> Self {
        Self { encode, frames: [const { OnceCell::new() }; DIALECTS.len()] }
    }

    pub(super) fn frames(&self, dialect: DialectId) -> &[Frame] {
        match self.frames.get(dialect.index()) {
            Some(frames) => frames.get_or_init(|| (self.encode)(dialect.get())),
            None => &[],
        }
    }
}
