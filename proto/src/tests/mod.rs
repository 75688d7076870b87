//! Everything that can be said survives the way, and nothing that arrives can panic.

mod bytes;
mod commands;
mod events;
mod model;
mod replies;

use std::collections::HashSet;
use std::mem::discriminant;

use crate::{decode_command, decode_event, decode_reply, encode_command, encode_event, encode_reply};

/// With every optional field set, and with none.
const FILLED: [bool; 2] = [true, false];

/// How many variants the `oneof`, or values the enum, has that follows this line of a `.proto` file.
fn variants(proto: &str, after: &str) -> usize {
    let (_, body) = proto.split_once(after).unwrap();
    let (body, _) = body.split_once('}').unwrap();
    body.lines().filter(|line| line.contains(" = ") && !line.contains("_UNSPECIFIED")).count()
}

fn kinds<T>(samples: &[T]) -> usize {
    samples.iter().map(discriminant).collect::<HashSet<_>>().len()
}

#[test]
fn every_command_comes_back() {
    let samples = commands::samples();
    let proto = include_str!("../../natter/v1/command.proto");
    assert_eq!(kinds(&samples), variants(proto, "message Command {"), "a command has no sample");
    for command in samples {
        assert_eq!(decode_command(&encode_command(&command)).unwrap(), command);
    }
}

#[test]
fn every_reply_comes_back() {
    let samples = replies::samples();
    let proto = include_str!("../../natter/v1/reply.proto");
    assert_eq!(kinds(&samples), variants(proto, "message Reply {"), "a reply has no sample");
    for reply in samples {
        let answer = Ok(reply);
        assert_eq!(decode_reply(&encode_reply(&answer)).unwrap(), answer);
    }
}

#[test]
fn every_rejection_comes_back() {
    let samples = replies::rejections();
    let proto = include_str!("../../natter/v1/reply.proto");
    assert_eq!(kinds(&samples), variants(proto, "enum RejectionKind {"), "a rejection has no sample");
    for rejection in samples {
        let answer = Err(rejection);
        assert_eq!(decode_reply(&encode_reply(&answer)).unwrap(), answer);
    }
}

#[test]
fn every_event_comes_back() {
    let proto = include_str!("../../natter/v1/event.proto");
    assert_eq!(kinds(&events::in_conversations()), variants(proto, "message ConversationEvent {"));
    assert_eq!(kinds(&events::to_users()), variants(proto, "message UserEvent {"));
    assert_eq!(kinds(&events::of_directory()), variants(proto, "message DirectoryEvent {"));
    let samples = events::samples();
    assert_eq!(kinds(&samples), variants(proto, "message Event {"));
    for event in samples {
        assert_eq!(decode_event(&encode_event(&event)).unwrap(), event);
    }
}
