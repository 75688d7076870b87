//! How a message that is stored becomes another one.

use natter_domain::message::{ChangeKind, Reaction};
use natter_domain::{Rejection, StoredMessage, Timestamp, UserId};

/// Most different emoji on a message.
const MAX_EMOJI: usize = 32;

/// A change of a stored message. Applied to whatever the message is by then, so that it can be
/// applied again where another writer was faster.
#[derive(Clone, Debug)]
pub(super) enum Mutation {
    Edit { text: String },
    Delete,
    React { user: UserId, emoji: String },
    Unreact { user: UserId, emoji: String },
}

impl Mutation {
    pub(super) fn kind(&self) -> ChangeKind {
        match self {
            Self::Delete => ChangeKind::Deleted,
            Self::Edit { .. } | Self::React { .. } | Self::Unreact { .. } => ChangeKind::Updated,
        }
    }

    /// The message as it is to be, or `None` where that is what it is. `rev` is the writer's to set.
    pub(super) fn apply(
        &self,
        current: &StoredMessage,
        now: Timestamp,
    ) -> Result<Option<StoredMessage>, Rejection> {
        let mut message = current.clone();
        message.updated_at = now;
        match self {
            Self::Delete if current.deleted => return Ok(None),
            Self::Delete => {
                message.deleted = true;
                message.text = None;
                message.media.clear();
                message.reactions.clear();
            }
            Self::Edit { .. } | Self::React { .. } if current.deleted => {
                return Err(Rejection::MessageDeleted);
            }
            Self::Edit { text } => {
                if current.text.as_deref() == Some(text) {
                    return Ok(None);
                }
                message.text = Some(text.clone());
                message.edited_at = Some(now);
            }
            Self::React { user, emoji } => {
                if !react(&mut message.reactions, *user, emoji)? {
                    return Ok(None);
                }
            }
            Self::Unreact { user, emoji } => {
                for reaction in message.reactions.iter_mut().filter(|reaction| reaction.emoji == *emoji) {
                    reaction.users.retain(|other| other != user);
                }
                message.reactions.retain(|reaction| !reaction.users.is_empty());
                if message.reactions == current.reactions {
                    return Ok(None);
                }
            }
        }
        Ok(Some(message))
    }
}

/// Adds a reaction; `false` if it was there.
fn react(reactions: &mut Vec<Reaction>, user: UserId, emoji: &str) -> Result<bool, Rejection> {
    if let Some(reaction) = reactions.iter_mut().find(|reaction| reaction.emoji == emoji) {
        let there = reaction.users.contains(&user);
        if !there {
            reaction.users.push(user);
        }
        return Ok(!there);
    }
    if reactions.len() >= MAX_EMOJI {
        return Err(Rejection::invalid("emoji", format!("at most {MAX_EMOJI} different ones a message")));
    }
    reactions.push(Reaction { emoji: emoji.to_owned(), users: vec![user] });
    Ok(true)
}
