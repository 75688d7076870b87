//! `/api/conversations/{id}/participants`: who is in a group, and as what.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::command::{AddParticipants, RemoveParticipant, SetParticipantRole};
use natter_domain::{ConversationId, Rejection, Role, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, FailureBody, Success, success};
use super::extract::{Caller, JsonBody, Segments, Spoken};
use super::schema::{self, Conversation};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(add_participants))
        .routes(routes!(remove_participant))
        .routes(routes!(set_participant_role))
}

/// Who is no longer in a group.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RemovedParticipant {
    #[schema(value_type = schema::Id)]
    conversation_id: String,
    #[schema(value_type = schema::Id)]
    user_id: String,
}

/// Adds people to a group; for its admins. Who is there already is left alone.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/participants",
    tag = "participants",
    params(("id" = schema::Id, Path), schema::InDialect),
    request_body = schema::AddParticipants,
    responses(
        (status = 200, description = "The conversation as it is now.", body = Success<Conversation>),
        (status = 403, description = "`Not authorized`, or a block stands between the two.", body = FailureBody),
        (status = 404, description = "`Conversation not found` or `User not found`.", body = FailureBody),
    )
)]
async fn add_participants(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    JsonBody(body): JsonBody,
) -> Result<Success<Value>, Failure> {
    let add = AddParticipants {
        user: caller.id(),
        conversation: ConversationId::lenient(&id),
        participants: body.ids("participantIds", usize::MAX, UserId::lenient)?,
    };
    Ok(success(dialect.conversation(&api.commands.call(add).await?)))
}

/// Takes somebody out of a group, for its admins, or leaves it.
///
/// When the last admin leaves, the longest-standing member becomes one.
#[utoipa::path(
    delete,
    path = "/api/conversations/{id}/participants/{userId}",
    tag = "participants",
    params(("id" = schema::Id, Path), ("userId" = schema::Id, Path)),
    responses(
        (status = 200, description = "They are no longer in it.", body = Success<RemovedParticipant>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found` or `User not found`.", body = FailureBody),
    )
)]
async fn remove_participant(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments((id, user)): Segments<(String, String)>,
) -> Result<Success<RemovedParticipant>, Failure> {
    let (conversation, participant) = (ConversationId::lenient(&id), UserId::lenient(&user));
    api.commands.call(RemoveParticipant { user: caller.id(), conversation, participant }).await?;
    let removed =
        RemovedParticipant { conversation_id: conversation.to_string(), user_id: participant.to_string() };
    Ok(success(removed))
}

/// Makes somebody an admin of a group, or takes it back; for its admins.
#[utoipa::path(
    put,
    path = "/api/conversations/{id}/participants/{userId}/role",
    tag = "participants",
    params(("id" = schema::Id, Path), ("userId" = schema::Id, Path), schema::InDialect),
    request_body = schema::SetRole,
    responses(
        (status = 200, description = "The conversation as it is now.", body = Success<Conversation>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found` or `User not found`.", body = FailureBody),
    )
)]
async fn set_participant_role(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments((id, user)): Segments<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Success<Value>, Failure> {
    let set = SetParticipantRole {
        user: caller.id(),
        conversation: ConversationId::lenient(&id),
        participant: UserId::lenient(&user),
        role: match body.text("role")? {
            "admin" => Role::Admin,
            "member" => Role::Member,
            _ => return Err(Rejection::invalid("role", "must be admin or member").into()),
        },
    };
    Ok(success(dialect.conversation(&api.commands.call(set).await?)))
}
