//! How much goes into one reply: what goes over a bus must stay below its limit of 1 MB.
//!
//! A page ends early where it would grow too large; single things are bounded by what their parts
//! may be (`tests/rules/sizes.rs` has the largest).

use natter_domain::conversation::Member;
use natter_domain::page::PageRequest;
use natter_domain::{ConversationView, Message, Page, UserRef};

use crate::error::ServiceError;

/// Bytes in one reply.
pub(crate) const MAX_REPLY_BYTES: usize = 512 * 1024;

/// A page of which nothing has to be left out: where one does not fit, a smaller one is looked for,
/// since only the store knows where that ends.
pub(crate) async fn fitting<T, F>(
    mut page: PageRequest,
    weight: impl Fn(&T) -> usize,
    find: impl Fn(PageRequest) -> F,
) -> Result<Page<T>, ServiceError>
where
    F: Future<Output = Result<Page<T>, ServiceError>>,
{
    loop {
        let found = find(page.clone()).await?;
        let fitting = count_fitting(found.items.iter().map(&weight), &mut { MAX_REPLY_BYTES });
        if fitting == found.items.len() {
            return Ok(found);
        }
        page.limit = u32::try_from(fitting).unwrap_or(u32::MAX);
    }
}

/// How many things of these weights fit into the budget, which they lower: of a whole one, at least
/// the first.
pub(crate) fn count_fitting(weights: impl Iterator<Item = usize>, budget: &mut usize) -> usize {
    let mut fitting = 0;
    for bytes in weights {
        if bytes > *budget && *budget < MAX_REPLY_BYTES {
            *budget = 0;
            break;
        }
        *budget = budget.saturating_sub(bytes);
        fitting += 1;
    }
    fitting
}

/// About the bytes that a message takes on the wire; rather too many.
pub(crate) fn message_weight(message: &Message) -> usize {
    let stored = &message.stored;
    let media: usize = stored
        .media
        .iter()
        .map(|file| 64 + file.url.len() + text(&file.filename) + text(&file.mimetype))
        .sum();
    let reactions: usize =
        stored.reactions.iter().map(|reaction| 24 + reaction.emoji.len() + 14 * reaction.users.len()).sum();
    let quote =
        message.reply_to.as_ref().map_or(0, |quote| 64 + text(&quote.text) + user_weight(&quote.sender));
    let own = 256 + text(&stored.text) + text(&stored.client_message_id);
    own + media + reactions + quote + user_weight(&message.sender) + 32 * message.read_by.len()
}

/// The same for a conversation.
pub(crate) fn conversation_weight(view: &ConversationView) -> usize {
    let conversation = &view.conversation;
    let own = 256 + text(&conversation.name) + text(&conversation.photo);
    let last = view.last_message.as_ref();
    let last = last.map_or(0, |last| 64 + text(&last.content) + user_weight(&last.sender));
    own + members_weight(&view.members) + 32 * conversation.participants.len() + last
}

/// The same for its members.
pub(crate) fn members_weight(members: &[Member]) -> usize {
    members.iter().map(|member| 8 + user_weight(&member.user)).sum()
}

fn user_weight(user: &UserRef) -> usize {
    32 + user.username.len() + user.name.len() + text(&user.profile_image)
}

fn text(text: &Option<String>) -> usize {
    text.as_deref().map_or(0, str::len)
}
