//! `/api/users`: profiles, one's own and others'.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use natter_domain::command::{GetMe, GetPresence, GetProfile, SearchProfiles, UpdateMe};
use natter_domain::presence::UserPresence;
use natter_domain::user::ProfileChange;
use natter_domain::{Profile, User, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Failure, FailureBody, List, Success, success};
use super::extract::{Caller, JsonBody, Parameters, Segments};
use super::{Api, schema};

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(get_me, update_me))
        .routes(routes!(get_user))
        .routes(routes!(search_users))
}

/// A person, as they see themselves.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    #[serde(rename = "_id")]
    #[schema(value_type = schema::Id)]
    id: String,
    username: String,
    /// Empty for users that another login service owns.
    email: String,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
    #[schema(value_type = schema::Time)]
    created_at: String,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        let person = user.profile.user;
        Self {
            id: person.id.to_string(),
            username: person.username,
            email: user.email,
            name: person.name,
            profile_image: person.profile_image,
            created_at: user.created_at.to_string(),
        }
    }
}

/// What everybody may see of a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Profile)]
pub(super) struct PublicProfile {
    #[serde(rename = "_id")]
    #[schema(value_type = schema::Id)]
    id: String,
    username: String,
    name: String,
    #[schema(required)]
    profile_image: Option<String>,
    /// False where it is hidden, or not known.
    is_online: bool,
    /// When they were last online; null if never, or hidden by a block.
    #[schema(required, value_type = Option<schema::Time>)]
    last_seen: Option<String>,
}

impl PublicProfile {
    pub(super) fn new(profile: Profile, presence: Option<&UserPresence>) -> Self {
        let last_seen = presence.and_then(|presence| presence.last_seen).or(profile.last_seen);
        Self {
            id: profile.user.id.to_string(),
            username: profile.user.username,
            name: profile.user.name,
            profile_image: profile.user.profile_image,
            is_online: presence.is_some_and(|presence| presence.online),
            last_seen: last_seen.map(|at| at.to_string()),
        }
    }
}

/// Oneself.
#[utoipa::path(
    get,
    path = "/api/users/me",
    tag = "users",
    responses((status = 200, description = "Oneself.", body = Success<Me>))
)]
async fn get_me(State(api): State<Arc<Api>>, caller: Caller) -> Result<Success<Me>, Failure> {
    Ok(success(api.commands.call(GetMe { user: caller.id() }).await?.into()))
}

/// Changes one's own profile.
#[utoipa::path(
    patch,
    path = "/api/users/me",
    tag = "users",
    request_body = schema::PatchMe,
    responses(
        (status = 200, description = "As it is now.", body = Success<Me>),
        (status = 409, description = "`Username already taken`.", body = FailureBody),
    )
)]
async fn update_me(
    State(api): State<Arc<Api>>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<Success<Me>, Failure> {
    let profile_image = match body.is_null("profileImage") {
        true => Some(None),
        false => body.optional_text("profileImage")?.map(|url| Some(url.to_owned())),
    };
    let change = ProfileChange {
        name: body.optional_text("name")?.map(str::to_owned),
        username: body.optional_text("username")?.map(str::to_owned),
        profile_image,
        email: None,
    };
    let user = api.commands.call(UpdateMe { user: caller.id(), change }).await?;
    // The event that says so may come later than the client's next request.
    api.authenticator.forget_user(caller.id()).await;
    Ok(success(user.into()))
}

/// Somebody's public profile.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = schema::Id, Path)),
    responses(
        (status = 200, description = "What everybody may see of them.", body = Success<PublicProfile>),
        (status = 404, description = "`User not found`.", body = FailureBody),
    )
)]
async fn get_user(
    State(api): State<Arc<Api>>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Success<PublicProfile>, Failure> {
    let (viewer, user) = (caller.id(), UserId::lenient(&id));
    let (profile, presence) =
        tokio::join!(api.commands.call(GetProfile { viewer, user }), presence_of(&api, viewer, vec![user]));
    Ok(success(PublicProfile::new(profile?, presence.get(&user))))
}

/// People by prefix of username or name.
#[utoipa::path(
    get,
    path = "/api/users",
    tag = "users",
    params(
        ("search" = Option<String>, Query, description = "How the username or the name begins; case does not matter."),
        schema::Paging,
    ),
    responses((status = 200, description = "Some of them.", body = Success<List<PublicProfile>>))
)]
async fn search_users(
    State(api): State<Arc<Api>>,
    caller: Caller,
    query: Parameters,
) -> Result<Success<List<PublicProfile>>, Failure> {
    let viewer = caller.id();
    let prefix = query.get("search")?.unwrap_or_default().to_owned();
    let found = api.commands.call(SearchProfiles { viewer, prefix, page: query.page()? }).await?;
    let users = found.items.iter().map(|profile| profile.user.id).collect();
    let presence = presence_of(&api, viewer, users).await;
    let shown = List::of(found, |profile| {
        let presence = presence.get(&profile.user.id);
        PublicProfile::new(profile, presence)
    });
    Ok(success(shown))
}

/// Presence as the viewer may see it. Profiles are shown without it where it can't be had.
async fn presence_of(api: &Api, viewer: UserId, users: Vec<UserId>) -> HashMap<UserId, UserPresence> {
    if users.is_empty() {
        return HashMap::new();
    }
    match api.commands.call(GetPresence { viewer, users }).await {
        Ok(presences) => presences.into_iter().map(|presence| (presence.user, presence)).collect(),
        Err(rejection) => {
            tracing::warn!(%rejection, "profiles are shown without presence");
            HashMap::new()
        }
    }
}
