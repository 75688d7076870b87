//! What is refused, and that nothing of it stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use futures::{StreamExt, stream};
use image::ImageFormat;
use natter_domain::Rejection;
use natter_runtime::config::{Limit, MediaConfig};
use serde_json::json;
use tower::ServiceExt;

use super::world::*;

fn with_token(token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = upload_request(body);
    match token {
        Some(token) => {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        None => drop(request.headers_mut().remove(header::AUTHORIZATION)),
    }
    request
}

#[tokio::test]
async fn tokens_are_checked_before_the_body_is_read() {
    let world = World::new();
    for (token, status, error, code) in [
        (None, 401, "Token required", "UNAUTHENTICATED"),
        (Some("mallory"), 401, "Invalid token", "UNAUTHENTICATED"),
        (Some("gone"), 401, "Invalid token", "UNAUTHENTICATED"),
        (Some("down"), 503, "Service unavailable", "UNAVAILABLE"),
    ] {
        // The answer does not wait for a body that never comes.
        world.send(with_token(token, pieces(stream::pending()))).await.assert_refused(status, error, code);
        // Nor is a client that asks first told to send it.
        let read = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&read);
        let body = stream::poll_fn(move |_| {
            seen.store(true, Ordering::Relaxed);
            std::task::Poll::<Option<Bytes>>::Ready(None)
        });
        let mut request = with_token(token, pieces(body));
        request.headers_mut().insert(header::EXPECT, "100-continue".parse().unwrap());
        world.send(request).await.assert_refused(status, error, code);
        tokio::task::yield_now().await;
        assert!(!read.load(Ordering::Relaxed));
    }
}

#[tokio::test]
async fn forms_without_the_file_are_refused() {
    let world = World::new();
    let image = picture(ImageFormat::Png, 2, 2);
    for body in [form("file", "a.png", &image), form("media", "", b""), format!("--{BOUNDARY}--\r\n").into()]
    {
        world.upload(body).await.assert_refused(400, "No file", "VALIDATION");
    }
    for content_type in ["application/json", "multipart/form-data", "", "multipart/form-data; boundary="] {
        let mut request = upload_request("{}");
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{content_type}: {}", answer.json());
        assert_eq!(answer.json()["code"], "VALIDATION");
    }
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn forms_that_break_off_leave_nothing() {
    let world = World::new();
    let whole = form("media", "a.mp4", &[MP4, &[0; 100_000]].concat());
    let header_end = part("media", "a.mp4", "application/octet-stream").len();
    for len in
        [0, 5, 40, header_end - 1, header_end, header_end + 10, 50_000, whole.len() - 30, whole.len() - 5]
    {
        let answer = world.upload(whole[..len].to_vec()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{len}: {}", answer.json());
        assert_eq!(answer.json()["code"], "VALIDATION");
    }
    let broken =
        stream::iter([Ok(Bytes::from(whole[..70_000].to_vec())), Err(std::io::Error::other("reset"))]);
    let answer = world.upload(Body::from_stream(broken)).await;
    assert_eq!(answer.json()["error"], "Invalid payload: media: incomplete or malformed");
    world.until_empty().await;
    assert!(world.bus.records().is_empty());
}

#[tokio::test]
async fn a_form_of_headers_and_other_fields_without_end_is_cut_off() {
    let world = World::new();
    // Then it waits: who wants more of it than is allowed waits for ever.
    let junk = || stream::repeat(Bytes::from_static(&[b'x'; 10_000])).take(100).chain(stream::pending());
    let endless_header = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"").into_bytes();
    let endless_other = part("other", "o", "text/plain");
    let after =
        [&part("media", "a.mp4", "video/mp4"), MP4, b"\r\n", &part("other", "o", "text/plain")].concat();
    for start in [vec![], endless_header, endless_other, after] {
        let answering = world.upload(pieces(stream::iter([start.into()]).chain(junk())));
        let answer = tokio::time::timeout(Duration::from_secs(10), answering).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.json());
    }
    world.until_empty().await;
}

#[tokio::test]
async fn images_that_can_t_be_decoded_leave_nothing() {
    let world = World::new();
    let mut broken = picture(ImageFormat::Png, 50, 50);
    broken[40..].fill(0);
    world.upload(form("media", "a.png", &broken)).await.assert_refused(
        415,
        "Invalid file type",
        "UNSUPPORTED_MEDIA",
    );
    let jpeg = b"\xff\xd8\xff\xe0 and then nothing";
    world.upload(form("media", "a.jpg", jpeg)).await.assert_refused(
        415,
        "Invalid file type",
        "UNSUPPORTED_MEDIA",
    );
    world.until_empty().await;
    assert!(world.bus.records().is_empty());
}

#[tokio::test]
async fn images_with_too_many_pixels_leave_nothing() {
    let config = MediaConfig { max_image_pixels: 99, ..MediaConfig::default() };
    let world = World::with(config, Limit::NONE);
    let answer = world.upload(form("media", "a.png", &picture(ImageFormat::Png, 10, 10))).await;
    answer.assert_refused(413, "File too large", "TOO_LARGE");
    assert_eq!(answer.json()["details"], json!({"maxPixels": 99}));
    world.until_empty().await;
}

#[tokio::test]
async fn what_can_t_be_recorded_is_not_kept() {
    for says in [Says::Nothing, Says::Reject(Rejection::Unavailable)] {
        let world = World::new();
        *world.bus.to_records.lock().unwrap() = Some(says);
        for content in [picture(ImageFormat::Png, 10, 10), MP4.to_vec()] {
            let answer = world.upload(form("media", "a", &content)).await;
            answer.assert_refused(503, "Service unavailable", "UNAVAILABLE");
        }
        world.until_empty().await;
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_as_such() {
    let world = World::new();
    std::fs::remove_dir_all(world.path()).unwrap();
    std::fs::write(world.path(), "a file where the directory was").unwrap();
    let answer = world.upload(form("media", "a.mp4", MP4)).await;
    answer.assert_refused(503, "Service unavailable", "UNAVAILABLE");
    std::fs::remove_file(world.path()).unwrap();
}

#[tokio::test]
async fn an_upload_whose_client_leaves_leaves_nothing() {
    let world = World::new();
    let start = [&part("media", "a.mp4", "video/mp4"), MP4, &[0; 600_000]].concat();
    let body = pieces(stream::iter([start.into()]).chain(stream::pending()));
    let under_way = tokio::spawn(world.service.router().oneshot(upload_request(body)));
    until(|| !world.files().is_empty(), || "nothing is written".into()).await;
    under_way.abort();
    world.until_empty().await;
}

#[tokio::test]
async fn uploads_are_cut_off_when_the_process_ends() {
    let world = World::new();
    let start = [&part("media", "a.mp4", "video/mp4"), MP4, &[0; 600_000]].concat();
    let body = pieces(stream::iter([start.into()]).chain(stream::pending()));
    let under_way = world.upload(body);
    let stopping = async {
        until(|| !world.files().is_empty(), || "nothing is written".into()).await;
        world.stop.cancel();
    };
    let (answer, ()) = futures::join!(under_way, stopping);
    answer.assert_refused(503, "Service unavailable", "UNAVAILABLE");
    world.until_empty().await;
}

#[tokio::test]
async fn uploads_are_limited_a_user_and_minute() {
    let world = World::with(MediaConfig::default(), Limit::new(2));
    for _ in 0..2 {
        world.upload(form("media", "a.mp4", MP4)).await.data();
    }
    let answer = world.upload(form("media", "a.mp4", MP4)).await;
    answer.assert_refused(429, "Too many requests", "RATE_LIMITED");
    let seconds: u64 = answer.header(header::RETRY_AFTER).parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert_eq!(world.files().len(), 2);
}
