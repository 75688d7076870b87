//! adapter-embedded.

pub mod bus;
pub mod presence;
pub mod store;

pub use bus::EmbeddedBus;
pub use presence::EmbeddedPresence;
pub use store::SqliteStore;
