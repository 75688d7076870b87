use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use natter_domain::MediaKind;

use super::*;

const AT: Timestamp = Timestamp::from_millis(1_700_000_000_123);

fn oid(n: u8) -> ObjectId {
    ObjectId::from_bytes([n; 12])
}

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 12])
}

fn with(fields: Document) -> Document {
    let mut document = doc! { "_id": oid(1), "senderId": oid(2) };
    document.extend(fields);
    document
}

fn good(fields: Document) -> OldMessage {
    let Read { value, changes } = read(&with(fields), Some(AT)).unwrap();
    assert_eq!(changes, [""; 0]);
    value
}

fn file(url: &str, kind: MediaKind) -> Media {
    Media { url: url.to_owned(), kind, filename: None, size: None, mimetype: None }
}

#[test]
fn text_is_found_under_its_names() {
    for fields in [
        doc! { "content": "hi" },
        doc! { "text": "hi", "messageType": "text" },
        doc! { "content": null, "message": "hi", "type": "TEXT" },
        doc! { "text": "hi", "file": null, "media": [] },
    ] {
        let message = good(fields);
        assert_eq!((message.text.as_deref(), message.media), (Some("hi"), vec![]));
    }
}

#[test]
fn files_are_found_in_their_forms() {
    let described = Media {
        url: "/uploads/a.pdf".to_owned(),
        kind: MediaKind::File,
        filename: Some("a.pdf".to_owned()),
        size: Some(7),
        mimetype: Some("application/pdf".to_owned()),
    };
    let cases = [
        (
            doc! { "messageType": "file", "file": {
                "url": "/uploads/a.pdf", "filename": "a.pdf", "size": 7, "mimetype": "application/pdf",
            } },
            vec![described.clone()],
        ),
        (
            doc! { "messageType": "document", "fileUrl": "/uploads/a.pdf", "fileName": "a.pdf", "fileSize": 7_i64,
            "mimeType": "application/pdf" },
            vec![described],
        ),
        (
            doc! { "media": [{ "url": "https://x.example/a.png", "type": "image" }, { "url": "b.mp4", "type": "video" }] },
            vec![file("https://x.example/a.png", MediaKind::Image), file("b.mp4", MediaKind::Video)],
        ),
        (
            doc! { "file": { "url": "a.mp3", "mimetype": "audio/mpeg" } },
            vec![Media { mimetype: Some("audio/mpeg".to_owned()), ..file("a.mp3", MediaKind::Audio) }],
        ),
        (
            doc! { "messageType": "voice", "media": "/uploads/a.ogg" },
            vec![file("/uploads/a.ogg", MediaKind::Audio)],
        ),
        (
            doc! { "messageType": "image", "content": "https://x.example/a.png" },
            vec![file("https://x.example/a.png", MediaKind::Image)],
        ),
    ];
    for (fields, expected) in cases {
        let message = good(fields);
        assert_eq!((message.text, message.media), (None, expected));
    }
    // What is said beside a file stays.
    let message = good(doc! { "content": "look", "messageType": "image", "file": "/uploads/a.png" });
    assert_eq!((message.text.as_deref(), message.media.len()), (Some("look"), 1));
}

#[test]
fn what_happened_to_it_is_kept() {
    let later = DateTime::from_millis(AT.millis() + 1_000);
    let message = good(doc! {
        "content": "hi", "status": "delivered", "replyTo": oid(3), "clientMessageId": "c1", "edited": true,
        "updatedAt": later, "readBy": [oid(4), { "user": oid(5), "readAt": later }], "deliveredTo": [oid(6)],
        "reactions": [{ "emoji": "👍", "userId": oid(4) }, { "emoji": "👍", "users": [oid(5), oid(4)] }],
    });
    let later = Timestamp::from_millis(later.timestamp_millis());
    assert_eq!(message.status, MessageStatus::Delivered);
    assert_eq!(message.reply_to, Some(MessageId::from_bytes([3; 12])));
    assert_eq!(message.client_message_id.as_deref(), Some("c1"));
    assert_eq!((message.created_at, message.edited_at), (AT, Some(later)));
    assert_eq!(message.read_by, [(user(4), None), (user(5), Some(later))]);
    assert_eq!(message.delivered_to, [user(6)]);
    assert_eq!(message.reactions, [Reaction { emoji: "👍".to_owned(), users: vec![user(4), user(5)] }]);
    for fields in [doc! { "status": "seen" }, doc! { "isRead": true }, doc! { "status": "READ" }] {
        let mut document = doc! { "content": "hi" };
        document.extend(fields);
        assert_eq!(good(document).status, MessageStatus::Read);
    }
}

#[test]
fn deleted_ones_keep_their_place_alone() {
    for fields in [doc! { "isDeleted": true }, doc! { "deletedAt": DateTime::now() }] {
        let mut document = doc! { "content": "secret", "file": { "url": "/a" }, "reactions": [{ "emoji": "x", "userId": oid(4) }] };
        document.extend(fields);
        let message = good(document);
        assert!(message.deleted && message.text.is_none());
        assert_eq!((message.media, message.reactions), (vec![], vec![]));
    }
}

#[test]
fn faulty_ones_are_told_of() {
    let cases = [
        (doc! { "senderId": null, "content": "hi" }, "there is no sender"),
        (doc! { "senderId": "ada", "content": "hi" }, "sender is no id"),
        (doc! { "content": "hi", "messageType": "poll" }, "messageType is none that there is"),
        (doc! { "content": "hi", "messageType": 7 }, "messageType is no text"),
        (doc! { "content": { "$gt": "" } }, "the content is no text"),
        (doc! { "content": " " }, "there is neither text nor a file"),
        (doc! { "messageType": "image", "content": "look" }, "is said to have a file"),
        (doc! { "messageType": "file", "file": { "filename": "a.pdf" } }, "a file has no url"),
        (doc! { "file": { "url": "javascript:alert(1)" } }, "no http(s) URL"),
        (doc! { "file": [7] }, "neither an object nor a URL"),
        (doc! { "media": vec!["/a"; 11] }, "there are 11 files; 10 is the most"),
        (doc! { "content": "x".repeat(MAX_TEXT + 1) }, "longer than 10000"),
    ];
    for (fields, words) in cases {
        let fault = read(&with(fields), Some(AT)).unwrap_err();
        assert!(fault.contains(words), "{fault}");
    }
    assert_eq!(read(&with(doc! { "content": "hi" }), None).unwrap_err(), "createdAt is no time");
    assert_eq!(read(&with(doc! { "_id": 7 }), Some(AT)).unwrap_err(), "_id is no ObjectId");
    let Read { value, changes } =
        read(&with(doc! { "content": "hi", "reactions": ["👍"] }), Some(AT)).unwrap();
    assert_eq!((value.reactions.len(), changes.len()), (0, 1));
}
