//! `/api/conversations/{id}/messages` and `/api/messages/search`: reading back, and sending.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use natter_domain::command::{self, ListMessages, SearchMessages, Window};
use natter_domain::{ConversationId, MessageId, Rejection};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, FailureBody, List, Success, created, success};
use super::extract::{Caller, JsonBody, MAX_NUMBER, Parameters, Segments, Spoken, idempotency_key};
use super::schema::{self, Message};
use crate::dialect::Operation;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list_messages, send_message)).routes(routes!(search_messages))
}

/// A part of a conversation's history.
///
/// The newest, or what is before, after or around a `seq`. Newest first, but for `after` and
/// `around`.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/messages",
    tag = "messages",
    params(
        ("id" = schema::Id, Path),
        ("before" = Option<u64>, Query, description = "Before this `seq`, newest first."),
        ("after" = Option<u64>, Query, description = "After this `seq`, oldest first."),
        ("around" = Option<u64>, Query, description = "This `seq` with as many on either side, oldest first."),
        schema::Paging,
        schema::InDialect,
    ),
    responses(
        (status = 200, description = "Some of it.", body = Success<List<Message>>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn list_messages(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    query: Parameters,
) -> Result<Success<List<Value>>, Failure> {
    let list = ListMessages {
        user: caller.id(),
        conversation: ConversationId::lenient(&id),
        window: window(&query)?,
        limit: query.limit()?,
    };
    let page = api.commands.call(list).await?;
    Ok(success(List::of(page, |message| dialect.message(&message))))
}

/// Which part of a history is asked for. A cursor goes on from a page, whatever that one's window.
fn window(query: &Parameters) -> Result<Window, Rejection> {
    let named = [
        query.number("before")?.map(Window::Before),
        query.number("after")?.map(Window::After),
        query.number("around")?.map(Window::Around),
    ];
    let mut named = named.into_iter().flatten();
    let window = named.next().unwrap_or(Window::Latest);
    if named.next().is_some() {
        return Err(Rejection::invalid("before", "after and around exclude each other"));
    }
    let Some(cursor) = query.cursor()? else { return Ok(window) };
    match Window::from_cursor(cursor) {
        Some(window @ (Window::Before(seq) | Window::After(seq))) if seq <= MAX_NUMBER => Ok(window),
        _ => Err(Rejection::invalid("cursor", "is none of ours")),
    }
}

/// Sends a message, which reaches sockets like any other.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/messages",
    tag = "messages",
    params(
        ("id" = schema::Id, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Serves as `clientMessageId`."),
        schema::InDialect,
    ),
    request_body = schema::SendMessage,
    responses(
        (status = 201, description = "The stored message; an earlier one's of the same `clientMessageId`.", body = Success<Message>),
        (status = 403, description = "`Not authorized to send message`, or a block stands between the two.", body = FailureBody),
        (status = 404, description = "`Conversation not found` or `Message to reply to not found`.", body = FailureBody),
    )
)]
async fn send_message(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Success<Value>), Failure> {
    let mut draft = dialect.draft(&body)?;
    if draft.client_message_id.is_none() {
        draft.client_message_id = idempotency_key(&headers)?;
    }
    api.limits.message(caller.id())?;
    let send = command::SendMessages {
        conversation: ConversationId::lenient(&id),
        sender: caller.id(),
        messages: vec![command::Outgoing { id: MessageId::generate(api.clock.now()), draft }],
        audio_allowed: dialect.has_audio(),
        group_only: false,
    };
    let sent =
        api.commands.call(send).await.and_then(|mut sent| sent.pop().unwrap_or(Err(Rejection::Internal)));
    let sent = sent.map_err(dialect.failure(Operation::Send))?;
    Ok(created(dialect.message(&sent.message)))
}

/// Messages by their text, newest first, in one's own conversations.
#[utoipa::path(
    get,
    path = "/api/messages/search",
    tag = "messages",
    params(
        ("q" = String, Query, description = "Words, all of which are in the text; the last one may be a beginning."),
        ("conversationId" = Option<schema::Id>, Query, description = "Only in this conversation."),
        schema::Paging,
        schema::InDialect,
    ),
    responses((status = 200, description = "Some of them.", body = Success<List<Message>>))
)]
async fn search_messages(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    query: Parameters,
) -> Result<Success<List<Value>>, Failure> {
    let text = query.get("q")?.filter(|text| !text.trim().is_empty());
    let search = SearchMessages {
        user: caller.id(),
        query: text.ok_or_else(|| Rejection::invalid("q", "is required"))?.to_owned(),
        conversation: query.get("conversationId")?.map(ConversationId::lenient),
        page: query.page()?,
    };
    let found = api.commands.call(search).await?;
    Ok(success(List::of(found, |message| dialect.message(&message))))
}
