use axum::body::Body;
use axum::http::{Method, Request, header};
use image::ImageFormat;
use natter_domain::command::{Command, SetConversationPhoto};
use natter_domain::{ConversationId, Rejection};
use serde_json::json;

use super::world::*;

const GROUP: &str = "0123456789abcdef01234567";

fn put(id: &str, body: impl Into<Body>) -> Request<Body> {
    form_request(Method::PUT, &format!("/api/conversations/{id}/photo"), body)
}

fn delete(id: &str) -> Request<Body> {
    let uri = format!("/api/conversations/{id}/photo");
    Request::delete(uri).header(header::AUTHORIZATION, "Bearer alice").body(Body::empty()).unwrap()
}

fn last_change(world: &World) -> SetConversationPhoto {
    match world.bus.commands.lock().unwrap().last() {
        Some(Command::SetConversationPhoto(change)) => change.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_picture_is_set_and_removed() {
    let world = World::new();
    let image = picture(ImageFormat::Jpeg, 20, 10);
    let data = world.send(put(GROUP, form("photo", "us.jpg", &image))).await.data();
    let url = data["groupImage"].as_str().unwrap();
    assert_eq!(data, json!({"groupId": GROUP, "groupImage": url}));
    assert!(world.get(url, &[]).await.body == image);
    let conversation = GROUP.parse().unwrap();
    assert_eq!(
        last_change(&world),
        SetConversationPhoto { user: alice(), conversation, photo: Some(url.into()) }
    );
    assert!(world.bus.records().iter().any(|record| record.url == url));

    assert_eq!(world.send(delete(GROUP)).await.data(), json!({"groupId": GROUP, "groupImage": null}));
    assert_eq!(last_change(&world), SetConversationPhoto { user: alice(), conversation, photo: None });
}

#[tokio::test]
async fn only_images_within_the_limit_are_pictures() {
    let world = World::new();
    let refused = world.send(put(GROUP, form("photo", "us.jpg", MP4))).await;
    refused.assert_refused(415, "Invalid file type", "UNSUPPORTED_MEDIA");
    let large = [picture(ImageFormat::Png, 9, 9), vec![0; 5 * 1024 * 1024]].concat();
    let refused = world.send(put(GROUP, form("photo", "us.png", &large))).await;
    refused.assert_refused(413, "File too large", "TOO_LARGE");
    let refused = world.send(put(GROUP, form("media", "us.png", &picture(ImageFormat::Png, 9, 9)))).await;
    refused.assert_refused(400, "No file", "VALIDATION");
    world.until_empty().await;
    assert!(world.bus.commands.lock().unwrap().is_empty());
}

#[tokio::test]
async fn rejections_of_the_message_service_are_told_and_leave_nothing() {
    for (rejection, status, error, code) in [
        (Rejection::ConversationNotFound, 404, "Conversation not found", "NOT_FOUND"),
        (Rejection::NotParticipant, 403, "Not authorized", "FORBIDDEN"),
        (Rejection::NotAdmin, 403, "Not authorized", "FORBIDDEN"),
        (Rejection::NotAGroup, 400, "Not a group conversation", "VALIDATION"),
    ] {
        let world = World::new();
        *world.bus.to_photos.lock().unwrap() = Some(Says::Reject(rejection));
        let image = picture(ImageFormat::Png, 9, 9);
        world.send(put(GROUP, form("photo", "us.png", &image))).await.assert_refused(status, error, code);
        world.send(delete(GROUP)).await.assert_refused(status, error, code);
        world.until_empty().await;
    }
}

#[tokio::test]
async fn a_picture_that_may_have_been_set_is_kept() {
    let world = World::new();
    *world.bus.to_photos.lock().unwrap() = Some(Says::Nothing);
    let image = picture(ImageFormat::Png, 9, 9);
    let answer = world.send(put(GROUP, form("photo", "us.png", &image))).await;
    answer.assert_refused(503, "Service unavailable", "UNAVAILABLE");
    let url = last_change(&world).photo.unwrap();
    assert!(world.get(&url, &[]).await.body == image);
}

#[tokio::test]
async fn tokens_are_required_and_ids_that_are_none_name_nothing() {
    let world = World::new();
    let mut request = delete(GROUP);
    request.headers_mut().remove(header::AUTHORIZATION);
    world.send(request).await.assert_refused(401, "Token required", "UNAUTHENTICATED");
    let mut request = put(GROUP, Body::empty());
    request.headers_mut().remove(header::AUTHORIZATION);
    world.send(request).await.assert_refused(401, "Token required", "UNAUTHENTICATED");

    for id in ["x", "*", "..", "%24ne"] {
        world.send(delete(id)).await;
        assert_eq!(last_change(&world).conversation, ConversationId::NONE, "{id}");
    }
}
