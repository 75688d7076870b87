use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;

use super::*;

fn oid(n: u8) -> ObjectId {
    ObjectId::from_bytes([n; 12])
}

fn user(n: u8) -> UserId {
    UserId::from_bytes([n; 12])
}

fn with(fields: Document) -> Document {
    let mut document = doc! { "_id": oid(9), "participants": [oid(1), oid(2)] };
    document.extend(fields);
    document
}

fn known(user: UserId) -> bool {
    user.bytes()[0] < 5
}

/// What would be stored, and what was told.
fn stored(fields: Document) -> Result<(NewConversation, Vec<String>), Fault> {
    let Read { value, mut changes } = read(&with(fields))?;
    Ok((with_known(&value, known, &mut changes)?, changes))
}

fn people(new: &NewConversation) -> Vec<(UserId, Role)> {
    new.participants.iter().map(|participant| (participant.user, participant.role)).collect()
}

#[test]
fn kinds_are_told_apart() {
    use ConversationKind::{Direct, Group};
    let three = vec![oid(1), oid(2), oid(3)];
    for (fields, expected) in [
        (doc! {}, Direct),
        (doc! { "type": "direct" }, Direct),
        (doc! { "type": "private", "name": "x" }, Direct),
        (doc! { "isGroup": false }, Direct),
        (doc! { "isGroup": true }, Group),
        (doc! { "isGroupChat": true }, Group),
        (doc! { "type": "group" }, Group),
        (doc! { "groupName": "Climbers" }, Group),
        (doc! { "participants": three }, Group),
    ] {
        let (new, _) = stored(fields.clone()).unwrap();
        assert_eq!(new.kind, expected, "{fields}");
    }
}

#[test]
fn a_group_keeps_its_name_picture_and_admins() {
    for fields in [
        doc! { "type": "group", "name": " Climbers ", "admin": oid(2), "groupImage": "/uploads/g.png" },
        doc! { "isGroup": true, "groupName": "Climbers", "admins": [oid(2)], "groupPhoto": "/uploads/g.png" },
        doc! { "isGroupChat": true, "chatName": "Climbers", "groupAdmin": oid(2), "avatar": "/uploads/g.png" },
        doc! {
            "type": "group", "name": "Climbers", "photo": "/uploads/g.png",
            "participants": [{ "user": oid(1) }, { "user": oid(2), "role": "admin" }, { "user": oid(2) }],
        },
        doc! { "type": "group", "name": "Climbers", "createdBy": oid(2), "photo": "/uploads/g.png" },
    ] {
        let (new, changes) = stored(fields).unwrap();
        assert_eq!(changes, [""; 0]);
        assert_eq!((new.name.as_deref(), new.photo.as_deref()), (Some("Climbers"), Some("/uploads/g.png")));
        assert_eq!(people(&new), [(user(1), Role::Member), (user(2), Role::Admin)]);
        assert_eq!(new.at, fields::time_of([9; 12]));
    }
}

#[test]
fn what_a_group_lacks_is_told_of() {
    let group = |fields: Document| {
        let mut document = doc! { "type": "group", "name": "Climbers", "admin": oid(1) };
        document.extend(fields);
        stored(document).unwrap()
    };
    let (new, changes) = group(doc! { "participants": [oid(8), oid(2), "ada"], "admin": oid(8) });
    assert_eq!(people(&new), [(user(2), Role::Admin)]);
    assert_eq!(changes.len(), 3, "{changes:?}");
    let (new, changes) = group(doc! { "name": null });
    assert_eq!((new.name.as_deref(), changes.len()), (Some("Group"), 1));
    let (new, changes) = group(doc! { "name": "x".repeat(101) });
    assert_eq!((new.name, changes.len()), (Some("x".repeat(100)), 1));
    let (new, changes) = group(doc! { "groupImage": "javascript:alert(1)" });
    assert_eq!((new.photo, changes.len()), (None, 1));
}

#[test]
fn what_can_be_no_conversation_is_left_out() {
    let many: Vec<_> = (0..1_001_u16)
        .map(|n| {
            let [a, b] = n.to_be_bytes();
            ObjectId::from_bytes([1, a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        })
        .collect();
    for (fields, words) in [
        (doc! { "_id": "x" }, "_id is no ObjectId"),
        (doc! { "createdAt": "soon" }, "createdAt is no time"),
        (doc! { "participants": null }, "participants is no list"),
        (doc! { "type": "broadcast" }, "type is none that there is"),
        (doc! { "participants": [oid(1), oid(1)] }, "has two participants, and this has 1"),
        (
            doc! { "type": "direct", "participants": [oid(1), oid(2), oid(3)] },
            "has two participants, and this has 3",
        ),
        (doc! { "participants": [oid(1), oid(8)] }, "there is no participant 0808"),
        (doc! { "type": "group", "participants": [oid(8)] }, "none of the participants"),
        (doc! { "type": "group", "participants": many }, "1000 is the most"),
    ] {
        let fault = stored(fields).unwrap_err();
        assert!(fault.contains(words), "{fault}");
    }
}
