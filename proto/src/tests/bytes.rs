//! Bytes that are not what they should be.

use bytes::Bytes;
use natter_domain::Command;
use natter_domain::command::GetMe;
use prost::Message as _;

use super::model::user_id;
use super::{commands, events, replies};
use crate::error::DecodeError;
use crate::generated as proto;
use crate::{decode_command, decode_event, decode_reply, encode_command, encode_event, encode_reply};

fn read_as_anything(bytes: &[u8]) {
    // Whether it can be read does not matter: only that it ends without a panic.
    let _ = decode_command(bytes);
    let _ = decode_reply(bytes);
    let _ = decode_event(bytes);
}

fn all() -> Vec<Bytes> {
    let commands = commands::samples().iter().map(encode_command).collect::<Vec<_>>();
    let replies = replies::samples().into_iter().map(|reply| encode_reply(&Ok(reply))).collect::<Vec<_>>();
    let rejections = replies::rejections().into_iter().map(|rejection| encode_reply(&Err(rejection)));
    let events = events::samples().iter().map(encode_event).collect::<Vec<_>>();
    commands.into_iter().chain(replies).chain(rejections).chain(events).collect()
}

/// Xorshift: the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[test]
fn truncated_ones_do_not_panic() {
    for bytes in all() {
        for end in 0..bytes.len() {
            read_as_anything(&bytes[..end]);
        }
    }
}

#[test]
fn altered_ones_do_not_panic() {
    let mut random = Random(0x5eed);
    for bytes in all() {
        for _ in 0..100 {
            let mut altered = bytes.to_vec();
            if altered.is_empty() {
                continue;
            }
            for _ in 0..=random.below(4) {
                let place = random.below(altered.len());
                altered[place] = random.next() as u8;
            }
            read_as_anything(&altered);
        }
    }
}

#[test]
fn random_ones_do_not_panic() {
    let mut random = Random(0xf00d);
    for _ in 0..20_000 {
        let length = random.below(64);
        let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        read_as_anything(&bytes);
    }
}

#[test]
fn unknown_fields_are_passed_over() {
    // Field 1000, a string: what a later version may send.
    let later = [0xc2, 0x3e, 0x05, b'l', b'a', b't', b'e', b'r'];
    for command in commands::samples() {
        let bytes = [&encode_command(&command)[..], &later].concat();
        assert_eq!(decode_command(&bytes).unwrap(), command);
    }
    let command = Command::from(GetMe { user: user_id(1) });
    let inner = [&proto::GetMe { user: vec![1; 12] }.encode_to_vec()[..], &later].concat();
    // Field 7, of that length.
    let bytes = [&[7 << 3 | 2, inner.len() as u8], &inner[..]].concat();
    assert_eq!(decode_command(&bytes).unwrap(), command);
}

fn of_kind(kind: proto::command::Kind) -> Vec<u8> {
    proto::Command { kind: Some(kind) }.encode_to_vec()
}

#[test]
fn what_is_wrong_is_named() {
    use proto::command::Kind;

    assert!(matches!(decode_command(&[]), Err(DecodeError::UnknownVariant { of: "Command" })));
    assert!(matches!(decode_event(&[]), Err(DecodeError::UnknownVariant { of: "Event" })));
    assert!(matches!(decode_reply(&[]), Err(DecodeError::UnknownVariant { of: "Answer" })));
    assert!(matches!(decode_command(&[0xff]), Err(DecodeError::Malformed(_))));

    let short = of_kind(Kind::GetMe(proto::GetMe { user: vec![1; 11] }));
    assert!(matches!(decode_command(&short), Err(DecodeError::BadId { length: 11 })));

    let absent = of_kind(Kind::LogOut(proto::LogOut::default()));
    assert!(matches!(decode_command(&absent), Err(DecodeError::MissingField { field: "LogOut.bearer" })));

    let unknown = of_kind(Kind::SetParticipantRole(proto::SetParticipantRole {
        user: vec![1; 12],
        conversation: vec![2; 12],
        participant: vec![3; 12],
        role: 77,
    }));
    assert!(matches!(decode_command(&unknown), Err(DecodeError::UnknownVariant { of: "Role" })));
}
