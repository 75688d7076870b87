//! Storing a message.

use natter_domain::command::{SendMessage, Sent};
use natter_domain::message::{Draft, MAX_MEDIA, Quote};
use natter_domain::{
    Conversation, ConversationKind, Media, MediaKind, Message, Rejection, StoredMessage, Timestamp,
};

use url::Url;

use super::Timelines;
use super::writer::{Task, Written};
use crate::error::ServiceError;

impl Timelines {
    /// Stores a message, or answers with the one that its sender named the same before.
    pub(crate) async fn send(&self, command: SendMessage) -> Result<Sent, ServiceError> {
        let conversation = self.context.participated(command.conversation, command.sender).await?;
        if command.group_only && conversation.kind != ConversationKind::Group {
            return Err(Rejection::NotParticipant.into());
        }
        let (draft, reply_to) = match self.check(&command, &conversation).await {
            Ok(checked) => checked,
            // What was stored under this name is answered whatever the repetition contains.
            Err(ServiceError::Rejected(rejection)) => {
                let message = self.sent_before(&command).await?.ok_or(rejection)?;
                return Ok(Sent { message, repeated: true });
            }
            Err(error) => return Err(error),
        };
        let message = Box::new(StoredMessage {
            id: command.id,
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
        let Written { message, repeated } =
            self.write(command.conversation, Task::Insert { message, reply_to }).await?;
        Ok(Sent { message, repeated })
    }

    async fn sent_before(&self, command: &SendMessage) -> Result<Option<Message>, ServiceError> {
        let Some(name) = &command.draft.client_message_id else { return Ok(None) };
        let timeline = &self.context.stores.timeline;
        match timeline.by_client_id(command.conversation, command.sender, name).await? {
            Some(stored) => Ok(Some(self.context.show_message(stored).await?)),
            None => Ok(None),
        }
    }

    /// The contract's checks, in its order of precedence.
    async fn check(
        &self,
        command: &SendMessage,
        conversation: &Conversation,
    ) -> Result<(Draft, Option<Quote>), ServiceError> {
        self.context.unblocked(conversation, command.sender).await?;
        let mut draft = command.draft.clone();
        draft.text = draft.text.filter(|text| !text.trim().is_empty());
        draft.check_content(command.audio_allowed)?;
        draft.media = self.check_media(draft.media).await?;
        let reply_to = match draft.reply_to {
            None => None,
            Some(id) => Some(self.quoted(id, command).await?.ok_or(Rejection::ReplyNotFound)?),
        };
        Ok((draft, reply_to))
    }

    async fn quoted(
        &self,
        id: natter_domain::MessageId,
        command: &SendMessage,
    ) -> Result<Option<Quote>, ServiceError> {
        let quoted = self.context.stores.timeline.message(id).await?;
        match quoted.filter(|quoted| quoted.conversation == command.conversation) {
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
