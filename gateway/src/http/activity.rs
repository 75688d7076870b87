//! `/api/activity`: a user's own history.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use natter_domain::command::{ListActivity, RecordActivity};
use natter_domain::id::ActivityId;
use natter_domain::{ActivityEntry, Rejection, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, List, Success, created, success};
use super::extract::{Caller, JsonBody, Parameters, idempotency_key};
use super::{Api, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(list_activity, record_activity))
}

/// Something that one did, to be noted.
#[derive(ToSchema)]
#[schema(as = RecordActivity)]
#[expect(dead_code, reason = "described, never made")]
struct Noted {
    /// What it was.
    #[schema(min_length = 1, max_length = 64, example = "meeting")]
    kind: String,
    /// What it was about.
    #[schema(min_length = 1, max_length = 512, example = "abc-defg-hij")]
    reference: String,
    /// What else is to be known of it; at most 4,096 bytes as JSON.
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

/// Something that one did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Activity {
    #[serde(rename = "_id")]
    #[schema(value_type = schema::Id)]
    id: String,
    #[schema(example = "meeting")]
    kind: String,
    #[schema(example = "abc-defg-hij")]
    reference: String,
    #[schema(value_type = Option<Object>, required)]
    details: Option<Value>,
    #[schema(value_type = schema::Time)]
    created_at: String,
}

impl From<ActivityEntry> for Activity {
    fn from(entry: ActivityEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            kind: entry.kind,
            reference: entry.reference,
            details: entry.details.and_then(|details| serde_json::from_str(&details).ok()),
            created_at: entry.created_at.to_string(),
        }
    }
}

/// What one did, the latest first. Nobody else sees it.
#[utoipa::path(
    get,
    path = "/api/activity",
    tag = "activity",
    params(schema::Paging),
    responses((status = 200, description = "Some of it.", body = Success<List<Activity>>))
)]
async fn list_activity(
    State(api): State<Arc<Api>>,
    caller: Caller,
    query: Parameters,
) -> Result<Success<List<Activity>>, Failure> {
    let page = api.commands.call(ListActivity { user: caller.id(), page: query.page()? }).await?;
    Ok(success(List::of(page, Activity::from)))
}

/// Notes what one did.
#[utoipa::path(
    post,
    path = "/api/activity",
    tag = "activity",
    params((
        "Idempotency-Key" = Option<String>, Header,
        description = "1 to 64 ASCII characters. What is sent again under it is noted once."
    )),
    request_body = Noted,
    responses((
        status = 201,
        description = "As it is kept; an earlier one of the same `Idempotency-Key`.",
        body = Success<Activity>
    ))
)]
async fn record_activity(
    State(api): State<Arc<Api>>,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Success<Activity>), Failure> {
    let details = match body.get("details") {
        None => None,
        Some(details @ Value::Object(_)) => Some(details.to_string()),
        Some(_) => return Err(Rejection::invalid("details", "must be an object").into()),
    };
    let entry = ActivityEntry {
        id: ActivityId::generate(api.clock.now()),
        user: caller.id(),
        kind: body.text("kind")?.to_owned(),
        reference: body.text("reference")?.to_owned(),
        details,
        client_id: idempotency_key(&headers)?,
        created_at: Timestamp::default(),
    };
    entry.check()?;
    api.limits.activity(caller.id())?;
    let kept = api.commands.call(RecordActivity { entry }).await?;
    Ok(created(kept.into()))
}
