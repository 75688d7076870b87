//! Names of what goes over the bus: the only place with their text.

use natter_domain::event::Topic;
use natter_domain::ports::{Address, Service};

/// Where a replica is requested to carry a command out, for example
/// `natter.v1.cmd.message.17.0000000000000000000000000000002a`.
pub fn command(address: Address, replica: u128) -> String {
    format!("natter.v1.cmd.{}.{}.{replica:032x}", name(address.service), address.partition)
}

/// Where the replicas of a service announce themselves, for example `natter.v1.replica.message`.
pub fn replicas(service: Service) -> String {
    format!("natter.v1.replica.{}", name(service))
}

/// Where the replicas of a service are requested to announce themselves to who asks, for example
/// `natter.v1.replica.message.who`.
pub fn who(service: Service) -> String {
    format!("{}.who", replicas(service))
}

/// Where nobody ever listens: a request there is answered by the broker itself, after all that was
/// sent before over the same connection.
pub const NOBODY: &str = "natter.v1.nobody";

const fn name(service: Service) -> &'static str {
    match service {
        Service::Message => "message",
        Service::Presence => "presence",
    }
}

/// Where an event is published, for example `natter.v1.conversation.65a000000000000000000001`.
pub fn topic(topic: Topic) -> String {
    match topic {
        Topic::Conversation(id) => format!("natter.v1.conversation.{id}"),
        Topic::User(id) => format!("natter.v1.user.{id}"),
        Topic::Directs(id) => format!("natter.v1.directs.{id}"),
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
        let address = Address { service: Service::Message, partition: 17 };
        let replica = "0000000000000000000000000000002a";
        assert_eq!(command(address, 42), format!("natter.v1.cmd.message.17.{replica}"));
        assert_eq!(
            topic(Topic::Conversation(ConversationId::lenient(id))),
            format!("natter.v1.conversation.{id}")
        );
        assert_eq!(topic(Topic::User(UserId::lenient(id))), format!("natter.v1.user.{id}"));
        assert_eq!(topic(Topic::Directs(UserId::lenient(id))), format!("natter.v1.directs.{id}"));
        assert_eq!(topic(Topic::Directory), "natter.v1.directory");
        assert_eq!(replicas(Service::Presence), "natter.v1.replica.presence");
        assert_eq!(who(Service::Presence), "natter.v1.replica.presence.who");
    }
}
