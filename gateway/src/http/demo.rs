//! `/demo.json`: the users of demo mode, signed in for the page that asks.
//!
//! Knows nothing of who they are: that is injected where the process was started as a demo.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use natter_domain::session::SignedIn;
use natter_domain::{Code, ConversationId, Rejection};
use serde_json::{Value, json};

use super::{Api, Failure};

/// The users of demo mode.
#[async_trait]
pub trait DemoUsers: Send + Sync {
    /// Signs them in, in a new session each time.
    ///
    /// # Errors
    /// As those of a login.
    async fn sign_in(&self) -> Result<DemoSession, Rejection>;
}

/// The users of demo mode, signed in.
#[derive(Clone, Debug)]
pub struct DemoSession {
    /// In the order in which the page shows them.
    pub users: [SignedIn; 2],
    /// Their conversation.
    pub conversation: ConversationId,
}

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/demo.json", get(demo))
}

async fn demo(State(api): State<Arc<Api>>) -> Result<Response, Failure> {
    let demo = api.demo.as_ref().ok_or_else(|| Failure::new(Code::NotFound, "Not found"))?;
    let session = demo.sign_in().await?;
    let users: Vec<_> = session.users.iter().map(user).collect();
    let body = json!({"users": users, "conversationId": session.conversation.to_string()});
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn user(signed_in: &SignedIn) -> Value {
    let person = &signed_in.user.profile.user;
    json!({
        "_id": person.id.to_string(),
        "username": person.username,
        "name": person.name,
        "accessToken": signed_in.access_token,
        "refreshToken": signed_in.refresh_token,
    })
}
