//! Real servers for tests: nats-server, mongod, redis-server, and moto's of S3's API.
//!
//! Each has a free port of 127.0.0.1 and a directory of its own, is ready when its function
//! returns, and ends with its value or with the test's process, however that ends. Everything here
//! blocks, and panics where a server can't be had. Knows no client library: that is what the tests
//! are for.

#![expect(clippy::panic, clippy::expect_used, reason = "for tests: what can't be done fails them")]

mod binary;
mod guard;
mod mongo;
mod port;
mod proxy;
mod s3;
mod server;

pub use mongo::MongoSet;
pub use port::free_port;
pub use proxy::Proxy;
pub use s3::S3;
pub use server::Server;
