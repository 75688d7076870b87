//! Who has received and read what, from what each message of a conversation says of itself.
//!
//! The store has a watermark for each participant, and single reads above it. Both are found while
//! the messages pass by in order, without keeping them.

use std::collections::HashMap;

use natter_domain::{Conversation, ConversationKind, MessageId, MessageStatus, Timestamp, UserId};

use crate::message::OldMessage;

/// What a participant has read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reader {
    /// Everything up to this `seq`; zero for nothing.
    pub(crate) up_to: u64,
    /// And these, after one that they have not.
    pub(crate) singles: Vec<MessageId>,
    /// When they last read.
    pub(crate) at: Timestamp,
    has_unread: bool,
}

/// What is known so far of one conversation.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    readers: HashMap<UserId, Reader>,
    /// How far messages have reached somebody.
    delivered: HashMap<UserId, u64>,
    last_seq: u64,
    /// Messages of Natter's own have come between: what was read of those, nobody says here.
    has_gap: bool,
}

impl Receipts {
    /// The next message, at this `seq`.
    pub(crate) fn note(&mut self, conversation: &Conversation, message: &OldMessage, seq: u64) {
        self.has_gap |= seq != self.last_seq + 1;
        self.last_seq = seq;
        let direct = conversation.kind == ConversationKind::Direct;
        for user in conversation.others(message.sender) {
            // Of a group's message `status` does not say whom it has reached: it has reached them all.
            if message.status >= MessageStatus::Delivered || message.delivered_to.contains(&user) {
                self.delivered.insert(user, seq);
            }
            let listed = message.read_by.iter().find(|(reader, _)| *reader == user);
            let has_read = listed.is_some() || (direct && message.status == MessageStatus::Read);
            let reader = self.readers.entry(user).or_default();
            if has_read {
                let at = listed.and_then(|(_, at)| *at).unwrap_or(message.created_at);
                reader.at = reader.at.max(at);
            }
            match (has_read || message.deleted, reader.has_unread || self.has_gap) {
                (true, false) => reader.up_to = seq,
                (true, true) if !message.deleted => reader.singles.push(message.id),
                (true, true) => {}
                (false, _) => reader.has_unread = true,
            }
        }
    }

    /// Those who have read anything.
    pub(crate) fn take_readers(&mut self) -> impl Iterator<Item = (UserId, Reader)> + use<> {
        std::mem::take(&mut self.readers).into_iter().filter(|(_, reader)| reader.at > Timestamp::default())
    }

    /// Single reads that need not be kept any longer, as soon as there are some.
    pub(crate) fn take_singles(&mut self, at_least: usize) -> Vec<(UserId, Vec<MessageId>, Timestamp)> {
        let many = self.readers.iter_mut().filter(|(_, reader)| reader.singles.len() >= at_least);
        many.map(|(user, reader)| (*user, std::mem::take(&mut reader.singles), reader.at)).collect()
    }

    /// How far messages have reached people, those together who are equally far.
    pub(crate) fn take_delivered(&mut self) -> HashMap<u64, Vec<UserId>> {
        let mut by_seq = HashMap::<_, Vec<_>>::new();
        for (user, seq) in std::mem::take(&mut self.delivered) {
            by_seq.entry(seq).or_default().push(user);
        }
        by_seq
    }
}

#[cfg(test)]
mod tests {
    use natter_domain::{ConversationId, Participant, Role};

    use super::*;

    fn user(n: u8) -> UserId {
        UserId::from_bytes([n; 12])
    }

    fn conversation(kind: ConversationKind, people: u8) -> Conversation {
        let at = Timestamp::from_millis(1);
        let participant = |n| Participant { user: user(n), role: Role::Member, joined_at: at };
        Conversation {
            id: ConversationId::NONE,
            kind,
            name: None,
            photo: None,
            participants: (1..=people).map(participant).collect(),
            created_at: at,
            updated_at: at,
        }
    }

    fn message(n: u8, sender: u8, status: MessageStatus, read_by: &[u8]) -> OldMessage {
        let at = Timestamp::from_millis(1_000 + i64::from(n));
        OldMessage {
            id: MessageId::from_bytes([n; 12]),
            sender: user(sender),
            text: Some("hello".to_owned()),
            media: Vec::new(),
            reply_to: None,
            reactions: Vec::new(),
            client_message_id: None,
            edited_at: None,
            deleted: false,
            created_at: at,
            status,
            read_by: read_by.iter().map(|n| (user(*n), None)).collect(),
            delivered_to: Vec::new(),
        }
    }

    /// `(user, up to, singles)` of everybody who has read, and how far who has received.
    type Outcome = (Vec<(UserId, u64, usize)>, Vec<(u64, Vec<UserId>)>);

    fn outcome(kind: ConversationKind, people: u8, messages: &[(u64, OldMessage)]) -> Outcome {
        let mut receipts = Receipts::default();
        for (seq, message) in messages {
            receipts.note(&conversation(kind, people), message, *seq);
        }
        let mut read: Vec<_> = receipts
            .take_readers()
            .map(|(user, reader)| (user, reader.up_to, reader.singles.len()))
            .collect();
        read.sort();
        let mut delivered: Vec<_> = receipts.take_delivered().into_iter().collect();
        delivered.iter_mut().for_each(|(_, users)| users.sort());
        delivered.sort();
        (read, delivered)
    }

    #[test]
    fn of_two_the_status_says_all() {
        use MessageStatus::{Delivered, Read, Sent};
        let messages = [
            (1, message(1, 1, Read, &[])),
            (2, message(2, 2, Delivered, &[])),
            (3, message(3, 1, Sent, &[])),
            (4, message(4, 1, Read, &[])),
        ];
        let (read, delivered) = outcome(ConversationKind::Direct, 2, &messages);
        assert_eq!(read, [(user(2), 1, 1)]);
        assert_eq!(delivered, [(2, vec![user(1)]), (4, vec![user(2)])]);
    }

    #[test]
    fn of_a_group_the_readers_are_listed() {
        use MessageStatus::{Read, Sent};
        let messages = [
            (1, message(1, 1, Read, &[2])),
            (2, message(2, 2, Sent, &[1, 3])),
            (3, message(3, 1, Sent, &[2])),
        ];
        let (read, delivered) = outcome(ConversationKind::Group, 3, &messages);
        assert_eq!(read, [(user(1), 2, 0), (user(2), 3, 0), (user(3), 0, 1)]);
        assert_eq!(delivered, [(1, vec![user(2), user(3)])]);
    }

    #[test]
    fn a_watermark_does_not_pass_what_nobody_says_anything_of() {
        let messages = [
            (1, message(1, 1, MessageStatus::Read, &[])),
            // The second one is Natter's own.
            (3, message(3, 1, MessageStatus::Read, &[])),
        ];
        assert_eq!(outcome(ConversationKind::Direct, 2, &messages).0, [(user(2), 1, 1)]);
    }

    #[test]
    fn deleted_messages_need_no_reading() {
        let deleted = OldMessage { deleted: true, ..message(2, 1, MessageStatus::Sent, &[]) };
        let messages = [
            (1, message(1, 1, MessageStatus::Read, &[])),
            (2, deleted),
            (3, message(3, 1, MessageStatus::Read, &[])),
        ];
        assert_eq!(outcome(ConversationKind::Direct, 2, &messages).0, [(user(2), 3, 0)]);
    }
}
