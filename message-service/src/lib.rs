//! The message service: users, sessions, conversations, messages, receipts, and all of their rules.
//!
//! Its only truth is the store. It knows the domain and its ports, and no client library. Any
//! number of replicas may run: what they remember is dropped by events, and times out where those
//! were lost; the order of a timeline is the store's.

mod access;
mod accounts;
mod announcements;
mod context;
mod conversations;
mod crash;
mod directory;
mod error;
mod pages;
mod receipts;
mod service;
mod timeline;
mod views;

pub use accounts::AccountSettings;
#[cfg(any(test, feature = "crash-points"))]
pub use crash::{CRASH_AT_ENV, UnknownCrashPoint, arm as arm_crash_points};
pub use service::{MessageService, Settings};
