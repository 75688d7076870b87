//! Edits, deletions and reactions that race.

use natter_domain::command::{DeleteMessage, EditMessage, GetMessage, ReactToMessage};
use natter_domain::message::ChangeKind;
use natter_domain::{ConversationId, MessageId, Rejection, UserId};

use crate::world::{Instance, World};

struct Told {
    world: World,
    natter: Instance,
    ann: UserId,
    bob: UserId,
    conversation: ConversationId,
    message: MessageId,
}

async fn told() -> Told {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    let message = natter.say(conversation, ann, "hello").await.message.stored.id;
    Told { world, natter, ann, bob, conversation, message }
}

fn edit(user: UserId, message: MessageId, text: &str) -> EditMessage {
    EditMessage { user, message, text: text.to_owned() }
}

fn react(user: UserId, message: MessageId, emoji: &str, remove: bool) -> ReactToMessage {
    ReactToMessage { user, message, emoji: emoji.to_owned(), remove }
}

#[tokio::test]
async fn whatever_races_with_a_deletion_leaves_it_deleted() {
    let Told { natter, ann, bob, message, .. } = told().await;
    let (deleted, edited, reacted) = tokio::join!(
        natter.commands.call(DeleteMessage { user: ann, message }),
        natter.commands.call(edit(ann, message, "edited")),
        natter.commands.call(react(bob, message, "👍", false)),
    );
    deleted.unwrap();
    for outcome in [edited, reacted] {
        assert!(outcome.is_ok() || outcome == Err(Rejection::MessageDeleted), "{outcome:?}");
    }
    let now = natter.commands.call(GetMessage { user: bob, message }).await.unwrap().stored;
    assert!(now.deleted && now.text.is_none() && now.reactions.is_empty(), "{now:?}");
    let after = natter.commands.call(edit(ann, message, "edited")).await;
    assert_eq!(after, Err(Rejection::MessageDeleted));
    let after = natter.commands.call(react(bob, message, "👍", false)).await;
    assert_eq!(after, Err(Rejection::MessageDeleted));
    // Once more changes nothing.
    let again = natter.commands.call(DeleteMessage { user: ann, message }).await.unwrap();
    assert_eq!(again.stored.rev, now.rev);
}

#[tokio::test]
async fn a_reaction_that_is_there_already_takes_no_place() {
    let Told { natter, ann, bob, conversation, message, .. } = told().await;
    let (one, other) = tokio::join!(
        natter.commands.call(react(bob, message, "👍", false)),
        natter.commands.call(react(bob, message, "👍", false)),
    );
    assert_eq!(one.unwrap().stored, other.unwrap().stored);
    let both = natter.commands.call(react(ann, message, "👍", false)).await.unwrap().stored;
    assert_eq!((both.rev, both.reactions.len()), (3, 1));
    assert_eq!(both.reactions[0].users, [bob, ann]);
    for _ in 0..2 {
        let less = natter.commands.call(react(bob, message, "👍", true)).await.unwrap().stored;
        assert_eq!((less.rev, &less.reactions[0].users), (4, &vec![ann]));
    }
    let none = natter.commands.call(react(ann, message, "👍", true)).await.unwrap().stored;
    assert_eq!((none.rev, none.reactions.len()), (5, 0));
    assert_eq!(natter.say(conversation, bob, "next").await.message.stored.rev, 6);
}

#[tokio::test]
async fn of_two_edits_the_later_one_stays_and_both_are_told() {
    let Told { world, natter, ann, conversation, message, .. } = told().await;
    let mut room = world.room(conversation).await;
    let (one, other) = tokio::join!(
        natter.commands.call(edit(ann, message, "one")),
        natter.commands.call(edit(ann, message, "other")),
    );
    let mut edits = [one.unwrap().stored, other.unwrap().stored];
    edits.sort_by_key(|edit| edit.rev);
    assert_eq!([edits[0].rev, edits[1].rev], [2, 3]);
    assert_eq!([edits[0].seq, edits[1].seq], [1, 1]);
    for edit in &edits {
        let change = room.change().await;
        assert_eq!((change.kind, &change.message.stored), (ChangeKind::Updated, edit));
    }
    let now = natter.commands.call(GetMessage { user: ann, message }).await.unwrap().stored;
    assert_eq!(now, edits[1]);
    assert!(now.edited_at.is_some());
    // The same text again is no edit.
    let text = now.text.clone().unwrap();
    assert_eq!(natter.commands.call(edit(ann, message, &text)).await.unwrap().stored.rev, 3);
}

#[tokio::test]
async fn what_is_not_ones_own_stays_as_it_is() {
    let Told { world, natter, ann, bob, conversation, message } = told().await;
    let eve = world.user("eve").await;
    assert_eq!(natter.commands.call(edit(bob, message, "x")).await, Err(Rejection::NotSender));
    assert_eq!(natter.commands.call(edit(eve, message, "x")).await, Err(Rejection::MessageNotFound));
    let delete = DeleteMessage { user: bob, message };
    assert_eq!(natter.commands.call(delete).await, Err(Rejection::NotSender));
    assert_eq!(natter.commands.call(edit(ann, message, " \n")).await, Err(Rejection::EmptyMessage));
    let long = edit(ann, message, &"x".repeat(10_001));
    assert_eq!(natter.commands.call(long).await, Err(Rejection::TooLong));
    assert_eq!(natter.say(conversation, ann, "next").await.message.stored.rev, 2);

    let group = natter.group(&[bob, ann]).await;
    let message = natter.say(group, ann, "hello").await.message.stored.id;
    let deleted = natter.commands.call(DeleteMessage { user: bob, message }).await.unwrap();
    assert!(deleted.stored.deleted, "an admin may");
}
