//! `/api/conversations/{id}/read` and `…/receipts`: what has been delivered and read.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::command::{self, ListReceipts, MAX_READ_IDS};
use natter_domain::{ConversationId, MessageId, receipt};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, FailureBody, Nothing, Success, success};
use super::extract::{Caller, JsonBody, Segments, Spoken};
use super::{Api, schema};
use crate::dialect::Operation;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(mark_read)).routes(routes!(list_receipts))
}

/// How far a participant has received and read.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    #[schema(value_type = schema::Id)]
    user_id: String,
    /// Everything up to this `seq` has reached a device of theirs.
    delivered_seq: u64,
    /// Everything of others up to this `seq` is read.
    read_seq: u64,
    /// When `readSeq` last moved.
    #[schema(required, value_type = Option<schema::Time>)]
    read_at: Option<String>,
}

impl From<receipt::Receipt> for Receipt {
    fn from(receipt: receipt::Receipt) -> Self {
        Self {
            user_id: receipt.user.to_string(),
            delivered_seq: receipt.delivered_seq,
            read_seq: receipt.read_seq,
            read_at: receipt.read_at.map(|at| at.to_string()),
        }
    }
}

/// Marks messages of others as read: these, or all that are unread.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/read",
    tag = "receipts",
    params(("id" = schema::Id, Path), schema::InDialect),
    request_body = schema::MarkRead,
    responses(
        (status = 200, description = "They are read.", body = Success<Nothing>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn mark_read(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    JsonBody(body): JsonBody,
) -> Result<Success<Nothing>, Failure> {
    let mark = command::MarkRead {
        user: caller.id(),
        conversation: ConversationId::lenient(&id),
        messages: body.ids("messageIds", MAX_READ_IDS, MessageId::lenient)?,
    };
    api.commands.call(mark).await.map_err(dialect.failure(Operation::MarkRead))?;
    Ok(success(Nothing {}))
}

/// How far each participant has come.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/receipts",
    tag = "receipts",
    params(("id" = schema::Id, Path)),
    responses(
        (status = 200, description = "One entry a participant.", body = Success<Vec<Receipt>>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn list_receipts(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Success<Vec<Receipt>>, Failure> {
    let list = ListReceipts { user: caller.id(), conversation: ConversationId::lenient(&id) };
    let receipts = api.commands.call(list).await?;
    Ok(success(receipts.into_iter().map(Receipt::from).collect()))
}
