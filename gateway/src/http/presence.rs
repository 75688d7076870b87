//! `/api/presence`: who is online.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::command::GetPresence;
use natter_domain::presence::UserPresence;
use natter_domain::{Rejection, UserId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, Success, success};
use super::extract::{Caller, Parameters, Spoken};
use super::{Api, schema};
use crate::dialect::wire::{self, Presences};
use crate::dialect::{Asked, MAX_PRESENCE_USERS, Operation};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(get_presence))
}

/// Who of these is online, in the order asked for. Across a block: offline, `lastSeen: null`.
#[utoipa::path(
    get,
    path = "/api/presence",
    tag = "presence",
    params(
        ("userIds" = Vec<schema::Id>, Query, style = Form, explode = false, description = "At most 100, with commas."),
        schema::InDialect,
    ),
    responses((status = 200, description = "Their presence.", body = Success<Presences>))
)]
async fn get_presence(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    query: Parameters,
) -> Result<Success<Presences>, Failure> {
    let ids = query.get("userIds")?.ok_or_else(|| Rejection::invalid("userIds", "is required"))?;
    let ids: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.len() > MAX_PRESENCE_USERS {
        let what = format!("must have at most {MAX_PRESENCE_USERS} entries");
        return Err(Rejection::invalid("userIds", what).into());
    }
    let Asked { things: users, malformed } =
        Asked::sorted(ids.into_iter(), |id| id.parse::<UserId>().map_err(|_| id.to_owned()));
    let get = GetPresence { viewer: caller.id(), users };
    let presences: Vec<UserPresence> =
        api.commands.call(get).await.map_err(dialect.failure(Operation::GetPresence))?;
    Ok(success(wire::presences(&presences, &malformed)))
}
