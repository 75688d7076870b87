//! `/api/messages/{id}/reactions/{emoji}`: what people think of a message.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::MessageId;
use natter_domain::command::ReactToMessage;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, FailureBody, Success, success};
use super::extract::{Caller, Segments, Spoken};
use super::schema::{self, Message};
use crate::dialect::Operation;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(add_reaction, remove_reaction))
}

/// Sets an emoji. May be repeated.
#[utoipa::path(
    put,
    path = "/api/messages/{id}/reactions/{emoji}",
    tag = "messages",
    params(("id" = schema::Id, Path), ("emoji" = String, Path), schema::InDialect),
    responses(
        (status = 200, description = "The message as it is now.", body = Success<Message>),
        (status = 404, description = "`Message not found`.", body = FailureBody),
        (status = 409, description = "`Message was deleted`.", body = FailureBody),
    )
)]
async fn add_reaction(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments((id, emoji)): Segments<(String, String)>,
) -> Result<Success<Value>, Failure> {
    react(&api, &caller, &dialect, &id, emoji, false).await
}

/// Takes an emoji back. May be repeated.
#[utoipa::path(
    delete,
    path = "/api/messages/{id}/reactions/{emoji}",
    tag = "messages",
    params(("id" = schema::Id, Path), ("emoji" = String, Path), schema::InDialect),
    responses(
        (status = 200, description = "The message as it is now.", body = Success<Message>),
        (status = 404, description = "`Message not found`.", body = FailureBody),
        (status = 409, description = "`Message was deleted`.", body = FailureBody),
    )
)]
async fn remove_reaction(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments((id, emoji)): Segments<(String, String)>,
) -> Result<Success<Value>, Failure> {
    react(&api, &caller, &dialect, &id, emoji, true).await
}

async fn react(
    api: &Api,
    caller: &Caller,
    dialect: &Spoken,
    id: &str,
    emoji: String,
    remove: bool,
) -> Result<Success<Value>, Failure> {
    let react = ReactToMessage { user: caller.id(), message: MessageId::lenient(id), emoji, remove };
    let message = api.commands.call(react).await.map_err(dialect.failure(Operation::React))?;
    Ok(success(dialect.message(&message)))
}
