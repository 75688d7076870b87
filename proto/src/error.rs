//! Why bytes can't be read.

/// Bytes that are no command, reply or event of this version.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not Protocol Buffers, or fields of other types.
    #[error("malformed")]
    Malformed(#[from] prost::DecodeError),
    /// A variant that this version does not have, or none at all.
    #[error("no known variant of {of}")]
    UnknownVariant {
        /// The type.
        of: &'static str,
    },
    /// A field that must be there is not.
    #[error("{field} is missing")]
    MissingField {
        /// The type and its field.
        field: &'static str,
    },
    /// An id of another length than its kind has.
    #[error("an id of {length} bytes")]
    BadId {
        /// Its bytes.
        length: usize,
    },
}
