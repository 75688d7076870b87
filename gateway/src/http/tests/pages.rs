//! The demo page, its users, and the page of the documentation.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use natter_domain::Rejection;
use natter_runtime::config::LimitsConfig;
use serde_json::json;

use super::Server;
use crate::http::{DemoSession, DemoUsers};
use crate::samples::{self, CONVERSATION, CONVERSATION_TEXT, ME_TEXT};

#[tokio::test]
async fn the_page_is_in_the_binary() {
    let server = Server::new();
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/client/api.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml"),
    ] {
        let got = server.get(path).await;
        assert_eq!((got.status.as_u16(), got.header("content-type")), (200, content_type), "{path}");
        assert!(!got.bytes.is_empty());
        assert_eq!(got.header("cache-control"), "no-cache");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert_eq!(got.header("referrer-policy"), "no-referrer");
        assert!(got.header("content-security-policy").contains("frame-ancestors 'none'"));
        let tag = got.header("etag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let again = server.call("GET", path, "", &[("if-none-match", &known)]).await;
            assert_eq!((again.status.as_u16(), again.bytes.len(), again.header("etag")), (304, 0, &*tag));
        }
        assert_eq!(server.call("GET", path, "", &[("if-none-match", "\"x\"")]).await.status, 200);
        let head = server.call("HEAD", path, "", &[]).await;
        assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
    }
    for path in ["/README.md", "/vendor/README.md", "/../Cargo.toml", "/client", "/client/"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
}

/// Everything that the page asks for by its own markup is there.
#[tokio::test]
async fn the_page_has_its_parts() {
    let server = Server::new();
    let page = String::from_utf8(server.get("/").await.bytes).unwrap();
    let parts: Vec<_> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()))
        .filter(|path| !path.starts_with('#') && !path.contains(':'))
        .collect();
    assert!(parts.len() >= 2, "{parts:?}");
    for part in parts {
        let path = format!("/{}", part.trim_start_matches("./").trim_start_matches('/'));
        assert!(!server.get(&path).await.status.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn outside_of_demo_mode_nobody_is_handed_out() {
    assert_eq!(Server::new().get("/demo.json").await.refused(404, "NOT_FOUND"), "Not found");
}

struct Demo;

#[async_trait]
impl DemoUsers for Demo {
    async fn sign_in(&self) -> Result<DemoSession, Rejection> {
        Ok(DemoSession { users: [samples::signed_in(), samples::signed_in()], conversation: CONVERSATION })
    }
}

#[tokio::test]
async fn demo_users_are_handed_out() {
    let server = Server::with(samples::reply, &LimitsConfig::default(), Some(Arc::new(Demo)), Router::new());
    let got = server.get("/demo.json").await;
    let user = json!({"_id": ME_TEXT, "username": "ann", "name": "Ann", "accessToken": "access", "refreshToken": "refresh"});
    assert_eq!(got.json(), json!({"users": [user, user], "conversationId": CONVERSATION_TEXT}));
    assert_eq!(got.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let server = Server::new();
    let redirect = server.get("/docs").await;
    assert!(redirect.status.is_redirection());
    assert_eq!(redirect.header("location"), "/docs/");
    let page = server.get("/docs/").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    let html = String::from_utf8(page.bytes).unwrap();
    let scripts: Vec<_> = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let got = server.get(&format!("/docs/{}", script.trim_start_matches("./"))).await;
        assert_eq!(got.status, 200, "{script}");
    }
    assert!(
        !html.contains("<script>") && !html.contains("src=\"http"),
        "nothing inline, nothing from elsewhere"
    );
    let start = String::from_utf8(server.get("/docs/swagger-initializer.js").await.bytes).unwrap();
    assert!(start.contains("/openapi.json") && start.contains("\"validatorUrl\": \"none\""), "{start}");
}
