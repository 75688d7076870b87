//! What has been delivered and read, and telling the senders.

use std::collections::HashMap;
use std::sync::Arc;

use natter_domain::command::{
    DeliverPending, ListReceipts, MAX_PENDING, MAX_READ_IDS, MarkMessageRead, MarkRead,
};
use natter_domain::ports::store::{Delivered, ReadSpan, StoreError, Unread};
use natter_domain::receipt::{IDS_PER_EVENT, ReadReceipt, Receipt};
use natter_domain::{
    ConversationEvent, ConversationId, Event, MessageId, Rejection, Timestamp, Topic, UserEvent, UserId,
};
use tokio_util::task::TaskTracker;

use crate::context::Context;
use crate::error::ServiceError;

/// Messages that a connect delivers in one go.
const DELIVERY_PAGE: u32 = 500;

/// Receipts of all conversations.
pub(crate) struct Receipts {
    context: Arc<Context>,
    /// Telling of what a whole conversation's reading comes to.
    telling: TaskTracker,
}

/// A reading that senders are to be told of.
#[derive(Clone, Copy)]
struct Reading {
    conversation: ConversationId,
    reader: UserId,
    at: Timestamp,
}

impl Receipts {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, telling: TaskTracker::new() }
    }

    /// Waits until everybody is told.
    pub(crate) async fn drain(&self) {
        self.telling.close();
        self.telling.wait().await;
    }

    /// Marks some messages of others as read, or all.
    pub(crate) async fn mark_read(&self, command: MarkRead) -> Result<(), ServiceError> {
        let MarkRead { user: reader, conversation, messages } = command;
        if messages.len() > MAX_READ_IDS {
            return Err(Rejection::invalid("messageIds", format!("at most {MAX_READ_IDS}")).into());
        }
        self.context.participated(conversation, reader).await?;
        let receipts = &self.context.stores.receipts;
        let reading = Reading { conversation, reader, at: self.context.now() };
        if messages.is_empty() {
            let up_to = self.context.stores.timeline.head(conversation).await?.seq;
            if let Some(span) = receipts.mark_all_read(conversation, reader, up_to, reading.at).await? {
                // However much it is, the reader does not wait until all of it has been told.
                self.telling.spawn(tell_span(self.context.clone(), reading, span));
            }
        } else {
            let read = receipts.mark_read(conversation, reader, &messages, reading.at).await?;
            tell_read(&self.context, reading, &read).await;
        }
        Ok(())
    }

    /// Marks one message of somebody else's as read, wherever it is.
    pub(crate) async fn mark_message_read(&self, command: MarkMessageRead) -> Result<(), ServiceError> {
        let MarkMessageRead { user, message } = command;
        let stored = self.context.stores.timeline.message(message).await?;
        let conversation = stored.ok_or(Rejection::MessageNotFound)?.conversation;
        self.mark_read(MarkRead { user, conversation, messages: vec![message] }).await
    }

    /// Users have a device online: what had to wait is delivered.
    pub(crate) async fn deliver_pending(&self, command: DeliverPending) -> Result<(), ServiceError> {
        let DeliverPending { users } = command;
        if users.len() > MAX_PENDING {
            return Err(Rejection::invalid("users", format!("at most {MAX_PENDING}")).into());
        }
        let receipts = &self.context.stores.receipts;
        loop {
            let (reached, more) = receipts.deliver_pending(&users, self.context.now(), DELIVERY_PAGE).await?;
            tell_delivered(&self.context, reached).await;
            if !more {
                return Ok(());
            }
        }
    }

    /// How far each participant has come.
    pub(crate) async fn list(&self, command: ListReceipts) -> Result<Vec<Receipt>, ServiceError> {
        let conversation = self.context.participated(command.conversation, command.user).await?.id;
        let receipts = self.context.stores.receipts.receipts(conversation).await?;
        Ok(receipts.into_iter().map(|(receipt, _singles)| receipt).collect())
    }
}

/// Tells senders that their messages have reached a first recipient.
pub(crate) async fn tell_delivered(context: &Context, reached: Vec<Delivered>) {
    let mut theirs: HashMap<_, Vec<MessageId>> = HashMap::new();
    for Delivered { message, conversation, sender } in reached {
        theirs.entry((sender, conversation)).or_default().push(message);
    }
    for ((sender, conversation), messages) in theirs {
        for messages in messages.chunks(IDS_PER_EVENT) {
            let event = UserEvent::MessagesDelivered { conversation, messages: messages.to_vec() };
            context.publish(Topic::User(sender), Event::User(event)).await;
        }
    }
}

async fn tell_span(context: Arc<Context>, reading: Reading, span: ReadSpan) {
    let mut after = span.after;
    let limit = IDS_PER_EVENT as u32;
    loop {
        let page = others_messages(&context, reading, after, span.up_to, limit).await;
        let mut page = match page {
            Ok(page) => page,
            Err(error) => {
                // It is read all the same; senders see it when they next look.
                tracing::warn!(error = &error as &dyn std::error::Error, "reading not told");
                return;
            }
        };
        let Some(last) = page.last().map(|last| last.seq) else { return };
        page.retain(|message| !span.read_before.contains(&message.seq));
        tell_read(&context, reading, &page).await;
        after = last;
    }
}

async fn others_messages(
    context: &Context,
    reading: Reading,
    after: u64,
    up_to: u64,
    limit: u32,
) -> Result<Vec<Unread>, StoreError> {
    let Reading { conversation, reader, .. } = reading;
    context.stores.receipts.others_messages(conversation, reader, after, up_to, limit).await
}

/// Tells the room, and each sender of what is theirs.
async fn tell_read(context: &Context, reading: Reading, read: &[Unread]) {
    let receipt = |messages: &[MessageId]| ReadReceipt {
        conversation: reading.conversation,
        messages: messages.to_vec(),
        reader: reading.reader,
        at: reading.at,
    };
    let all: Vec<_> = read.iter().map(|message| message.message).collect();
    for messages in all.chunks(IDS_PER_EVENT) {
        let event = Event::Conversation(ConversationEvent::Read(receipt(messages)));
        context.publish(Topic::Conversation(reading.conversation), event).await;
    }
    let mut by_sender: HashMap<UserId, Vec<MessageId>> = HashMap::new();
    for message in read {
        by_sender.entry(message.sender).or_default().push(message.message);
    }
    for (sender, messages) in by_sender {
        for messages in messages.chunks(IDS_PER_EVENT) {
            let event = Event::User(UserEvent::MessagesRead(receipt(messages)));
            context.publish(Topic::User(sender), event).await;
        }
    }
}
