//! Ids, times and numbers of the domain as BSON, and back.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime};
use natter_domain::id::{ActivityId, ConversationId, MessageId, SessionId, UserId};
use natter_domain::time::Timestamp;

/// An id of the domain, which is an ObjectId here.
pub(crate) trait Id: Copy {
    /// As it is stored.
    fn oid(self) -> ObjectId;
    /// As it was stored.
    fn of(oid: ObjectId) -> Self;
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl Id for $name {
            fn oid(self) -> ObjectId {
                ObjectId::from_bytes(*self.bytes())
            }

            fn of(oid: ObjectId) -> Self {
                Self::from_bytes(oid.bytes())
            }
        }
    )*};
}

ids! { ActivityId ConversationId MessageId SessionId UserId }

/// Several ids, to be asked for with `$in`.
pub(crate) fn oids<I: Id>(ids: &[I]) -> Vec<Bson> {
    ids.iter().map(|id| Bson::ObjectId(id.oid())).collect()
}

/// A time as it is stored.
pub(crate) fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.millis())
}

/// A time as it was stored.
pub(crate) fn timestamp(at: DateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}

/// A number as it is stored; past the highest one, it is the highest one.
pub(crate) fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number as it was stored.
pub(crate) fn number(long: i64) -> u64 {
    u64::try_from(long).unwrap_or(0)
}
