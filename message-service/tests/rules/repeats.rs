//! A name of the sender's own is good once, whatever comes with it the second time.

use natter_domain::command::{DeleteMessage, RemoveParticipant, SendMessages, Sent, SetBlock};
use natter_domain::{MessageId, Rejection};

use crate::world::{World, named, send};

#[tokio::test]
async fn a_repetition_is_answered_with_the_first_whatever_its_content() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let first = natter.send(named(send(conversation, ann, "hello"), "1")).await.unwrap().message;
    let mut room = world.room(conversation).await;

    let mut to_nothing = send(conversation, ann, "hello");
    to_nothing.messages[0].draft.reply_to = Some(MessageId::NONE);
    for again in [
        send(conversation, ann, "other"),
        send(conversation, ann, " "),
        send(conversation, ann, &"x".repeat(10_001)),
        to_nothing,
    ] {
        let sent = natter.send(named(again, "1")).await.unwrap();
        assert!(sent.repeated);
        assert_eq!(sent.message.stored, first.stored);
    }
    let block = SetBlock { blocker: bob, blocked: ann, block: true };
    natter.commands.call(block).await.unwrap();
    let sent = natter.send(named(send(conversation, ann, "hello"), "1")).await.unwrap();
    assert_eq!((sent.repeated, sent.message.stored.id), (true, first.stored.id));
    let new = natter.send(named(send(conversation, ann, "hello"), "2")).await;
    assert_eq!(new, Err(Rejection::BlockedYou));
    assert!(room.so_far().iter().all(|event| !is_change(event)), "nothing is new");
}

#[tokio::test]
async fn of_several_sent_together_each_is_stored_refused_or_repeated_alone() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let mut all = send(conversation, ann, "first");
    for text in ["", "named", "again", " ", "last"] {
        all.messages.extend(send(conversation, ann, text).messages);
    }
    // The third and what follows under its name: one of them has no content that could be stored.
    for place in [2, 3, 4] {
        all.messages[place].draft.client_message_id = Some("1".to_owned());
    }
    let told = |sent: Vec<Result<Sent, Rejection>>| -> Vec<_> {
        sent.into_iter().map(|sent| sent.map(|sent| (sent.message.stored.seq, sent.repeated))).collect()
    };
    let once = natter.commands.call(all.clone()).await.unwrap();
    let expected =
        [Ok((1, false)), Err(Rejection::EmptyMessage), Ok((2, false)), Ok((2, true)), Ok((2, true))];
    assert_eq!(told(once), [&expected[..], &[Ok((3, false))]].concat());
    assert_eq!(world.timeline.commits(), [3], "what can be written is written together");
    // A retry of the whole command.
    let again = natter.commands.call(all).await.unwrap();
    let expected = [Ok((1, true)), Err(Rejection::EmptyMessage), Ok((2, true)), Ok((2, true)), Ok((2, true))];
    assert_eq!(told(again), [&expected[..], &[Ok((3, true))]].concat());
    let none = SendMessages { messages: Vec::new(), ..send(conversation, ann, "") };
    assert_eq!(natter.commands.call(none).await.unwrap(), []);
}

fn is_change(event: &natter_domain::Event) -> bool {
    matches!(event, natter_domain::Event::Conversation(natter_domain::ConversationEvent::Changed(_)))
}

#[tokio::test]
async fn a_name_is_its_senders_and_its_conversations() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let (direct, group) = (natter.direct(ann, bob).await, natter.group(&[ann, bob]).await);
    let mut ids = Vec::new();
    for (conversation, sender) in [(direct, ann), (direct, bob), (group, ann), (group, bob)] {
        let sent = natter.send(named(send(conversation, sender, "hello"), "1")).await.unwrap();
        assert!(!sent.repeated);
        ids.push(sent.message.stored.id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_deleted_message_keeps_its_name_and_who_has_left_sends_nothing() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let group = natter.group(&[ann, bob]).await;
    let message = named(send(group, bob, "hello"), "1");
    let first = natter.send(message.clone()).await.unwrap().message.stored;
    natter.commands.call(DeleteMessage { user: bob, message: first.id }).await.unwrap();
    let again = natter.send(named(send(group, bob, "hello"), "1")).await.unwrap();
    assert!(again.repeated && again.message.stored.deleted);
    let remove = RemoveParticipant { user: ann, conversation: group, participant: bob };
    natter.commands.call(remove).await.unwrap();
    assert_eq!(natter.send(message).await, Err(Rejection::NotParticipant));
}
