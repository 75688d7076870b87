//! `/api/sync`: what changed since the client last looked.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::command;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, Success, success};
use super::extract::{Caller, JsonBody, Spoken};
use super::schema::{self, Message};
use crate::dialect::wire::{self, Synced};
use crate::dialect::{Asked, FromFields, Operation, SyncRequest};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(sync))
}

/// Every message that was created or changed after a cursor, oldest change first.
#[utoipa::path(
    post,
    path = "/api/sync",
    tag = "messages",
    params(schema::InDialect),
    request_body = SyncRequest,
    responses((status = 200, description = "What there is for each cursor.", body = Success<Synced<Message>>))
)]
async fn sync(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    JsonBody(body): JsonBody,
) -> Result<Success<Synced<Value>>, Failure> {
    let SyncRequest { cursors: Asked { things: cursors, malformed }, limit } =
        SyncRequest::from_fields(&body)?;
    let sync = command::Sync { user: caller.id(), cursors, limit: limit.0 };
    let synced = api.commands.call(sync).await.map_err(dialect.failure(Operation::Sync))?;
    Ok(success(wire::synced(&synced, &malformed, |message| dialect.message(message))))
}
