//! `PUT /api/users/{id}`: users of another login service, made and changed by that service.

use std::sync::Arc;

use axum::extract::State;
use natter_domain::UserId;
use natter_domain::command::PutUser;
use natter_domain::user::ProfileChange;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, FailureBody, Success, success};
use super::extract::{Admin, JsonBody, Segments};
use super::users::Me;
use super::{Api, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(put_user))
}

/// Makes a user, or changes one: for the service that has the admin token. May be repeated.
#[utoipa::path(
    put,
    path = "/api/users/{id}",
    tag = "users",
    security(("adminToken" = [])),
    params(("id" = schema::Id, Path)),
    request_body = schema::PutUser,
    responses(
        (status = 200, description = "As they are now.", body = Success<Me>),
        (status = 401, description = "`Token required`, `Invalid token`.", body = FailureBody),
        (status = 403, description = "`Provisioning is not configured`.", body = FailureBody),
        (status = 409, description = "`Username already taken` or `Email already registered`.", body = FailureBody),
    )
)]
async fn put_user(
    State(api): State<Arc<Api>>,
    _: Admin,
    Segments(id): Segments<String>,
    JsonBody(body): JsonBody,
) -> Result<Success<Me>, Failure> {
    let user = UserId::lenient(&id);
    let text = |field| Ok::<_, Failure>(body.optional_text(field)?.map(str::to_owned));
    let change = ProfileChange {
        username: text("username")?,
        name: text("name")?,
        profile_image: match body.is_null("profileImage") {
            true => Some(None),
            false => text("profileImage")?.map(Some),
        },
        email: match body.is_null("email") {
            true => Some(String::new()),
            false => text("email")?,
        },
    };
    let put = api.commands.call(PutUser { user, change, password: text("password")? }).await?;
    api.authenticator.forget_user(user).await;
    Ok(success(put.into()))
}
