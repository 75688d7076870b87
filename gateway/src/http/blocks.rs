//! `/api/users/blocked`, `/api/users/{id}/block`: whom one has blocked.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::UserId;
use natter_domain::command::{ListBlocked, SetBlock};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, FailureBody, List, Success, success};
use super::extract::{Caller, Parameters, Segments};
use super::users::PublicProfile;
use super::{Api, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list_blocked)).routes(routes!(block, unblock))
}

/// Whether somebody is blocked now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Block {
    #[schema(value_type = schema::Id)]
    user_id: String,
    blocked: bool,
}

/// Whom one has blocked, latest first. Across a block nobody is shown as online.
#[utoipa::path(
    get,
    path = "/api/users/blocked",
    tag = "blocks",
    params(schema::Paging),
    responses((status = 200, description = "Some of them.", body = Success<List<PublicProfile>>))
)]
async fn list_blocked(
    State(api): State<Arc<Api>>,
    caller: Caller,
    query: Parameters,
) -> Result<Success<List<PublicProfile>>, Failure> {
    let blocked = api.commands.call(ListBlocked { user: caller.id(), page: query.page()? }).await?;
    Ok(success(List::of(blocked, |profile| PublicProfile::new(profile, None))))
}

/// Blocks somebody. May be repeated.
#[utoipa::path(
    put,
    path = "/api/users/{id}/block",
    tag = "blocks",
    params(("id" = schema::Id, Path)),
    responses(
        (status = 200, description = "They are blocked.", body = Success<Block>),
        (status = 404, description = "`User not found`.", body = FailureBody),
    )
)]
async fn block(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Success<Block>, Failure> {
    set(&api, &caller, &id, true).await
}

/// Takes a block back. May be repeated.
#[utoipa::path(
    delete,
    path = "/api/users/{id}/block",
    tag = "blocks",
    params(("id" = schema::Id, Path)),
    responses(
        (status = 200, description = "They are not blocked.", body = Success<Block>),
        (status = 404, description = "`User not found`.", body = FailureBody),
    )
)]
async fn unblock(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Success<Block>, Failure> {
    set(&api, &caller, &id, false).await
}

async fn set(api: &Api, caller: &Caller, id: &str, block: bool) -> Result<Success<Block>, Failure> {
    let blocked = UserId::lenient(id);
    api.commands.call(SetBlock { blocker: caller.id(), blocked, block }).await?;
    Ok(success(Block { user_id: blocked.to_string(), blocked: block }))
}
