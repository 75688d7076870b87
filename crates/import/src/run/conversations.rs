//! Bringing in conversations.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt};
use natter_domain::ports::store::NewConversation;
use natter_domain::{ConversationId, ConversationKind};

use super::people::People;
use super::{AT_ONCE, ImportError, Run, next_batch, waves};
use crate::report::CONVERSATIONS;
use crate::{conversation, fields};

/// Conversations of a pair that had several: into which one each has gone.
#[derive(Default)]
pub(super) struct Merged {
    into: HashMap<ConversationId, ConversationId>,
}

impl Merged {
    /// Where the messages of a conversation go.
    pub(super) fn of(&self, id: ConversationId) -> ConversationId {
        self.into.get(&id).copied().unwrap_or(id)
    }

    /// The ones that others have gone into, each with those.
    pub(super) fn groups(&self) -> HashMap<ConversationId, Vec<ConversationId>> {
        let mut groups = HashMap::<_, Vec<_>>::new();
        for (from, into) in &self.into {
            groups.entry(*into).or_insert_with(|| vec![*into]).push(*from);
        }
        groups
    }
}

/// One that may be stored.
struct Ready {
    new: NewConversation,
    changes: Vec<String>,
}

impl Run<'_> {
    pub(super) async fn conversations(&self, people: &mut People) -> Result<Merged, ImportError> {
        let of = self.source.estimate(CONVERSATIONS).await?;
        let mut cursor = self.source.conversations().await?;
        let mut merged = Merged::default();
        loop {
            let batch = next_batch(&mut cursor).await?;
            if batch.is_empty() {
                return Ok(merged);
            }
            let mut read = Vec::new();
            for document in &batch {
                self.report.read(CONVERSATIONS);
                match conversation::read(document) {
                    Ok(conversation) => read.push(conversation),
                    Err(fault) => self.report.left_out(CONVERSATIONS, &fields::name_of(document), fault),
                }
            }
            let asked: Vec<_> = read.iter().flat_map(|it| it.value.participants.iter().copied()).collect();
            people.look_up(&self.target, &asked).await?;
            let mut ready = Vec::new();
            for mut old in read {
                match conversation::with_known(&old.value, |user| people.has(user), &mut old.changes) {
                    Ok(new) => {
                        for blocker in old.value.blocked_by {
                            let others = new.participants.iter().filter(|other| other.user != blocker);
                            if new.kind == ConversationKind::Direct {
                                others.for_each(|other| people.add_block(blocker, other.user));
                            }
                        }
                        ready.push(Ready { new, changes: old.changes });
                    }
                    Err(fault) => self.report.left_out(CONVERSATIONS, &old.value.id.to_string(), fault),
                }
            }
            for wave in waves(ready, pair) {
                let made = futures::stream::iter(wave).map(|ready| self.conversation(ready));
                let made: Vec<_> = made.buffer_unordered(AT_ONCE).try_collect().await?;
                merged.into.extend(made.into_iter().flatten());
            }
            self.progress(CONVERSATIONS, of);
        }
    }

    /// Makes one. Of a pair that has another one already it answers both.
    async fn conversation(
        &self,
        ready: Ready,
    ) -> Result<Option<(ConversationId, ConversationId)>, ImportError> {
        let Ready { new, changes } = ready;
        let id = new.id;
        let (there, created) = self.target.create_conversation(new).await?;
        if there.id != id {
            let reason =
                format!("the two have another direct conversation: its messages go into {}", there.id);
            self.report.merged(CONVERSATIONS, &id.to_string(), reason);
            return Ok(Some((id, there.id)));
        }
        if created {
            self.report.added(CONVERSATIONS, &id.to_string(), changes);
        } else {
            self.report.there(CONVERSATIONS);
        }
        Ok(None)
    }
}

/// Of the conversations of a pair the first one is made.
fn pair(ready: &Ready) -> Vec<String> {
    match (ready.new.kind, ready.new.participants.as_slice()) {
        (ConversationKind::Direct, [one, other]) => {
            vec![format!("{} {}", one.user.min(other.user), one.user.max(other.user))]
        }
        _ => Vec::new(),
    }
}
