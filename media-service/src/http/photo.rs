//! `PUT` and `DELETE /api/conversations/{id}/photo`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use natter_domain::command::SetConversationPhoto;
use natter_domain::{ConversationId, MediaKind, Rejection, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{MediaFailure, Refusal, Success, success};
use crate::body::Incoming;
use crate::receive::Wanted;
use crate::service::Service;

/// The form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read as it comes in")]
pub(crate) struct PhotoForm {
    /// The image.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

/// A group's picture.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupPhoto {
    /// The conversation's id.
    group_id: String,
    /// URL; null where there is none.
    group_image: Option<String>,
}

/// Set a group's picture; admins only.
#[utoipa::path(
    put,
    path = "/api/conversations/{id}/photo",
    tag = "conversations",
    params(("id" = String, Path, description = "The group")),
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Set", body = Success<GroupPhoto>),
        (status = 400, description = "No file, a broken form, or no group", body = MediaFailure),
        (status = 401, description = "No, or no valid, token", body = MediaFailure),
        (status = 403, description = "No admin of the group", body = MediaFailure),
        (status = 404, description = "Conversation not found", body = MediaFailure),
        (status = 413, description = "File too large", body = MediaFailure),
        (status = 415, description = "Invalid file type", body = MediaFailure),
        (status = 429, description = "Too many uploads", body = MediaFailure),
        (status = 503, description = "Try again", body = MediaFailure),
    ),
    security(("accessToken" = []))
)]
pub(crate) async fn set(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Success<GroupPhoto>, Refusal> {
    let (parts, body) = request.into_parts();
    let body = Incoming::new(&parts.headers, body);
    let caller = service.caller(&parts.headers).await?;
    let wanted = Wanted {
        field: "photo",
        named: false,
        max_size: service.max_photo_size,
        takes: |format, _| format.kind() == MediaKind::Image,
        place: "media",
        small_copy: false,
    };
    let mut issued = service.take(caller.id, &parts.headers, body, wanted).await?;
    let answer = change(&service, caller.id, &id, Some(issued.url.clone())).await;
    // Without an answer it may have become the picture: a file too many is better than one missing.
    if matches!(answer, Ok(_) | Err(Rejection::Unavailable | Rejection::Internal)) {
        issued.keep();
    }
    Ok(answer.map(success)?)
}

/// Remove a group's picture; admins only.
#[utoipa::path(
    delete,
    path = "/api/conversations/{id}/photo",
    tag = "conversations",
    params(("id" = String, Path, description = "The group")),
    responses(
        (status = 200, description = "Removed, or there was none", body = Success<GroupPhoto>),
        (status = 400, description = "No group", body = MediaFailure),
        (status = 401, description = "No, or no valid, token", body = MediaFailure),
        (status = 403, description = "No admin of the group", body = MediaFailure),
        (status = 404, description = "Conversation not found", body = MediaFailure),
        (status = 503, description = "Try again", body = MediaFailure),
    ),
    security(("accessToken" = []))
)]
pub(crate) async fn remove(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Success<GroupPhoto>, Refusal> {
    let caller = service.caller(&headers).await?;
    Ok(change(&service, caller.id, &id, None).await.map(success)?)
}

async fn change(
    service: &Service,
    user: UserId,
    id: &str,
    photo: Option<String>,
) -> Result<GroupPhoto, Rejection> {
    let conversation = ConversationId::lenient(id);
    let changed = service.commands.call(SetConversationPhoto { user, conversation, photo }).await?;
    let conversation = &changed.conversation;
    Ok(GroupPhoto { group_id: conversation.id.to_string(), group_image: conversation.photo.clone() })
}
