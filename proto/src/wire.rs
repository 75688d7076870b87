//! How a domain type is written in, and read from, the generated ones.
//!
//! [`Wire`] with its macros; the other modules say which fields and variants there are. A field or
//! variant that one side has and the other has not does not compile.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use natter_domain::Timestamp;
use natter_domain::id::{ActivityId, ConversationId, GatewayId, MessageId, SessionId, UserId};

use crate::error::DecodeError;

/// A domain type with a form on the wire.
pub(crate) trait Wire: Sized {
    /// Its generated type.
    type Proto;
    /// That type as a single field of a message: optional if it is a message itself.
    type Field: From<Self::Proto>;

    /// Writes it.
    fn encode(&self) -> Self::Proto;

    /// Reads it.
    fn decode(proto: Self::Proto) -> Result<Self, DecodeError>;

    /// Reads the field of this name.
    fn decode_field(field: Self::Field, name: &'static str) -> Result<Self, DecodeError>;

    /// Writes it into a field.
    fn encode_field(&self) -> Self::Field {
        self.encode().into()
    }
}

/// Types that are fields without being messages: as `type`s `Proto`, with how to write and read.
macro_rules! scalar {
    ($($name:ty as $proto:ty: $encode:expr, $decode:expr;)*) => {$(
        impl $crate::wire::Wire for $name {
            type Proto = $proto;
            type Field = $proto;

            fn encode(&self) -> $proto {
                let encode: fn(&Self) -> $proto = $encode;
                encode(self)
            }

            fn decode(proto: $proto) -> Result<Self, $crate::error::DecodeError> {
                let decode: fn($proto) -> Result<Self, $crate::error::DecodeError> = $decode;
                decode(proto)
            }

            fn decode_field(field: $proto, _: &'static str) -> Result<Self, $crate::error::DecodeError> {
                Self::decode(field)
            }
        }
    )*};
}
pub(crate) use scalar;

scalar! {
    bool as bool: |it| *it, Ok;
    u32 as u32: |it| *it, Ok;
    u64 as u64: |it| *it, Ok;
    String as String: Clone::clone, Ok;
    Timestamp as i64: |it| it.millis(), |millis| Ok(Self::from_millis(millis));
    Duration as u64: |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX), |millis| Ok(Self::from_millis(millis));
    UserId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
    ConversationId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
    MessageId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
    ActivityId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
    SessionId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
    GatewayId as Vec<u8>: |it| it.bytes().to_vec(), |bytes| id(bytes).map(Self::from_bytes);
}

fn id(bytes: Vec<u8>) -> Result<[u8; 12], DecodeError> {
    <[u8; 12]>::try_from(bytes).map_err(|bytes| DecodeError::BadId { length: bytes.len() })
}

impl<T: Wire> Wire for Option<T> {
    type Proto = Option<T::Proto>;
    type Field = Option<T::Proto>;

    fn encode(&self) -> Self::Proto {
        self.as_ref().map(T::encode)
    }

    fn decode(proto: Self::Proto) -> Result<Self, DecodeError> {
        proto.map(T::decode).transpose()
    }

    fn decode_field(field: Self::Field, _: &'static str) -> Result<Self, DecodeError> {
        Self::decode(field)
    }
}

impl<T: Wire> Wire for Vec<T> {
    type Proto = Vec<T::Proto>;
    type Field = Vec<T::Proto>;

    fn encode(&self) -> Self::Proto {
        self.iter().map(T::encode).collect()
    }

    fn decode(proto: Self::Proto) -> Result<Self, DecodeError> {
        proto.into_iter().map(T::decode).collect()
    }

    fn decode_field(field: Self::Field, _: &'static str) -> Result<Self, DecodeError> {
        Self::decode(field)
    }
}

impl<T: Wire + Eq + Hash> Wire for HashSet<T> {
    type Proto = Vec<T::Proto>;
    type Field = Vec<T::Proto>;

    fn encode(&self) -> Self::Proto {
        self.iter().map(T::encode).collect()
    }

    fn decode(proto: Self::Proto) -> Result<Self, DecodeError> {
        proto.into_iter().map(T::decode).collect()
    }

    fn decode_field(field: Self::Field, _: &'static str) -> Result<Self, DecodeError> {
        Self::decode(field)
    }
}

/// Pointers are written as what they point to.
macro_rules! pointer {
    ($($pointer:ident)*) => {$(
        impl<T: Wire> Wire for $pointer<T> {
            type Proto = T::Proto;
            type Field = T::Field;

            fn encode(&self) -> Self::Proto {
                T::encode(self)
            }

            fn decode(proto: Self::Proto) -> Result<Self, DecodeError> {
                T::decode(proto).map($pointer::new)
            }

            fn decode_field(field: Self::Field, name: &'static str) -> Result<Self, DecodeError> {
                T::decode_field(field, name).map($pointer::new)
            }
        }
    )*};
}
pointer! { Arc Box }

/// Messages: how to write and to read each.
macro_rules! message {
    ($($name:ty as $proto:ty: $encode:expr, $decode:expr;)*) => {$(
        impl $crate::wire::Wire for $name {
            type Proto = $proto;
            type Field = Option<$proto>;

            fn encode(&self) -> $proto {
                let encode: fn(&Self) -> $proto = $encode;
                encode(self)
            }

            fn decode(proto: $proto) -> Result<Self, $crate::error::DecodeError> {
                let decode: fn($proto) -> Result<Self, $crate::error::DecodeError> = $decode;
                decode(proto)
            }

            fn decode_field(
                field: Option<$proto>,
                name: &'static str,
            ) -> Result<Self, $crate::error::DecodeError> {
                Self::decode(field.ok_or($crate::error::DecodeError::MissingField { field: name })?)
            }
        }
    )*};
}
pub(crate) use message;

/// Structs with the same name and fields on either side.
macro_rules! record {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $crate::wire::message! {$(
            $name as $crate::generated::$name:
                |it| $crate::generated::$name {
                    $($field: $crate::wire::Wire::encode_field(&it.$field),)*
                },
                |proto| Ok($name {
                    $($field: $crate::wire::Wire::decode_field(
                        proto.$field,
                        concat!(stringify!($name), ".", stringify!($field)),
                    )?,)*
                });
        )*}
    };
}
pub(crate) use record;

/// Enums of which each variant holds one thing, with the same names on either side.
macro_rules! choice {
    ($name:ident in $module:ident { $($variant:ident),* $(,)? }) => {
        $crate::wire::message! {
            $name as $crate::generated::$name:
                |it| $crate::generated::$name {
                    kind: Some(match it {
                        $($name::$variant(inner) => $crate::generated::$module::Kind::$variant(
                            $crate::wire::Wire::encode(inner),
                        ),)*
                    }),
                },
                |proto| match proto.kind {
                    $(Some($crate::generated::$module::Kind::$variant(inner)) => {
                        $crate::wire::Wire::decode(inner).map($name::$variant)
                    })*
                    None => Err($crate::error::DecodeError::UnknownVariant { of: stringify!($name) }),
                };
        }
    };
}
pub(crate) use choice;

/// Enums without contents of their own: variants, and their names on the wire.
macro_rules! enumeration {
    ($($name:ident { $($variant:ident $(($inner:path))? = $wire:ident),* $(,)? })*) => {
        $crate::wire::scalar! {$(
            $name as i32:
                |it| match it {
                    $($name::$variant $(($inner))? => $crate::generated::$name::$wire.into(),)*
                },
                |number| match $crate::generated::$name::try_from(number) {
                    $(Ok($crate::generated::$name::$wire) => Ok($name::$variant $(($inner))?),)*
                    Ok($crate::generated::$name::Unspecified) | Err(_) => {
                        Err($crate::error::DecodeError::UnknownVariant { of: stringify!($name) })
                    }
                };
        )*}
    };
}
pub(crate) use enumeration;
