//! The types that `build.rs` makes of the `.proto` files. Nothing outside of this crate sees them.
#![expect(unreachable_pub, reason = "generated code does not know how far it is visible")]
#![expect(clippy::large_enum_variant, reason = "they live only while bytes are written or read")]

include!(concat!(env!("OUT_DIR"), "/natter.v1.rs"));
