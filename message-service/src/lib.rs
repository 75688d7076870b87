//! The message service: users, sessions, conversations, messages, receipts, and all of their rules.
//!
//! Its only truth is the store. It knows the domain and its ports, and no client library. Any
//! number of replicas may run: what they remember is dropped by events, and times out where those
//! were lost; the order of a timeline is the store's.

mod access;
mod accounts;
mod context;
mod conversations;
mod directory;
mod error;
mod receipts;
mod service;
mod timeline;
mod views;

pub use accounts::AccountSettings;
pub use service::{MessageService, Settings};
