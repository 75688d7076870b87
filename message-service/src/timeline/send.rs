//! Storing messages.

use natter_domain::command::{Outgoing, SendMessages, Sent};
use natter_domain::message::{MAX_MEDIA, Quote};
use natter_domain::{
    Conversation, ConversationId, ConversationKind, Media, MediaKind, MessageId, Rejection, StoredMessage,
    Timestamp,
};

use url::Url;

use super::writer::{Task, Written};
use super::{Queued, Timelines};
use crate::error::ServiceError;

/// The command, in logs.
const NAME: &str = "SendMessages";

impl Timelines {
    /// Stores messages, or answers with those that their sender named the same before. All of them
    /// are checked before the first is queued, so that they are written together.
    pub(crate) async fn send(
        &self,
        command: SendMessages,
    ) -> Result<Vec<Result<Sent, Rejection>>, ServiceError> {
        let conversation = self.context.participated(command.conversation, command.sender).await?;
        if command.group_only && conversation.kind != ConversationKind::Group {
            return Err(Rejection::NotParticipant.into());
        }
        let mut checked = Vec::with_capacity(command.messages.len());
        for message in &command.messages {
            checked.push(self.check(message, &command, &conversation).await);
        }
        let queue = |task: Result<Task, ServiceError>| Ok(self.queue(command.conversation, task?)?);
        let queued: Vec<Result<Queued, ServiceError>> = checked.into_iter().map(queue).collect();
        let mut outcomes = Vec::with_capacity(queued.len());
        for (message, queued) in command.messages.iter().zip(queued) {
            let outcome = match queued {
                Ok(queued) => queued.written().await.map(Sent::from),
                // What was stored under this name is answered whatever the repetition contains.
                Err(ServiceError::Rejected(rejection)) => match self.sent_before(message, &command).await {
                    Ok(stored) => stored.ok_or(rejection),
                    Err(error) => Err(error.into_rejection(NAME)),
                },
                Err(error) => Err(error.into_rejection(NAME)),
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn sent_before(
        &self,
        message: &Outgoing,
        command: &SendMessages,
    ) -> Result<Option<Sent>, ServiceError> {
        let Some(name) = &message.draft.client_message_id else { return Ok(None) };
        let timeline = &self.context.stores.timeline;
        match timeline.by_client_id(command.conversation, command.sender, name).await? {
            Some(stored) => {
                let message = self.context.show_message(stored).await?;
                Ok(Some(Sent { message, repeated: true }))
            }
            None => Ok(None),
        }
    }

    /// The contract's checks, in its order of precedence.
    async fn check(
        &self,
        message: &Outgoing,
        command: &SendMessages,
        conversation: &Conversation,
    ) -> Result<Task, ServiceError> {
        self.context.unblocked(conversation, command.sender).await?;
        let mut draft = message.draft.clone();
        draft.text = draft.text.filter(|text| !text.trim().is_empty());
        draft.check_content(command.audio_allowed)?;
        draft.media = self.check_media(draft.media).await?;
        let reply_to = match draft.reply_to {
            None => None,
            Some(id) => Some(self.quoted(id, command.conversation).await?.ok_or(Rejection::ReplyNotFound)?),
        };
        let message = Box::new(StoredMessage {
            id: message.id,
            conversation: command.conversation,
            sender: command.sender,
            kind: draft.content_kind(),
            text: draft.text,
            media: draft.media,
            reply_to: draft.reply_to,
            reactions: Vec::new(),
            seq: 0,
            rev: 0,
            created_rev: 0,
            client_message_id: draft.client_message_id,
            edited_at: None,
            deleted: false,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        });
        Ok(Task::Insert { message, reply_to })
    }

    async fn quoted(
        &self,
        id: MessageId,
        conversation: ConversationId,
    ) -> Result<Option<Quote>, ServiceError> {
        let quoted = self.context.stores.timeline.message(id).await?;
        match quoted.filter(|quoted| quoted.conversation == conversation) {
            None => Ok(None),
            Some(quoted) => {
                let sender = self.context.directory.author(quoted.sender).await?;
                Ok(Some(Quote { id, text: quoted.text, sender }))
            }
        }
    }

    /// Each file was issued here, or comes from where the configuration allows.
    async fn check_media(&self, media: Vec<Media>) -> Result<Vec<Media>, ServiceError> {
        if media.is_empty() {
            return Ok(media);
        }
        if media.len() > MAX_MEDIA {
            return Err(Rejection::invalid("media", format!("at most {MAX_MEDIA} files")).into());
        }
        let urls: Vec<_> = media.iter().map(|file| file.url.clone()).collect();
        let issued = self.context.stores.media.find(&urls).await?;
        let mut checked = Vec::with_capacity(media.len());
        for file in media {
            match issued.iter().find(|record| record.url == file.url) {
                Some(record) if is_shown_as(record.kind, file.kind) => checked.push(Media {
                    filename: file.filename.or_else(|| Some(record.filename.clone())),
                    size: Some(record.size),
                    mimetype: Some(record.mimetype.clone()),
                    ..file
                }),
                Some(_) => return Err(Rejection::invalid("media", "type is not the file's").into()),
                None if is_below(&file.url, &self.media_url_prefixes) => checked.push(file),
                None => {
                    return Err(Rejection::invalid("media", "url was not issued by the media service").into());
                }
            }
        }
        Ok(checked)
    }
}

impl From<Written> for Sent {
    fn from(Written { message, repeated }: Written) -> Self {
        Self { message, repeated }
    }
}

/// Whether the place that the URL comes to, once a client has resolved its `..`, is below one of
/// these.
fn is_below(url: &str, prefixes: &[String]) -> bool {
    let Ok(resolved) = Url::parse(url) else { return false };
    prefixes.iter().any(|prefix| url.starts_with(prefix) && resolved.as_str().starts_with(prefix))
}

/// Anything may be sent as a plain file.
fn is_shown_as(content: MediaKind, shown: MediaKind) -> bool {
    content == shown || shown == MediaKind::File
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_resolved_before_they_are_compared() {
        let prefixes = ["https://cdn.example/chat/".to_owned()];
        assert!(is_below("https://cdn.example/chat/a%20b.png", &prefixes));
        for url in [
            "https://cdn.example/chat/../private",
            "https://cdn.example/chat/%2e%2e/private",
            "https://cdn.example.evil/chat/a",
            "https://me@cdn.example/chat/a",
            "/chat/a",
        ] {
            assert!(!is_below(url, &prefixes), "{url}");
        }
    }
}
