//! Names of what goes over the bus: the only place with their text.

use natter_domain::event::Topic;
use natter_domain::ports::{Address, Service};

/// Where a command is requested, for example `natter.v1.cmd.message.17`.
pub fn command(address: Address) -> String {
    let service = match address.service {
        Service::Message => "message",
        Service::Presence => "presence",
    };
    format!("natter.v1.cmd.{service}.{}", address.partition)
}

/// Where an event is published, for example `natter.v1.conversation.65a000000000000000000001`.
pub fn topic(topic: Topic) -> String {
    match topic {
        Topic::Conversation(id) => format!("natter.v1.conversation.{id}"),
        Topic::User(id) => format!("natter.v1.user.{id}"),
        Topic::Directory => "natter.v1.directory".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use natter_domain::{ConversationId, UserId};

    use super::*;

    #[test]
    fn have_their_version_and_kind() {
        let id = "65a000000000000000000001";
        assert_eq!(command(Address { service: Service::Message, partition: 17 }), "natter.v1.cmd.message.17");
        assert_eq!(command(Address { service: Service::Presence, partition: 0 }), "natter.v1.cmd.presence.0");
        assert_eq!(
            topic(Topic::Conversation(ConversationId::lenient(id))),
            format!("natter.v1.conversation.{id}")
        );
        assert_eq!(topic(Topic::User(UserId::lenient(id))), format!("natter.v1.user.{id}"));
        assert_eq!(topic(Topic::Directory), "natter.v1.directory");
    }
}
