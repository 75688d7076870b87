//! The rules, against a made-up world.

mod comings;
mod fakes;
mod goings;
mod queries;
