//! `/api/conversations`: making, listing, renaming and deleting them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use natter_domain::command::{
    CreateGroup, DeleteConversation, GetConversation, ListConversations, OpenDirect, RenameConversation,
};
use natter_domain::{ConversationId, Rejection, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{Failure, FailureBody, List, Success, created, success};
use super::extract::{Caller, JsonBody, Parameters, Segments, Spoken};
use super::schema::{self, Conversation};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(create_conversation, list_conversations)).routes(routes!(
        get_conversation,
        rename_conversation,
        delete_conversation
    ))
}

/// Which conversation is gone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedConversation {
    #[schema(value_type = schema::Id)]
    conversation_id: String,
}

/// Opens the one direct conversation with somebody, or makes a group.
#[utoipa::path(
    post,
    path = "/api/conversations",
    tag = "conversations",
    params(schema::InDialect),
    request_body = schema::CreateConversation,
    responses(
        (status = 200, description = "The direct conversation was there already.", body = Success<Conversation>),
        (status = 201, description = "It was made.", body = Success<Conversation>),
        (status = 403, description = "A block stands between the two.", body = FailureBody),
        (status = 404, description = "`User not found`.", body = FailureBody),
    )
)]
async fn create_conversation(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Success<Value>), Failure> {
    let user = caller.id();
    match body.text("type")? {
        "direct" => {
            let other = body.id("participantId", UserId::lenient)?;
            let opened = api.commands.call(OpenDirect { user, other }).await?;
            let status = if opened.created { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, success(dialect.conversation(&opened.conversation))))
        }
        "group" => {
            let group = CreateGroup {
                id: ConversationId::generate(api.clock.now()),
                user,
                name: body.text("name")?.to_owned(),
                // The size of the body is bound enough: how many there are counts without doubles.
                participants: body.ids("participantIds", usize::MAX, UserId::lenient)?,
            };
            Ok(created(dialect.conversation(&api.commands.call(group).await?)))
        }
        _ => Err(Rejection::invalid("type", "must be direct or group").into()),
    }
}

/// One's conversations, most recently active first.
#[utoipa::path(
    get,
    path = "/api/conversations",
    tag = "conversations",
    params(schema::Paging, schema::InDialect),
    responses((status = 200, description = "Some of them.", body = Success<List<Conversation>>))
)]
async fn list_conversations(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    query: Parameters,
) -> Result<Success<List<Value>>, Failure> {
    let page = api.commands.call(ListConversations { user: caller.id(), page: query.page()? }).await?;
    Ok(success(List::of(page, |conversation| dialect.conversation(&conversation))))
}

/// One of one's conversations.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}",
    tag = "conversations",
    params(("id" = schema::Id, Path), schema::InDialect),
    responses(
        (status = 200, description = "As it is now.", body = Success<Conversation>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn get_conversation(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
) -> Result<Success<Value>, Failure> {
    let get = GetConversation { user: caller.id(), conversation: ConversationId::lenient(&id) };
    Ok(success(dialect.conversation(&api.commands.call(get).await?)))
}

/// Renames a group; for its admins.
#[utoipa::path(
    patch,
    path = "/api/conversations/{id}",
    tag = "conversations",
    params(("id" = schema::Id, Path), schema::InDialect),
    request_body = schema::PatchConversation,
    responses(
        (status = 200, description = "As it is now.", body = Success<Conversation>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn rename_conversation(
    State(api): State<Arc<Api>>,
    caller: Caller,
    dialect: Spoken,
    Segments(id): Segments<String>,
    JsonBody(body): JsonBody,
) -> Result<Success<Value>, Failure> {
    let rename = RenameConversation {
        user: caller.id(),
        conversation: ConversationId::lenient(&id),
        name: body.text("name")?.to_owned(),
    };
    Ok(success(dialect.conversation(&api.commands.call(rename).await?)))
}

/// Deletes a group with everything in it; for its admins.
#[utoipa::path(
    delete,
    path = "/api/conversations/{id}",
    tag = "conversations",
    params(("id" = schema::Id, Path)),
    responses(
        (status = 200, description = "It is gone.", body = Success<DeletedConversation>),
        (status = 403, description = "`Not authorized`.", body = FailureBody),
        (status = 404, description = "`Conversation not found`.", body = FailureBody),
    )
)]
async fn delete_conversation(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Success<DeletedConversation>, Failure> {
    let conversation = ConversationId::lenient(&id);
    api.commands.call(DeleteConversation { user: caller.id(), conversation }).await?;
    Ok(success(DeletedConversation { conversation_id: conversation.to_string() }))
}
