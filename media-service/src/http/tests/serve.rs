use axum::body::Body;
use axum::http::{Request, header};

use super::world::*;

/// A stored video and where it is.
async fn stored(world: &World) -> (String, Vec<u8>) {
    let video: Vec<u8> = MP4.iter().copied().chain((0..300_000).map(|at| (at % 251) as u8)).collect();
    let data = world.upload(form("media", "v.mp4", &video)).await.data();
    (data["url"].as_str().unwrap().to_owned(), video)
}

#[tokio::test]
async fn files_are_served_so_that_browsers_only_show_them() {
    let world = World::new();
    let (url, video) = stored(&world).await;
    let whole = world.get(&url, &[]).await;
    assert_eq!(whole.status, 200);
    assert!(whole.body == video);
    let head = Request::head(&url).header(header::RANGE, "bytes=0-0").body(Body::empty()).unwrap();
    let head = world.send(head).await;
    assert!(head.status == 200 && head.body.is_empty());
    for answer in [&whole, &head] {
        for (name, expected) in [
            (header::CONTENT_TYPE, "video/mp4"),
            (header::CONTENT_LENGTH, &*video.len().to_string()),
            (header::ACCEPT_RANGES, "bytes"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_DISPOSITION, "inline"),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
            (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        ] {
            assert_eq!(answer.header(name.clone()), expected, "{name}");
        }
        assert!(answer.header(header::ETAG).starts_with('"'));
    }
}

#[tokio::test]
async fn parts_are_served() {
    let world = World::new();
    let (url, video) = stored(&world).await;
    let size = video.len();
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=1000-200999", 1000..201_000),
        ("bytes=-10", size - 10..size),
        ("bytes=299000-", 299_000..size),
        ("bytes=0-99999999", 0..size),
    ] {
        let part = world.get(&url, &[(header::RANGE, range)]).await;
        assert_eq!(part.status, 206, "{range}");
        assert!(part.body == video[expected.clone()], "{range}");
        let content_range = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(part.header(header::CONTENT_RANGE), content_range);
        assert_eq!(part.header(header::CONTENT_LENGTH), expected.len().to_string());
        assert_eq!(part.header(header::CONTENT_TYPE), "video/mp4");
    }
    let none = world.get(&url, &[(header::RANGE, "bytes=99999999-")]).await;
    assert_eq!(
        (none.status.as_u16(), none.header(header::CONTENT_RANGE)),
        (416, &*format!("bytes */{size}"))
    );
    let several = world.get(&url, &[(header::RANGE, "bytes=0-0,5-6")]).await;
    assert!(several.status == 200 && several.body == video);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::new();
    let (url, _) = stored(&world).await;
    let etag = world.get(&url, &[]).await.header(header::ETAG).to_owned();
    let known = world.get(&url, &[(header::IF_NONE_MATCH, &etag), (header::RANGE, "bytes=0-0")]).await;
    assert!(known.status == 304 && known.body.is_empty());
    assert_eq!(known.header(header::ETAG), etag);
    assert!(!known.header(header::CACHE_CONTROL).is_empty());
    assert_eq!(world.get(&url, &[(header::IF_NONE_MATCH, "\"other\"")]).await.status, 200);

    let same = world.get(&url, &[(header::IF_RANGE, &etag), (header::RANGE, "bytes=0-0")]).await;
    assert_eq!(same.status, 206);
    let other = world.get(&url, &[(header::IF_RANGE, "\"other\""), (header::RANGE, "bytes=0-0")]).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn nothing_else_is_served() {
    let world = World::new();
    let (url, _) = stored(&world).await;
    std::fs::write(world.path().join("secret.txt"), "secret").unwrap();
    let unknown = "/media/00000000000000000000000000000000.png";
    for path in [
        unknown,
        "/media/secret.txt",
        "/uploads/secret.txt",
        "/uploads/..%2fsecret.txt",
        "/media/%23lock",
        "/media/../secret.txt",
        "/media/..%2fsecret.txt",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/media//etc/passwd",
        "/media/a/b.png",
        "/media/%00.png",
        &format!("{url}%00"),
        &format!("{url}/"),
        &format!("/media/./{}", &url["/media/".len()..]),
    ] {
        world.get(path, &[]).await.assert_refused(404, "Not found", "NOT_FOUND");
    }
    let head = world.send(Request::head(unknown).body(Body::empty()).unwrap()).await;
    assert_eq!(head.status, 404);
}

#[test]
fn the_description_has_every_route() {
    let api = serde_json::to_value(super::super::openapi()).unwrap();
    for (path, method) in [
        ("/api/media/upload", "post"),
        ("/api/conversations/{id}/photo", "put"),
        ("/api/conversations/{id}/photo", "delete"),
        ("/media/{name}", "get"),
        ("/api/upload", "post"),
        ("/uploads/{name}", "get"),
    ] {
        assert!(api["paths"][path][method].is_object(), "{method} {path}");
    }
    let form = &api["components"]["schemas"]["UploadForm"]["properties"]["media"];
    assert_eq!(form["format"], "binary", "{form}");
}
