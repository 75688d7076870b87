//! Bringing in messages: a conversation after the other, several at a time.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt};
use mongodb::Cursor;
use mongodb::bson::Document;
use natter_domain::{ConversationId, MessageId};

use super::conversations::Merged;
use super::people::People;
use super::timeline::Timeline;
use super::{AT_ONCE, ImportError, Run, next_batch};
use crate::message::{self, OldMessage, REPLY_TO};
use crate::report::MESSAGES;
use crate::source::Found;
use crate::{Read, fields};

/// What a batch is read with.
struct Around {
    /// In which conversations the messages are that others answer.
    answered: HashMap<MessageId, ConversationId>,
}

impl Run<'_> {
    pub(super) async fn messages(&self, people: &mut People, merged: &Merged) -> Result<(), ImportError> {
        let groups = merged.groups();
        let all: Vec<_> = groups.values().flatten().copied().collect();
        let mut cursor = self.source.messages_but_of(&all).await?;
        self.stream(&mut cursor, people, merged).await?;
        for group in groups.values() {
            let mut cursor = self.source.messages_of(group).await?;
            self.stream(&mut cursor, people, merged).await?;
        }
        Ok(())
    }

    /// Brings in what a cursor has, conversation after conversation. The last one of a batch may go
    /// on in the next one, and is kept for it.
    async fn stream(
        &self,
        cursor: &mut Cursor<Document>,
        people: &mut People,
        merged: &Merged,
    ) -> Result<(), ImportError> {
        let of = self.source.estimate(MESSAGES).await?;
        let mut kept: Option<Timeline> = None;
        loop {
            let batch = next_batch(cursor).await?;
            if batch.is_empty() {
                break;
            }
            let batch: Vec<_> = batch.into_iter().map(Found::of).collect();
            let groups = self.read(batch, people, merged).await?;
            let last = groups.len() - 1;
            let mut work = Vec::new();
            for (place, (id, messages)) in groups.into_iter().enumerate() {
                match kept.take() {
                    Some(timeline) if timeline.id() == id => work.push((timeline, messages, place == last)),
                    ended => {
                        if let Some(ended) = ended {
                            ended.finish(&self.target).await?;
                        }
                        work.push((Timeline::new(id), messages, place == last));
                    }
                }
            }
            let done = futures::stream::iter(work).map(|(mut timeline, messages, is_last)| async move {
                timeline.add(&self.target, &self.report, messages).await?;
                if is_last {
                    return Ok(Some(timeline));
                }
                timeline.finish(&self.target).await?;
                Ok::<_, ImportError>(None)
            });
            let done: Vec<_> = done.buffered(AT_ONCE).try_collect().await?;
            kept = done.into_iter().flatten().next();
            self.progress(MESSAGES, of);
        }
        match kept {
            Some(timeline) => timeline.finish(&self.target).await.map_err(Into::into),
            None => Ok(()),
        }
    }

    /// What can be read of a batch, by conversation, in order. There is at least one group, if of no
    /// conversation.
    async fn read(
        &self,
        batch: Vec<Found>,
        people: &mut People,
        merged: &Merged,
    ) -> Result<Vec<(ConversationId, Vec<Read<OldMessage>>)>, ImportError> {
        let answered: Vec<_> = batch
            .iter()
            .filter_map(|found| fields::id_of(&found.document, &REPLY_TO)?.map(MessageId::from_bytes))
            .collect();
        let around = Around { answered: self.source.places(&answered).await? };
        let mut groups: Vec<(ConversationId, Vec<Read<OldMessage>>)> = Vec::new();
        let mut read = Vec::new();
        for found in batch {
            self.report.read(MESSAGES);
            match message::read(&found.document, found.at) {
                Ok(message) => read.push((found.conversation, message)),
                Err(fault) => self.report.left_out(MESSAGES, &fields::name_of(&found.document), fault),
            }
        }
        let senders: Vec<_> = read.iter().map(|(_, message)| message.value.sender).collect();
        people.look_up(&self.target, &senders).await?;
        for (conversation, mut message) in read {
            let left_out = |fault| self.report.left_out(MESSAGES, &message.value.id.to_string(), fault);
            let Some(conversation) = conversation else {
                left_out("there is no conversation, or it is no id".to_owned());
                continue;
            };
            if !people.has(message.value.sender) {
                left_out(format!("there is no sender {}", message.value.sender));
                continue;
            }
            let conversation = merged.of(conversation);
            if let Some(answered) = message.value.reply_to
                && around.answered.get(&answered).map(|place| merged.of(*place)) != Some(conversation)
            {
                message.value.reply_to = None;
                message
                    .changes
                    .push(format!("the message that it answers, {answered}, is not in the conversation"));
            }
            self.keep_reactions_of_known(&mut message, people).await?;
            match groups.last_mut().filter(|(id, _)| *id == conversation) {
                Some((_, messages)) => messages.push(message),
                None => groups.push((conversation, vec![message])),
            }
        }
        if groups.is_empty() {
            groups.push((ConversationId::NONE, Vec::new()));
        }
        Ok(groups)
    }

    async fn keep_reactions_of_known(
        &self,
        message: &mut Read<OldMessage>,
        people: &mut People,
    ) -> Result<(), ImportError> {
        let reactions = &mut message.value.reactions;
        let users: Vec<_> = reactions.iter().flat_map(|reaction| reaction.users.iter().copied()).collect();
        people.look_up(&self.target, &users).await?;
        reactions.iter_mut().for_each(|reaction| reaction.users.retain(|user| people.has(*user)));
        reactions.retain(|reaction| !reaction.users.is_empty());
        if users.iter().any(|user| !people.has(*user)) {
            message.changes.push("reactions of people who are not there are left out".to_owned());
        }
        Ok(())
    }
}
