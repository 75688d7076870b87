//! Which fields and variants the domain's types have on the wire, by area.

mod account;
mod command;
mod conversation;
mod event;
mod message;
mod rejection;
mod reply;
