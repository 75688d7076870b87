//! Files in an object store: a directory, or a bucket of S3 or what speaks like it.
//!
//! Owns how objects are named, written and read there. Knows neither what the files are nor who
//! may have them.

mod check;
mod content_type;
mod directory;
mod open;
mod store;
mod upload;

pub use check::CheckError;
pub use open::OpenError;
pub use store::ObjectMediaStore;
