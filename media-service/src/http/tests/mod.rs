//! The routes, on a real directory, with nobody else real.

mod file;
mod photo;
mod refuse;
mod serve;
mod upload;
mod wire;
mod world;
