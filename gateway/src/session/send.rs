//! Sending messages.
//!
//! One command of a socket is under way at a time, so that none of its messages overtakes another.
//! What has come meanwhile for the same place goes together in the next one: it is stored together,
//! too, which costs little more than one message alone.

use std::iter;

use natter_domain::command::{OpenDirect, Outgoing, SendMessages, Sent};
use natter_domain::message::Draft;
use natter_domain::{ConversationId, MessageId, Rejection, UserId};

use super::Session;
use super::visit::no_member;
use crate::dialect::{Answer, ClientEvent, Destination, Request};
use crate::socket::Ack;

/// Partners whose conversation is remembered.
const MOST_PARTNERS: usize = 64;
/// Messages in one command.
const TOGETHER: usize = 16;
/// Bytes of their events behind the first: so command and reply stay below what the bus takes, however
/// long the messages are that they answer.
const BYTES: usize = 64 * 1024;

type Outcome = Result<Answer, Rejection>;

impl Session {
    /// Sends a message, and those for the same place that wait right behind it. What is one too many
    /// is the last one that is taken: answers keep the order of events.
    pub(super) async fn send(
        &mut self,
        event: &'static ClientEvent,
        to: Destination,
        draft: Draft,
        ack: Option<Ack>,
    ) {
        let user = self.connection.user_id();
        // Where a conversation has to be made, the first message says whether it is.
        let most = if self.is_known(to) { TOGETHER } else { 1 };
        let (mut drafts, mut acks) = (Vec::new(), Vec::new());
        let (mut room, mut next) = (BYTES, Some((draft, ack)));
        let mut refused = Rejection::Internal;
        while let Some((draft, ack)) = next.take() {
            acks.push(ack);
            if let Err(rejection) = self.gateway.limits.message(user) {
                refused = rejection;
                break;
            }
            drafts.push(draft);
            if drafts.len() < most {
                next = self.next_message(event, to, &mut room);
            }
        }
        let outcomes = self.store(to, drafts).await.into_iter().chain(iter::repeat(Err(refused)));
        for (ack, outcome) in acks.into_iter().zip(outcomes) {
            self.answer(event, ack, outcome);
        }
        self.refuse_flooded(event);
    }

    /// Takes what waits next if it is a message for the same place, and there is room for its bytes.
    fn next_message(
        &mut self,
        event: &ClientEvent,
        to: Destination,
        room: &mut usize,
    ) -> Option<(Draft, Option<Ack>)> {
        self.take_next(event, |request, bytes| match request {
            Request::Send { to: other, draft } if other == to && bytes <= *room => {
                *room -= bytes;
                Some(draft)
            }
            _ => None,
        })
    }

    fn is_known(&self, to: Destination) -> bool {
        match to {
            Destination::Conversation(_) | Destination::Group(_) => true,
            Destination::Person(recipient) => self.partners.contains_key(&recipient),
        }
    }

    /// What came of each.
    async fn store(&mut self, to: Destination, drafts: Vec<Draft>) -> Vec<Outcome> {
        let count = drafts.len();
        match self.try_store(to, drafts).await {
            Ok(outcomes) => outcomes,
            Err(rejection) => vec![Err(rejection); count],
        }
    }

    /// A rejection of all of them where they may not be sent at all.
    async fn try_store(&mut self, to: Destination, drafts: Vec<Draft>) -> Result<Vec<Outcome>, Rejection> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let (conversation, group_only) = match to {
            Destination::Conversation(id) => (id, false),
            Destination::Group(id) => (id, true),
            Destination::Person(recipient) => (self.direct_with(recipient, &drafts).await?, false),
        };
        let id = || MessageId::generate(self.gateway.clock.now());
        let messages: Vec<_> = drafts.into_iter().map(|draft| Outgoing { id: id(), draft }).collect();
        let directly = matches!(to, Destination::Person(_));
        if directly {
            messages.iter().for_each(|message| self.connection.sends(message.id));
        }
        let command = SendMessages {
            conversation,
            sender: self.connection.user_id(),
            messages,
            audio_allowed: self.connection.dialect().has_audio(),
            group_only,
        };
        let refused = |rejection| if group_only { no_member(rejection) } else { rejection };
        let sent = self.gateway.commands.call(command).await.map_err(refused)?;
        let answer = if directly { Answer::SentDirect } else { Answer::Sent };
        let outcome =
            |sent: Result<Sent, _>| sent.map(|sent| answer(Box::new(sent.message))).map_err(refused);
        Ok(sent.into_iter().map(outcome).collect())
    }

    /// The conversation with somebody. It is made before a message is stored; what can't be sent
    /// anyway must not make one.
    async fn direct_with(
        &mut self,
        recipient: UserId,
        drafts: &[Draft],
    ) -> Result<ConversationId, Rejection> {
        if let Some(known) = self.partners.get(&recipient) {
            return Ok(*known);
        }
        for draft in drafts {
            draft.check_content(self.connection.dialect().has_audio())?;
        }
        let user = self.connection.user_id();
        let opened = self.gateway.commands.call(OpenDirect { user, other: recipient }).await?;
        let id = opened.conversation.conversation.id;
        if self.partners.len() >= MOST_PARTNERS {
            self.partners.clear();
        }
        self.partners.insert(recipient, id);
        Ok(id)
    }
}
