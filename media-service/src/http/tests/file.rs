//! `POST /api/upload` and `GET /uploads/{name}`.

use axum::body::Body;
use axum::http::{Method, Request, header};
use futures::{StreamExt, stream};
use image::ImageFormat;
use natter_domain::MediaKind;
use natter_runtime::config::{Limit, MediaConfig};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::world::*;
use crate::samples::{compound_file, doc, docx, zip};

const MP3: &[u8] = b"ID3\x03\0\0\0\0\0\0\xff\xfb\x90\x64";
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

fn post(body: impl Into<Body>) -> Request<Body> {
    form_request(Method::POST, "/api/upload", body)
}

async fn file(world: &World, name: &str, content: &[u8]) -> Answer {
    world.send(post(form("file", name, content))).await
}

/// The file of a success.
fn accepted(answer: &Answer) -> Value {
    let json = answer.json();
    assert_eq!(answer.status, 200, "{json}");
    assert_eq!(json, json!({"success": true, "file": json["file"]}));
    json["file"].clone()
}

fn refused(answer: &Answer) {
    answer.assert_refused(400, "Invalid file type", "UNSUPPORTED_MEDIA");
}

/// (name, content, mimetype, messageType, kind, disposition)
type Sample = (&'static str, Vec<u8>, &'static str, &'static str, MediaKind, &'static str);

fn samples() -> Vec<Sample> {
    let image = |format| picture(format, 8, 6);
    vec![
        ("a.jpeg", image(ImageFormat::Jpeg), "image/jpeg", "image", MediaKind::Image, "inline"),
        ("a.JPG", image(ImageFormat::Jpeg), "image/jpeg", "image", MediaKind::Image, "inline"),
        ("a.png", image(ImageFormat::Png), "image/png", "image", MediaKind::Image, "inline"),
        ("a.gif", image(ImageFormat::Gif), "image/gif", "image", MediaKind::Image, "inline"),
        ("a.mp4", MP4.to_vec(), "video/mp4", "video", MediaKind::Video, "inline"),
        ("a.mp3", MP3.to_vec(), "audio/mpeg", "audio", MediaKind::Audio, "inline"),
        ("a.pdf", PDF.to_vec(), "application/pdf", "file", MediaKind::File, "attachment"),
        ("a.doc", doc(), "application/msword", "file", MediaKind::File, "attachment"),
        ("a.docx", docx(), DOCX, "file", MediaKind::File, "attachment"),
    ]
}

#[tokio::test]
async fn every_format_is_stored_recorded_and_served() {
    for (name, content, mimetype, message_type, kind, disposition) in samples() {
        let world = World::new();
        let told = accepted(&file(&world, name, &content).await);
        let url = told["url"].as_str().unwrap();
        assert!(url.starts_with("/uploads/"), "{url}");
        assert_eq!(
            told,
            json!({
                "url": url, "filename": name, "size": content.len(), "mimetype": mimetype,
                "messageType": message_type,
            })
        );
        let [record] = world.bus.records().try_into().unwrap();
        assert_eq!((record.url.as_str(), record.kind, record.mimetype.as_str()), (url, kind, mimetype));
        assert_eq!((record.filename.as_str(), record.size), (name, content.len() as u64));
        assert_eq!(world.files().len(), 1, "no small copies");

        let served = world.get(url, &[]).await;
        assert!(served.status == 200 && served.body == content, "{name}");
        for (header, expected) in [
            (header::CONTENT_TYPE, mimetype),
            (header::CONTENT_DISPOSITION, disposition),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            assert_eq!(served.header(header), expected, "{name}");
        }
        let part = world.get(url, &[(header::RANGE, "bytes=1-3")]).await;
        assert!(part.status == 206 && part.body == content[1..4], "{name}");
    }
}

#[tokio::test]
async fn a_name_and_its_content_must_agree() {
    let world = World::new();
    for (name, _, mimetype, ..) in samples() {
        for (_, content, other, ..) in samples() {
            if mimetype != other {
                refused(&file(&world, name, &content).await);
            }
        }
    }
    let webp = picture(ImageFormat::WebP, 2, 2);
    for (name, content) in [
        ("a.webp", &*webp),
        ("a.png", &webp),
        ("a.exe", b"MZ\x90\0"),
        ("a.html", b"<html></html>"),
        ("a.pdf", b"<html></html>"),
        ("a.pdf.exe", PDF),
        ("pdf", PDF),
        ("..", PDF),
        ("a.docx", &zip(&["a.txt"], b"")),
        ("a.docx", &zip(&["[Content_Types].xml", "xl/workbook.xml"], b"")),
        ("a.zip", &docx()),
        ("a.doc", &compound_file(&["Workbook"], &[])),
        ("a.doc", b"{\\rtf1 text}"),
        ("a.mp3", b"RIFF\x24\0\0\0WAVEfmt "),
        ("a.png", &picture(ImageFormat::Png, 50, 50)[..60]),
    ] {
        refused(&file(&world, name, content).await);
    }
    world.until_empty().await;
    assert!(world.bus.records().is_empty());
}

#[tokio::test]
async fn one_named_file_is_needed() {
    let world = World::new();
    let text = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello");
    for body in [form("media", "a.pdf", PDF), form("file", "a.pdf", b""), [text.into(), end()].concat()] {
        world.send(post(body)).await.assert_refused(400, "No file", "VALIDATION");
    }
    // However long the second one is.
    for len in [10, 200_000] {
        let second = [&part("file", "b.pdf", "application/pdf"), PDF, &vec![b'x'; len]].concat();
        let two = [&part("file", "a.pdf", "application/pdf"), PDF, b"\r\n", &second, &end()].concat();
        let answer = world.send(post(two)).await;
        answer.assert_refused(400, "Invalid payload: file: must be one file", "VALIDATION");
    }
    world.until_empty().await;
}

#[tokio::test]
async fn names_are_kept_but_for_what_misleads() {
    let world = World::new();
    for (name, expected) in [
        ("Zürich 計画 🎉.pdf", "Zürich 計画 🎉.pdf"),
        ("../../etc/plan.PDF", "plan.PDF"),
        ("C:\\docs\\plan.pdf", "plan.pdf"),
        ("plan\u{202e}.pdf", "plan.pdf"),
    ] {
        assert_eq!(accepted(&file(&world, name, PDF).await)["filename"], expected, "{name:?}");
    }
    let start = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''na%C3%AFve.pdf\r\n\r\n"
    );
    let told = accepted(&world.send(post([start.as_bytes(), PDF, &end()].concat())).await);
    assert_eq!(told["filename"], "naïve.pdf");
    // What turns the rest around could hide the true ending.
    refused(&file(&world, "plan\u{202e}fdp.exe", PDF).await);
}

#[tokio::test]
async fn files_are_limited_in_size_and_number() {
    let most = 1024 * 1024;
    let config = MediaConfig { max_upload_size: most as u64, ..MediaConfig::default() };
    let world = World::with(config, Limit::new(3));
    let mut longest = PDF.to_vec();
    longest.resize(most, b' ');
    assert_eq!(accepted(&file(&world, "a.pdf", &longest).await)["size"], most);
    longest.push(b' ');
    for name in ["a.pdf", "a.exe"] {
        file(&world, name, &longest).await.assert_refused(413, "File too large", "TOO_LARGE");
    }
    file(&world, "a.pdf", PDF).await.assert_refused(429, "Too many requests", "RATE_LIMITED");
    until(|| world.files().len() == 1, || format!("{:?}", world.files())).await;
}

#[tokio::test]
async fn tokens_are_required() {
    let world = World::new();
    let mut request = post(Body::empty());
    request.headers_mut().remove(header::AUTHORIZATION);
    world.send(request).await.assert_refused(401, "Token required", "UNAUTHENTICATED");
}

#[tokio::test]
async fn half_an_upload_leaves_nothing() {
    let world = World::new();
    let start = [&part("file", "a.pdf", "application/pdf"), PDF, &[b' '; 600_000]].concat();
    let answer = world.send(post(start.clone())).await;
    assert_eq!(answer.json()["error"], "Invalid payload: file: incomplete or malformed");
    world.until_empty().await;

    let body = pieces(stream::iter([start.into()]).chain(stream::pending()));
    let under_way = tokio::spawn(world.service.router().oneshot(post(body)));
    until(|| !world.files().is_empty(), || "nothing is written".into()).await;
    under_way.abort();
    world.until_empty().await;
    assert!(world.bus.records().is_empty());
}

#[tokio::test]
async fn documents_are_not_taken_for_media() {
    let world = World::new();
    for (name, content, _, _, kind, _) in samples() {
        if matches!(kind, MediaKind::Audio | MediaKind::File) {
            let answer = world.upload(form("media", name, &content)).await;
            answer.assert_refused(415, "Invalid file type", "UNSUPPORTED_MEDIA");
        }
    }
    world.until_empty().await;
}
