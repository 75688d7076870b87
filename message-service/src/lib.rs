//! The message service: users, sessions, conversations, messages, receipts, and all of their rules.
//!
//! Its only truth is the store. It knows the domain and the ports, and no client library.

mod accounts;
mod error;
