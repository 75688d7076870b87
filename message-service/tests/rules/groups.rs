//! Who has a group when people go, and what members have unread.

use natter_domain::command::{
    AddParticipants, GetConversation, JoinConversation, MarkRead, RemoveParticipant, SetParticipantRole,
};
use natter_domain::{ConversationId, DirectoryEvent, Event, Rejection, Role, UserEvent, UserId};

use crate::world::{Instance, World};

async fn admins(natter: &Instance, user: UserId, conversation: ConversationId) -> Vec<UserId> {
    let view = natter.commands.call(GetConversation { user, conversation }).await.unwrap();
    let participants = view.conversation.participants.iter();
    participants.filter(|one| one.role == Role::Admin).map(|one| one.user).collect()
}

fn remove(user: UserId, conversation: ConversationId, participant: UserId) -> RemoveParticipant {
    RemoveParticipant { user, conversation, participant }
}

#[tokio::test]
async fn the_longest_standing_member_takes_over_from_the_last_admin() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(4).await;
    let (ann, bob, eve, joe) = (users[0], users[1], users[2], users[3]);
    let group = natter.group(&[ann, bob]).await;
    for late in [eve, joe] {
        let add = AddParticipants { user: ann, conversation: group, participants: vec![late, late, bob] };
        natter.commands.call(add).await.unwrap();
    }
    let no = natter.commands.call(remove(bob, group, eve)).await;
    assert_eq!(no, Err(Rejection::NotAdmin));
    natter.commands.call(remove(ann, group, ann)).await.unwrap();
    assert_eq!(admins(&natter, bob, group).await, [bob]);
    // While there is another admin, nobody takes over.
    let role = SetParticipantRole { user: bob, conversation: group, participant: joe, role: Role::Admin };
    natter.commands.call(role).await.unwrap();
    natter.commands.call(remove(joe, group, bob)).await.unwrap();
    assert_eq!(admins(&natter, eve, group).await, [joe]);
    let demote = SetParticipantRole { user: joe, conversation: group, participant: joe, role: Role::Member };
    assert!(matches!(natter.commands.call(demote).await, Err(Rejection::Invalid { .. })));
    natter.commands.call(remove(joe, group, joe)).await.unwrap();
    assert_eq!(admins(&natter, eve, group).await, [eve]);
    // Who goes last takes the group along.
    natter.commands.call(remove(eve, group, eve)).await.unwrap();
    let gone = natter.commands.call(GetConversation { user: eve, conversation: group }).await;
    assert_eq!(gone.map(drop), Err(Rejection::ConversationNotFound));
}

#[tokio::test]
async fn whoever_is_out_is_out_at_once() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(2).await;
    let (ann, bob) = (users[0], users[1]);
    let group = natter.group(&users).await;
    let other = world.instance().await;
    // The other service remembers that both are in it.
    other.say(group, bob, "hello").await;
    let mut feed = world.feed(bob).await;
    natter.commands.call(remove(ann, group, bob)).await.unwrap();
    let pick = |event| match event {
        UserEvent::ConversationRemoved(conversation) => Some(conversation),
        _ => None,
    };
    assert_eq!(feed.personal(pick).await, group);
    for service in [&natter, &other] {
        let join = JoinConversation { user: bob, conversation: group };
        assert_eq!(service.commands.call(join).await.map(drop), Err(Rejection::NotParticipant));
    }
}

#[tokio::test]
async fn who_is_taken_out_again_is_looked_for_again_since_nobody_may_have_been_told() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(3).await;
    let (ann, bob, eve) = (users[0], users[1], users[2]);
    let group = natter.group(&users).await;
    let mut directory = world.directory().await;
    for (remover, participant, repeated) in
        [(ann, bob, Rejection::UserNotFound), (eve, eve, Rejection::NotParticipant)]
    {
        let mut feed = world.feed(participant).await;
        for expected in [Ok(()), Err(repeated)] {
            assert_eq!(natter.commands.call(remove(remover, group, participant)).await, expected);
        }
        // Both times twice, so that one that is lost does no harm.
        for _ in 0..4 {
            let pick = |event| match event {
                Event::Directory(DirectoryEvent::MemberLeft(id, user)) => (user == participant).then_some(id),
                _ => None,
            };
            assert_eq!(directory.pick(pick).await, group);
        }
        // The client has done nothing the second time, and hears of nothing.
        assert_eq!(feed.so_far(), [Event::User(UserEvent::ConversationRemoved(group))]);
    }
}

#[tokio::test]
async fn unread_is_what_others_sent_since_one_joined() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(3).await;
    let (ann, bob, eve) = (users[0], users[1], users[2]);
    let group = natter.group(&[ann, bob]).await;
    natter.say(group, ann, "one").await;
    let two = natter.say(group, ann, "two").await.message.stored.id;
    natter.say(group, bob, "three").await;
    let add = AddParticipants { user: ann, conversation: group, participants: vec![eve] };
    natter.commands.call(add).await.unwrap();
    let unread = async |user| {
        let get = GetConversation { user, conversation: group };
        natter.commands.call(get).await.unwrap().unread
    };
    assert_eq!([unread(ann).await, unread(bob).await, unread(eve).await], [1, 2, 0]);
    natter.say(group, ann, "four").await;
    assert_eq!([unread(ann).await, unread(bob).await, unread(eve).await], [1, 3, 1]);
    let read = MarkRead { user: bob, conversation: group, messages: vec![two] };
    natter.commands.call(read).await.unwrap();
    assert_eq!(unread(bob).await, 2);
    let delete = natter_domain::command::DeleteMessage { user: ann, message: two };
    natter.commands.call(delete).await.unwrap();
    assert_eq!(unread(bob).await, 2, "it was read");
    let read = MarkRead { user: bob, conversation: group, messages: Vec::new() };
    natter.commands.call(read).await.unwrap();
    assert_eq!([unread(ann).await, unread(bob).await, unread(eve).await], [1, 0, 1]);
}

#[tokio::test]
async fn of_a_new_group_few_are_told_whoever_is_connected_and_of_many_those_who_are() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(17).await;
    world.connect(&users[..2]);
    for (count, told) in [(16, 16), (17, 2)] {
        let mut feeds = Vec::new();
        for user in &users {
            feeds.push(world.feed(*user).await);
        }
        let group = natter.group(&users[..count]).await;
        for (index, feed) in feeds.iter_mut().enumerate() {
            let heard = feed.so_far();
            let is_told = heard.iter().any(
                |event| matches!(event, Event::User(UserEvent::ConversationCreated(view)) if view.conversation.id == group),
            );
            assert_eq!(is_told, index < told, "{index} of {count}: {heard:?}");
        }
    }
}
