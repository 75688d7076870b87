//! Files in an object store: a directory, or a bucket with the feature `s3`.
//!
//! Owns how objects are named, written and read there. Knows neither what the files are nor who
//! may have them.

mod content_type;
mod directory;
mod open;
mod store;
mod upload;

pub use open::OpenError;
pub use store::ObjectMediaStore;
