//! Where everything goes: the store, or, in a dry run, nowhere.
//!
//! A dry run reads the store as any other does. What would have been written is remembered here, so
//! far as what comes later depends on it: who is there, what is taken, and which conversations there
//! are. Of messages nothing is.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use natter_domain::message::{Head, StoredMessage};
use natter_domain::ports::store::{
    AccountError, Commit, Committed, Delivery, NewConversation, NewUser, StoreError, Stores, Write,
};
use natter_domain::{Conversation, ConversationId, ConversationKind, MessageId, Timestamp, UserId};

/// Ids in one call.
const CHUNK: usize = 500;

/// What a dry run would have written.
#[derive(Default)]
struct Planned {
    usernames: HashSet<String>,
    emails: HashSet<String>,
    conversations: HashMap<ConversationId, Conversation>,
    pairs: HashMap<[UserId; 2], ConversationId>,
}

/// The store.
pub(crate) struct Target {
    stores: Stores,
    /// In a dry run.
    planned: Option<Mutex<Planned>>,
}

impl Target {
    pub(crate) fn new(stores: Stores, is_dry: bool) -> Self {
        Self { stores, planned: is_dry.then(Mutex::default) }
    }

    fn planned(&self) -> Option<MutexGuard<'_, Planned>> {
        self.planned.as_ref().map(|planned| planned.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Those of the users who are in the store itself.
    pub(crate) async fn users(&self, ids: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
        let mut found = HashSet::new();
        for chunk in ids.chunks(CHUNK) {
            found.extend(self.stores.users.by_ids(chunk).await?.into_iter().map(|user| user.profile.user.id));
        }
        Ok(found)
    }

    /// Makes a user whose id is not there.
    pub(crate) async fn create_user(&self, new: NewUser) -> Result<(), AccountError> {
        if self.planned.is_none() {
            return self.stores.users.create(new).await;
        }
        let (username, email) = (new.user.profile.user.username.to_lowercase(), new.user.email);
        let is_username_taken = self.stores.users.by_identifier(&username).await?.is_some();
        let is_email_taken = !email.is_empty() && self.stores.users.by_identifier(&email).await?.is_some();
        let Some(mut planned) = self.planned() else { return Ok(()) };
        if is_username_taken || planned.usernames.contains(&username) {
            return Err(AccountError::UsernameTaken);
        }
        if is_email_taken || planned.emails.contains(&email) {
            return Err(AccountError::EmailTaken);
        }
        planned.usernames.insert(username);
        if !email.is_empty() {
            planned.emails.insert(email);
        }
        Ok(())
    }

    pub(crate) async fn record_last_seen(&self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        match self.planned {
            None => self.stores.users.record_last_seen(user, at).await,
            Some(_) => Ok(()),
        }
    }

    pub(crate) async fn block(
        &self,
        blocker: UserId,
        blocked: UserId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        match self.planned {
            None => self.stores.blocks.set(blocker, blocked, true, at).await.map(drop),
            Some(_) => Ok(()),
        }
    }

    pub(crate) async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        let planned = self.planned().and_then(|planned| planned.conversations.get(&id).cloned());
        match planned {
            Some(planned) => Ok(Some(planned)),
            None => self.stores.conversations.get(id).await,
        }
    }

    /// Makes a conversation, or answers the one that is there, with `false`: of its id, or of its
    /// pair.
    pub(crate) async fn create_conversation(
        &self,
        new: NewConversation,
    ) -> Result<(Conversation, bool), StoreError> {
        if self.planned.is_none() {
            return self.stores.conversations.create(new).await;
        }
        if let Some(there) = self.conversation(new.id).await? {
            return Ok((there, false));
        }
        let pair = match (new.kind, new.participants.as_slice()) {
            (ConversationKind::Direct, [one, other]) => {
                Some([one.user.min(other.user), one.user.max(other.user)])
            }
            _ => None,
        };
        if let Some([one, other]) = pair {
            let planned = self.planned().and_then(|planned| planned.pairs.get(&[one, other]).copied());
            let there = match planned {
                Some(id) => self.conversation(id).await?,
                None => self.stores.conversations.direct_of(one, other).await?,
            };
            if let Some(there) = there {
                return Ok((there, false));
            }
        }
        let made = Conversation {
            id: new.id,
            kind: new.kind,
            name: new.name,
            photo: new.photo,
            participants: new.participants,
            created_at: new.at,
            updated_at: new.at,
        };
        if let Some(mut planned) = self.planned() {
            planned.pairs.extend(pair.map(|pair| (pair, made.id)));
            planned.conversations.insert(made.id, made.clone());
        }
        Ok((made, true))
    }

    /// Those of the messages that are there, with where each is in its conversation.
    pub(crate) async fn places(
        &self,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, (ConversationId, u64)>, StoreError> {
        let found = self.stores.timeline.messages(messages).await?;
        Ok(found.into_iter().map(|message| (message.id, (message.conversation, message.seq))).collect())
    }

    pub(crate) async fn head(&self, conversation: ConversationId) -> Result<Head, StoreError> {
        self.stores.timeline.head(conversation).await
    }

    /// Stores new messages, in order, and answers each.
    pub(crate) async fn insert(
        &self,
        conversation: ConversationId,
        messages: Vec<StoredMessage>,
    ) -> Result<Vec<Committed>, StoreError> {
        if self.planned.is_some() {
            return Ok(vec![Committed::Written; messages.len()]);
        }
        let writes = messages.into_iter().map(Write::Insert).collect();
        self.stores.timeline.commit(Commit { conversation, writes }).await
    }

    pub(crate) async fn mark_all_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        up_to: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.planned.is_none() && up_to > 0 {
            self.stores.receipts.mark_all_read(conversation, reader, up_to, at).await?;
        }
        Ok(())
    }

    pub(crate) async fn mark_read(
        &self,
        conversation: ConversationId,
        reader: UserId,
        messages: &[MessageId],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.planned.is_none() {
            for chunk in messages.chunks(CHUNK) {
                self.stores.receipts.mark_read(conversation, reader, chunk, at).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn mark_delivered(
        &self,
        conversation: ConversationId,
        users: Vec<UserId>,
        up_to: u64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if self.planned.is_none() {
            let delivery = Delivery { conversation, users, up_to, written: Vec::new() };
            self.stores.receipts.mark_delivered(&[delivery], at).await?;
        }
        Ok(())
    }
}
