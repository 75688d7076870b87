//! Stored things as clients see them: with names, and with what is derived from receipts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use natter_domain::conversation::{LastMessage, MAX_MEMBERS_FOR_ACTIVITY, Member};
use natter_domain::message::{Quote, ReadBy};
use natter_domain::ports::store::{Listed, StoreError};
use natter_domain::receipt::Receipt;
use natter_domain::{
    Conversation, ConversationId, ConversationView, Message, MessageId, MessageStatus, StoredMessage, UserId,
    UserRef,
};

use crate::context::Context;
use crate::directory::nameless;
use crate::pages::{MAX_REPLY_BYTES, members_weight};

/// Longest URL of a picture, in bytes, where there are so many members that not all would fit into a
/// reply. Those that are issued here are much shorter.
const MAX_PICTURE_OF_MANY: usize = 256;

/// A conversation's watermarks, with what was read one by one above them.
type Receipts = Vec<(Receipt, Vec<u64>)>;

impl Context {
    /// Messages of any conversations, in the same order.
    pub(crate) async fn show_messages(&self, stored: Vec<StoredMessage>) -> Result<Vec<Message>, StoreError> {
        let conversations: HashSet<_> = stored.iter().map(|message| message.conversation).collect();
        let mut receipts: HashMap<ConversationId, Receipts> = HashMap::new();
        for conversation in conversations {
            receipts.insert(conversation, self.stores.receipts.receipts(conversation).await?);
        }
        let quotes = self.quotes(stored.iter().filter_map(|message| message.reply_to)).await?;
        let senders: HashSet<_> = stored.iter().map(|message| message.sender).collect();
        let users = self.directory.users(&senders.into_iter().collect::<Vec<_>>()).await?;
        let shown = stored.into_iter().map(|message| {
            let none = Receipts::new();
            let (status, read_by) = progress(&message, receipts.get(&message.conversation).unwrap_or(&none));
            Message {
                sender: named(&users, message.sender),
                status,
                read_by,
                reply_to: message.reply_to.and_then(|id| quotes.get(&id).cloned()),
                stored: message,
            }
        });
        Ok(shown.collect())
    }

    /// One message.
    pub(crate) async fn show_message(&self, stored: StoredMessage) -> Result<Message, StoreError> {
        let reply_to = match stored.reply_to {
            Some(id) => self.quotes([id].into_iter()).await?.remove(&id),
            None => None,
        };
        let receipts = self.stores.receipts.receipts(stored.conversation).await?;
        let (status, read_by) = progress(&stored, &receipts);
        let sender = self.directory.author(stored.sender).await?;
        Ok(Message { sender, status, read_by, reply_to, stored })
    }

    /// A message that nobody can have received yet: no receipts to look at.
    pub(crate) async fn show_new_message(
        &self,
        stored: StoredMessage,
        reply_to: Option<Quote>,
    ) -> Result<Message, StoreError> {
        let sender = self.directory.author(stored.sender).await?;
        Ok(Message { sender, status: MessageStatus::Sent, read_by: Vec::new(), reply_to, stored })
    }

    /// Quoted messages by their ids.
    pub(crate) async fn quotes(
        &self,
        ids: impl Iterator<Item = MessageId>,
    ) -> Result<HashMap<MessageId, Quote>, StoreError> {
        let ids: HashSet<_> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let quoted = self.stores.timeline.messages(&ids.into_iter().collect::<Vec<_>>()).await?;
        let mut quotes = HashMap::with_capacity(quoted.len());
        for message in quoted {
            let sender = self.directory.author(message.sender).await?;
            quotes.insert(message.id, Quote { id: message.id, text: message.text, sender });
        }
        Ok(quotes)
    }

    /// A conversation as a participant's list shows it.
    pub(crate) async fn show_conversation(&self, listed: Listed) -> Result<ConversationView, StoreError> {
        let members = self.members(&listed.conversation).await?;
        let last_message = match listed.last_message {
            Some(message) => Some(self.show_last_message(message).await?),
            None => None,
        };
        let updated_at = last_message
            .as_ref()
            .map_or(listed.conversation.updated_at, |last| last.at.max(listed.conversation.updated_at));
        Ok(ConversationView {
            conversation: Arc::new(listed.conversation),
            members,
            head: listed.head,
            last_message,
            unread: listed.unread,
            updated_at,
        })
    }

    /// The latest message as lists show it.
    pub(crate) async fn show_last_message(&self, message: StoredMessage) -> Result<LastMessage, StoreError> {
        Ok(LastMessage {
            sender: self.directory.author(message.sender).await?,
            at: message.created_at,
            kind: message.kind,
            content: message.text,
        })
    }

    /// The participants with their names.
    async fn members(&self, conversation: &Conversation) -> Result<Arc<Vec<Member>>, StoreError> {
        let ids: Vec<_> = conversation.participants.iter().map(|participant| participant.user).collect();
        let users = self.directory.users(&ids).await?;
        let members = conversation
            .participants
            .iter()
            .map(|participant| Member { user: named(&users, participant.user), role: participant.role });
        let mut members: Vec<_> = members.collect();
        if members_weight(&members) > MAX_REPLY_BYTES {
            leave_out_long_pictures(&mut members);
        }
        Ok(Arc::new(members))
    }
}

/// With the longest pictures, 1,000 members would be too large for a bus; without, they are not.
fn leave_out_long_pictures(members: &mut [Member]) {
    for member in members {
        if member.user.profile_image.as_ref().is_some_and(|url| url.len() > MAX_PICTURE_OF_MANY) {
            Arc::make_mut(&mut member.user).profile_image = None;
        }
    }
}

fn named(users: &HashMap<UserId, Arc<UserRef>>, id: UserId) -> Arc<UserRef> {
    users.get(&id).cloned().unwrap_or_else(|| nameless(id))
}

/// How far a message has come, and who has read it: its furthest recipient counts.
fn progress(message: &StoredMessage, receipts: &Receipts) -> (MessageStatus, Vec<ReadBy>) {
    let mut status = MessageStatus::Sent;
    let mut read_by = Vec::new();
    let list_readers = receipts.len() <= MAX_MEMBERS_FOR_ACTIVITY;
    for (receipt, singles) in receipts {
        // What was there before somebody joined was not sent to them.
        if receipt.user == message.sender || message.seq <= receipt.joined_seq {
            continue;
        }
        if receipt.read_seq >= message.seq || singles.contains(&message.seq) {
            status = MessageStatus::Read;
            if list_readers {
                // Of what was read out of order the time is not kept.
                let at = receipt.read_at.unwrap_or(message.created_at);
                read_by.push(ReadBy { user: receipt.user, at });
            }
        } else if receipt.delivered_seq >= message.seq {
            status = status.max(MessageStatus::Delivered);
        }
    }
    (status, read_by)
}

#[cfg(test)]
mod tests {
    use natter_domain::{MessageKind, Timestamp};

    use super::*;

    fn user(number: u8) -> UserId {
        UserId::from_bytes([number; 12])
    }

    fn message(sender: UserId, seq: u64) -> StoredMessage {
        StoredMessage {
            id: MessageId::NONE,
            conversation: ConversationId::NONE,
            sender,
            text: Some("hello".to_owned()),
            media: Vec::new(),
            kind: MessageKind::Text,
            reply_to: None,
            reactions: Vec::new(),
            seq,
            rev: seq,
            created_rev: seq,
            client_message_id: None,
            edited_at: None,
            deleted: false,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    fn receipt(user: UserId, delivered_seq: u64, read_seq: u64) -> (Receipt, Vec<u64>) {
        (
            Receipt { user, joined_seq: 0, delivered_seq, read_seq, read_at: Some(Timestamp::default()) },
            Vec::new(),
        )
    }

    #[test]
    fn the_furthest_recipient_counts_and_the_sender_never_does() {
        let (ann, bob, eve) = (user(1), user(2), user(3));
        let cases = [
            (vec![receipt(ann, 9, 9)], MessageStatus::Sent),
            (vec![receipt(ann, 9, 9), receipt(bob, 4, 0)], MessageStatus::Sent),
            (vec![receipt(bob, 5, 4)], MessageStatus::Delivered),
            (vec![receipt(bob, 0, 5), receipt(eve, 5, 0)], MessageStatus::Read),
            (vec![(receipt(bob, 0, 0).0, vec![5])], MessageStatus::Read),
            (vec![(Receipt { joined_seq: 5, ..receipt(bob, 9, 9).0 }, vec![])], MessageStatus::Sent),
        ];
        for (receipts, expected) in cases {
            assert_eq!(progress(&message(ann, 5), &receipts).0, expected, "{receipts:?}");
        }
    }

    #[test]
    fn who_read_out_of_order_is_listed_too() {
        let (ann, bob) = (user(1), user(2));
        let single = (Receipt { read_at: None, ..receipt(bob, 5, 0).0 }, vec![5]);
        let at = Timestamp::default();
        assert_eq!(progress(&message(ann, 5), &vec![single]).1, [ReadBy { user: bob, at }]);
    }
}
