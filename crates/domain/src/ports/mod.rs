//! The ports: what services need of the world. Adapters implement them, contract suites hold the
//! laws that their docs state, and only `natter` ties the two together.

mod bus;
mod clock;
mod media;
mod presence;
pub mod store;

pub use bus::{
    Address, BusError, CommandBus, CommandError, CommandHandler, EventBus, PARTITIONS, Published, Service,
    Serving, Subscription,
};
pub use clock::Clock;
pub use media::{ByteRange, ByteStream, MediaStore, MediaStoreError, MediaUpload, StoredObject};
pub use presence::{Presence, PresenceError, Reported, TIME_TO_TELL};
pub use store::StoreError;
