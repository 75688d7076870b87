//! `/api/messages/{id}`: one message.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::MessageId;
use natter_domain::command::{DeleteMessage, EditMessage, GetMessage};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, FailureBody, Success, success};
use super::extract::{Caller, JsonBody, Segments, Spoken};
use super::schema::{self, Message};
use crate::dialect::Operation;
use crate::dialect::wire::Deleted;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(get_message, edit_message, delete_message))
}

/// A message of one of one's conversations.
#[utoipa::path(
    get,
    path = "/api/messages/{id}",
    tag = "messages",
    params(("id" = schema::Id, Path), schema::InDialect),
    responses(
        (status = 200, description = "As it is now.", body = Success<Message>),
        (status = 404, description = "`Message not found`.", body = FailureBody),
    )
)]
async fn get_message(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
) -> Result<Success<Value>, Failure> {
    let get = GetMessage { user: caller.id(), message: MessageId::lenient(&id) };
    Ok(success(dialect.message(&api.commands.call(get).await?)))
}

/// Changes the text of one's own text message.
#[utoipa::path(
    patch,
    path = "/api/messages/{id}",
    tag = "messages",
    params(("id" = schema::Id, Path), schema::InDialect),
    request_body = schema::PatchMessage,
    responses(
        (status = 200, description = "As it is now.", body = Success<Message>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Message not found`.", body = FailureBody),
        (status = 409, description = "`Message was deleted`.", body = FailureBody),
    )
)]
async fn edit_message(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    JsonBody(body): JsonBody,
) -> Result<Success<Value>, Failure> {
    let edit =
        EditMessage { user: caller.id(), message: MessageId::lenient(&id), text: dialect.new_text(&body)? };
    let message = api.commands.call(edit).await.map_err(dialect.failure(Operation::Edit))?;
    Ok(success(dialect.message(&message)))
}

/// Deletes one's own message, or any of a group that one is an admin of. May be repeated.
#[utoipa::path(
    delete,
    path = "/api/messages/{id}",
    tag = "messages",
    params(("id" = schema::Id, Path), schema::InDialect),
    responses(
        (status = 200, description = "It is gone.", body = Success<Deleted>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Message not found`.", body = FailureBody),
    )
)]
async fn delete_message(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
) -> Result<Success<Deleted>, Failure> {
    let delete = DeleteMessage { user: caller.id(), message: MessageId::lenient(&id) };
    let message = api.commands.call(delete).await.map_err(dialect.failure(Operation::Delete))?;
    Ok(success((&message).into()))
}
