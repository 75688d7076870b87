//! What a run needs to be there: users and conversations, made through the HTTP API.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

/// Requests at once: enough to keep a server busy.
const AT_ONCE: usize = 16;

/// A user who is signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    /// 24 hex digits.
    pub(crate) id: String,
    /// Good for the HTTP API and for sockets.
    pub(crate) token: String,
}

/// Reads users that [`register`] has made.
///
/// # Errors
/// The file can't be read, or has fewer than `wanted`.
pub(crate) fn load(file: &Path, wanted: usize) -> anyhow::Result<Vec<User>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} can't be read; `natter-bench users` makes it", file.display()))?;
    let users: Vec<User> = serde_json::from_str(&text)?;
    ensure!(users.len() >= wanted, "{wanted} users are needed, and {} has {}", file.display(), users.len());
    Ok(users)
}

/// The API of a server.
pub(crate) struct Api {
    server: Url,
    http: reqwest::Client,
}

impl Api {
    pub(crate) fn new(server: &Url) -> Self {
        Self { server: server.clone(), http: reqwest::Client::new() }
    }

    /// Registers users whom no run before had.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) async fn register(&self, count: usize) -> anyhow::Result<Vec<User>> {
        let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let register = |index: usize| async move {
            let username = format!("b{run}_{index}");
            let body = json!({
                "email": format!("{username}@example.com"),
                "username": username,
                "password": "correct horse battery staple",
                "name": format!("Bench {index}"),
            });
            let answer = self.post("/api/auth/register", None, &body).await?;
            let text = |value: &Value| value.as_str().map(str::to_owned).context("no user in the answer");
            anyhow::Ok(User {
                id: text(answer.pointer("/user/_id").unwrap_or(&Value::Null))?,
                token: text(answer.get("accessToken").unwrap_or(&Value::Null))?,
            })
        };
        stream::iter(0..count).map(register).buffered(AT_ONCE).try_collect().await
    }

    /// A conversation for each list of members, in their order: direct for two, a group for more.
    /// Returns their ids.
    ///
    /// # Errors
    /// The server refuses one.
    pub(crate) async fn conversations(&self, rooms: Vec<Vec<&User>>) -> anyhow::Result<Vec<String>> {
        let make = |members: Vec<&User>| {
            let body = match members.as_slice() {
                [_, other] => json!({"type": "direct", "participantId": other.id}),
                others => {
                    let ids: Vec<_> = others.iter().skip(1).map(|user| &user.id).collect();
                    json!({"type": "group", "name": "bench", "participantIds": ids})
                }
            };
            let token = members.first().map(|user| user.token.clone());
            async move {
                let answer = self.post("/api/conversations", token, &body).await?;
                let id = answer.get("_id").and_then(Value::as_str);
                id.map(str::to_owned).context("no conversation in the answer")
            }
        };
        stream::iter(rooms).map(make).buffered(AT_ONCE).try_collect().await
    }

    /// Reads something, whatever it is.
    ///
    /// # Errors
    /// The answer is not a success.
    pub(crate) async fn get(&self, path: &str, user: &User) -> anyhow::Result<()> {
        let url = self.server.join(path)?;
        let answer = self.http.get(url).bearer_auth(&user.token).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        ensure!(status.is_success(), "GET {path}: {status}: {}", String::from_utf8_lossy(&body));
        Ok(())
    }

    async fn post(&self, path: &str, token: Option<String>, body: &Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(self.server.join(path)?);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .with_context(|| format!("POST {path}"))?;
        let status = answer.status();
        let mut answer: Value = serde_json::from_slice(&answer.bytes().await?)
            .with_context(|| format!("POST {path}: {status}, and no JSON"))?;
        if !status.is_success() {
            bail!("POST {path}: {status}: {answer}");
        }
        Ok(answer.get_mut("data").map(Value::take).unwrap_or_default())
    }
}
