//! `/api/auth`: accounts, logins, refreshed tokens, logouts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use natter_domain::command;
use natter_domain::session;
use natter_domain::{Rejection, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, Nothing, Success, created, success};
use super::extract::{Caller, ClientAddress, JsonBody, OptionalJsonBody};
use super::users::Me;
use super::{Api, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(log_in))
        .routes(routes!(refresh))
        .routes(routes!(log_out))
}

/// Tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    user: Me,
    /// For `Authorization: Bearer` and for sockets.
    access_token: String,
    /// Works once, at `/api/auth/refresh`.
    refresh_token: String,
    /// Of the access token, in seconds.
    expires_in: u64,
}

impl From<session::SignedIn> for SignedIn {
    fn from(signed_in: session::SignedIn) -> Self {
        Self {
            user: signed_in.user.into(),
            access_token: signed_in.access_token,
            refresh_token: signed_in.refresh_token,
            expires_in: signed_in.expires_in.as_secs(),
        }
    }
}

/// Makes an account, and signs in.
#[utoipa::path(
    post,
    path = "/api/auth/register",
    tag = "auth",
    security(()),
    request_body = schema::Register,
    responses(
        (status = 201, description = "The account is there.", body = Success<SignedIn>),
        (status = 409, description = "`Username already taken` or `Email already registered`.", body = super::answer::FailureBody),
    )
)]
async fn register(
    State(api): State<Arc<Api>>,
    ClientAddress(address): ClientAddress,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Success<SignedIn>), Failure> {
    let register = command::Register {
        id: UserId::generate(api.clock.now()),
        username: body.text("username")?.to_owned(),
        email: body.text("email")?.to_owned(),
        password: body.text("password")?.to_owned(),
        name: body.optional_text("name")?.map(str::to_owned),
    };
    api.limits.registration(address)?;
    Ok(created(api.commands.call(register).await?.into()))
}

/// Signs in.
#[utoipa::path(
    post,
    path = "/api/auth/login",
    tag = "auth",
    security(()),
    request_body = schema::LogIn,
    responses(
        (status = 200, description = "A new session.", body = Success<SignedIn>),
        (status = 401, description = "`Invalid credentials`.", body = super::answer::FailureBody),
    )
)]
async fn log_in(
    State(api): State<Arc<Api>>,
    ClientAddress(address): ClientAddress,
    JsonBody(body): JsonBody,
) -> Result<Success<SignedIn>, Failure> {
    let (email, username) = (body.optional_text("email")?, body.optional_text("username")?);
    let identifier =
        email.or(username).ok_or_else(|| Rejection::invalid("email", "or username is required"))?;
    let log_in =
        command::LogIn { identifier: identifier.to_owned(), password: body.text("password")?.to_owned() };
    api.limits.login(address)?;
    Ok(success(api.commands.call(log_in).await?.into()))
}

/// Trades a refresh token for new tokens.
///
/// Using one twice ends its session, but for a few seconds in which the same successor is answered.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    security(()),
    request_body = schema::RefreshTokens,
    responses(
        (status = 200, description = "New tokens of the same session.", body = Success<SignedIn>),
        (status = 401, description = "Unknown, expired or used before.", body = super::answer::FailureBody),
    )
)]
async fn refresh(
    State(api): State<Arc<Api>>,
    JsonBody(body): JsonBody,
) -> Result<Success<SignedIn>, Failure> {
    let refresh = command::RefreshSession { refresh_token: body.text("refreshToken")?.to_owned() };
    Ok(success(api.commands.call(refresh).await?.into()))
}

/// Ends the session, or all of one's sessions; their sockets are disconnected.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    request_body = Option<schema::LogOut>,
    responses((status = 200, description = "It has ended.", body = Success<Nothing>))
)]
async fn log_out(
    State(api): State<Arc<Api>>,
    caller: Caller,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Success<Nothing>, Failure> {
    let log_out = command::LogOut { bearer: caller.bearer.clone(), everywhere: body.flag("everywhere")? };
    api.commands.call(log_out).await?;
    // The event that says so may come later than the client's next request.
    api.authenticator.forget_user(caller.id()).await;
    Ok(success(Nothing {}))
}
