//! One conversation's messages, on their way into the store.

use std::collections::HashMap;

use natter_domain::message::{Head, StoredMessage};
use natter_domain::ports::store::{Committed, StoreError};
use natter_domain::{Conversation, ConversationId, MessageId};

use crate::Read;
use crate::message::OldMessage;
use crate::receipts::Receipts;
use crate::report::{MESSAGES, Report};
use crate::target::Target;

/// Messages in one write.
const CHUNK: usize = 250;
/// Single reads of one participant that are kept before they are written.
const SINGLES: usize = 2_000;

/// Where a conversation's import stands.
pub(super) struct Timeline {
    id: ConversationId,
    /// Read when the first messages come; `None` in it where there is none.
    conversation: Option<Option<Conversation>>,
    head: Head,
    receipts: Receipts,
    /// The latest message, if it was there before.
    latest: Option<StoredMessage>,
}

impl Timeline {
    pub(super) fn new(id: ConversationId) -> Self {
        Self { id, conversation: None, head: Head::default(), receipts: Receipts::default(), latest: None }
    }

    pub(super) fn id(&self) -> ConversationId {
        self.id
    }

    /// Stores those of the messages that are not there yet, after what is there.
    pub(super) async fn add(
        &mut self,
        target: &Target,
        report: &Report<'_>,
        messages: Vec<Read<OldMessage>>,
    ) -> Result<(), StoreError> {
        let conversation = match self.conversation.take() {
            Some(known) => known,
            None => {
                self.head = target.head(self.id).await?;
                target.conversation(self.id).await?
            }
        };
        if let Some(conversation) = &conversation {
            for chunk in in_chunks(messages) {
                self.chunk(target, report, conversation, chunk).await?;
            }
        } else {
            for message in messages {
                let reason = format!("the conversation {} is not there", self.id);
                report.left_out(MESSAGES, &message.value.id.to_string(), reason);
            }
        }
        self.conversation = Some(conversation);
        for (user, singles, at) in self.receipts.take_singles(SINGLES) {
            target.mark_read(self.id, user, &singles, at).await?;
        }
        Ok(())
    }

    async fn chunk(
        &mut self,
        target: &Target,
        report: &Report<'_>,
        conversation: &Conversation,
        mut messages: Vec<Read<OldMessage>>,
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = messages.iter().map(|message| message.value.id).collect();
        let mut places = target.places(&ids).await?;
        let were_there = places.clone();
        loop {
            let stored = self.placed(&messages, &places);
            if stored.is_empty() {
                break;
            }
            let outcomes = target.insert(self.id, stored.clone()).await?;
            if outcomes.first() == Some(&Committed::Gone) {
                for message in &stored {
                    let reason = format!("the conversation {} was deleted meanwhile", self.id);
                    report.left_out(MESSAGES, &message.id.to_string(), reason);
                }
                messages.retain(|message| places.contains_key(&message.value.id));
                break;
            }
            self.settle(target, &mut messages, &mut places, stored, outcomes).await?;
        }
        for message in messages {
            let Some((place, seq)) = places.get(&message.value.id) else { continue };
            if *place == self.id {
                self.receipts.note(conversation, &message.value, *seq);
            }
            if were_there.contains_key(&message.value.id) {
                let (seq, rev) = (self.head.seq + 1, self.head.rev + 1);
                self.latest = (*place == self.id).then(|| message.value.at(self.id, seq, rev));
                report.there(MESSAGES);
            } else {
                self.latest = None;
                report.added(MESSAGES, &message.value.id.to_string(), message.changes);
            }
        }
        Ok(())
    }

    /// Those that are not there, at the next places.
    fn placed(
        &self,
        messages: &[Read<OldMessage>],
        places: &HashMap<MessageId, (ConversationId, u64)>,
    ) -> Vec<StoredMessage> {
        let missing = messages.iter().filter(|message| !places.contains_key(&message.value.id));
        (1..)
            .zip(missing)
            .map(|(n, message)| message.value.at(self.id, self.head.seq + n, self.head.rev + n))
            .collect()
    }

    /// Notes what is written; what is not has another place, or another name, the next time.
    async fn settle(
        &mut self,
        target: &Target,
        messages: &mut [Read<OldMessage>],
        places: &mut HashMap<MessageId, (ConversationId, u64)>,
        stored: Vec<StoredMessage>,
        outcomes: Vec<Committed>,
    ) -> Result<(), StoreError> {
        for (message, outcome) in stored.into_iter().zip(outcomes) {
            match outcome {
                Committed::Written => {
                    self.head = Head { rev: message.rev, seq: message.seq };
                    places.insert(message.id, (self.id, message.seq));
                }
                Committed::Repeated(there) if there.id == message.id => {
                    places.insert(message.id, (there.conversation, there.seq));
                }
                Committed::Repeated(there) => {
                    let named = messages.iter_mut().find(|named| named.value.id == message.id);
                    if let Some(named) = named {
                        named.value.client_message_id = None;
                        let reason = format!("{} has its clientMessageId: it has none now", there.id);
                        named.changes.push(reason);
                    }
                }
                Committed::Collided => self.head = target.head(self.id).await?,
                Committed::Gone | Committed::NotTried => {}
            }
        }
        Ok(())
    }

    /// Writes what was read and received, once all messages are there.
    pub(super) async fn finish(mut self, target: &Target) -> Result<(), StoreError> {
        // A run that was killed may have left it out of the lists of conversations: to commit it
        // again puts it there.
        if let Some(latest) = self.latest.take() {
            target.insert(self.id, vec![latest]).await?;
        }
        let mut latest = natter_domain::Timestamp::default();
        for (user, reader) in self.receipts.take_readers() {
            latest = latest.max(reader.at);
            target.mark_all_read(self.id, user, reader.up_to, reader.at).await?;
            target.mark_read(self.id, user, &reader.singles, reader.at).await?;
        }
        for (up_to, users) in self.receipts.take_delivered() {
            target.mark_delivered(self.id, users, up_to, latest).await?;
        }
        Ok(())
    }
}

/// In order.
fn in_chunks(messages: Vec<Read<OldMessage>>) -> Vec<Vec<Read<OldMessage>>> {
    let mut chunks: Vec<Vec<_>> = Vec::new();
    for message in messages {
        match chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(message),
            None => chunks.push(vec![message]),
        }
    }
    chunks
}
