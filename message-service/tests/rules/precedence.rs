//! Of several things that are wrong with a message, the contract says which is told.

use natter_domain::command::{SendMessages, SetBlock};
use natter_domain::{ConversationId, Media, MediaKind, MessageId, MessageKind, Rejection, UserId};

use crate::world::{Instance, World, send};

/// What may be wrong, in the contract's order.
const FAULTS: [fn(&mut SendMessages); 7] = [
    |send| send.conversation = ConversationId::NONE,
    |send| send.sender = UserId::NONE,
    |send| send.messages[0].draft.kind = Some(MessageKind::Media(MediaKind::Audio)),
    |send| send.messages[0].draft.text = Some(" \n\u{3000}".to_owned()),
    |send| send.messages[0].draft.kind = Some(MessageKind::Media(MediaKind::Image)),
    |send| send.messages[0].draft.text = Some("x".repeat(10_001)),
    |send| send.messages[0].draft.reply_to = Some(MessageId::NONE),
];
const TOLD: [Rejection; 7] = [
    Rejection::ConversationNotFound,
    Rejection::NotParticipant,
    Rejection::AudioNotAllowed,
    Rejection::EmptyMessage,
    Rejection::TypeMismatch,
    Rejection::TooLong,
    Rejection::ReplyNotFound,
];

async fn refused(natter: &Instance, message: SendMessages) -> Rejection {
    natter.send(message).await.expect_err("it may not be sent")
}

#[tokio::test]
async fn the_first_of_all_that_is_wrong_is_told() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    for (first, told) in TOLD.iter().enumerate() {
        let mut message = send(conversation, ann, "hello");
        FAULTS[first](&mut message);
        assert_eq!(&refused(&natter, message).await, told, "alone");
        for (later, fault) in FAULTS.iter().enumerate().skip(first + 1) {
            let mut message = send(conversation, ann, "hello");
            // The earlier one last: both may be about the same field.
            fault(&mut message);
            FAULTS[first](&mut message);
            assert_eq!(&refused(&natter, message).await, told, "before {later}");
        }
    }
    assert_eq!(natter.say(conversation, ann, "hello").await.message.stored.seq, 1);
}

#[tokio::test]
async fn a_block_is_told_after_membership_and_before_the_content() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let group = natter.group(&[ann, bob]).await;
    let block = |blocker, blocked, block| natter.commands.call(SetBlock { blocker, blocked, block });
    block(ann, bob, true).await.unwrap();
    for (sender, told) in [(ann, Rejection::BlockedByYou), (bob, Rejection::BlockedYou)] {
        for fault in FAULTS.iter().skip(2) {
            let mut message = send(conversation, sender, "hello");
            fault(&mut message);
            assert_eq!(refused(&natter, message).await, told);
        }
        assert_eq!(refused(&natter, send(conversation, sender, "hello")).await, told);
    }
    let stranger = send(conversation, UserId::NONE, "hello");
    assert_eq!(refused(&natter, stranger).await, Rejection::NotParticipant);
    // Both ways: one's own is told.
    block(bob, ann, true).await.unwrap();
    for sender in [ann, bob] {
        let told = refused(&natter, send(conversation, sender, "hello")).await;
        assert_eq!(told, Rejection::BlockedByYou);
        natter.say(group, sender, "groups know no blocks").await;
    }
    for (blocker, blocked) in [(ann, bob), (bob, ann)] {
        block(blocker, blocked, false).await.unwrap();
    }
    natter.say(conversation, bob, "hello").await;
}

#[tokio::test]
async fn files_must_be_ours_and_answers_be_of_the_same_conversation() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (conversation, group) = (natter.direct(ann, bob).await, natter.group(&[ann, bob]).await);
    let file = Media {
        url: "https://evil.example/a.png".to_owned(),
        kind: MediaKind::Image,
        filename: None,
        size: None,
        mimetype: None,
    };
    let mut message = send(conversation, ann, "look");
    message.messages[0].draft.media = vec![file];
    match refused(&natter, message).await {
        Rejection::Invalid { field, .. } => assert_eq!(field, "media"),
        other => panic!("{other:?}"),
    }
    let elsewhere = natter.say(group, ann, "elsewhere").await.message.stored.id;
    let mut message = send(conversation, ann, "answer");
    message.messages[0].draft.reply_to = Some(elsewhere);
    assert_eq!(refused(&natter, message.clone()).await, Rejection::ReplyNotFound);
    message.conversation = group;
    let sent = natter.send(message).await.unwrap().message;
    assert_eq!(sent.reply_to.unwrap().text.as_deref(), Some("elsewhere"));
}
