//! Who was reached by what was written, and telling the senders; of many conversations at once.

use std::collections::HashSet;
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use natter_domain::command::WhoIsConnected;
use natter_domain::ports::store::{Delivery, Unread};
use natter_domain::{StoredMessage, UserId};

use super::gather::Gathered;
use crate::context::Context;
use crate::receipts;

/// Most users of whom is asked at once: what the presence service allows.
const ASKED: usize = 1_000;
/// Questions that are under way at the same time.
const QUESTIONS: usize = 4;
/// Messages of one conversation that are kept at hand; if there are more, the store reads them.
const AT_HAND: usize = 1_000;

/// What nobody has been told to be delivered, of one conversation.
#[derive(Default)]
pub(super) struct Undelivered {
    up_to: u64,
    written: Vec<Unread>,
}

impl Undelivered {
    /// A new message is durable.
    pub(super) fn add(&mut self, message: &StoredMessage) {
        self.up_to = self.up_to.max(message.seq);
        if self.written.len() < AT_HAND {
            let StoredMessage { id, sender, seq, .. } = *message;
            self.written.push(Unread { message: id, sender, seq });
        }
    }
}

/// Delivers to those who are connected. What fails here is caught up when the recipient connects
/// again, or with the next message.
pub(super) async fn deliver(context: Arc<Context>, undelivered: Gathered<Undelivered>) {
    let mut deliveries = Vec::with_capacity(undelivered.len());
    for (conversation, Undelivered { up_to, written }) in undelivered {
        match context.directory.conversation(conversation).await {
            Ok(Some(known)) => {
                let users = known.participants.iter().map(|participant| participant.user).collect();
                deliveries.push(Delivery { conversation, users, up_to, written });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "participants not read");
            }
        }
    }
    let connected = connected(&context, deliveries.iter().flat_map(|it| &it.users).copied().collect()).await;
    for delivery in &mut deliveries {
        delivery.users.retain(|user| connected.contains(user));
    }
    deliveries.retain(|delivery| !delivery.users.is_empty());
    if deliveries.is_empty() {
        return;
    }
    match context.stores.receipts.mark_delivered(&deliveries, context.now()).await {
        Ok(reached) => receipts::tell_delivered(&context, reached).await,
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "deliveries not written"),
    }
}

/// Those who have a device online. Where presence is unknown, nobody counts as reached: they will be
/// when they connect.
async fn connected(context: &Context, users: HashSet<UserId>) -> HashSet<UserId> {
    let users: Vec<_> = users.into_iter().collect();
    let questions: Vec<_> = users
        .chunks(ASKED)
        .map(|users| context.commands.call(WhoIsConnected { users: users.to_vec() }))
        .collect();
    let answers: Vec<_> = stream::iter(questions).buffer_unordered(QUESTIONS).collect().await;
    answers.into_iter().flatten().flatten().collect()
}
