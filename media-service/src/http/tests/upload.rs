use image::ImageFormat;
use natter_domain::MediaKind;
use serde_json::json;

use super::world::*;
use crate::format::Format;
use natter_runtime::config::{Limit, MediaConfig};

#[tokio::test]
async fn images_are_stored_looked_at_and_recorded() {
    for (format, name, ending, mimetype) in [
        (ImageFormat::Jpeg, "jpeg", "jpg", "image/jpeg"),
        (ImageFormat::Png, "png", "png", "image/png"),
        (ImageFormat::Gif, "gif", "gif", "image/gif"),
        (ImageFormat::WebP, "webp", "webp", "image/webp"),
    ] {
        let world = World::new();
        let image = picture(format, 640, 480);
        let data = world.upload(form("media", "cat.bmp", &image)).await.data();
        let (url, thumbnail_url) = (data["url"].as_str().unwrap(), data["thumbnailUrl"].as_str().unwrap());
        assert_eq!(
            data,
            json!({
                "url": url, "type": "image", "format": name, "fileSize": image.len(), "filename": "cat.bmp",
                "width": 640, "height": 480, "thumbnailUrl": thumbnail_url,
            })
        );
        assert!(url.starts_with("/media/") && url.ends_with(&format!(".{ending}")), "{url}");

        let served = world.get(url, &[]).await;
        assert!(served.status.is_success() && served.body == image, "{name} is served as it came");
        let thumbnail = world.get(thumbnail_url, &[]).await.body;
        let small = image::load_from_memory(&thumbnail).unwrap();
        assert_eq!((small.width(), small.height()), (320, 240));

        let [small, record] = world.bus.records().try_into().unwrap();
        assert_eq!((small.url.as_str(), small.size), (thumbnail_url, thumbnail.len() as u64));
        assert_eq!((record.url.as_str(), record.size), (url, image.len() as u64));
        assert_eq!((record.owner, record.kind, record.created_at), (alice(), MediaKind::Image, NOW));
        assert_eq!((record.mimetype.as_str(), record.filename.as_str()), (mimetype, "cat.bmp"));
    }
}

#[tokio::test]
async fn videos_are_stored_as_they_come() {
    let world = World::new();
    let video = [MP4, &[7; 300_000]].concat();
    let data = world.upload(form("media", "clip.mp4", &video)).await.data();
    let url = data["url"].as_str().unwrap();
    assert_eq!(
        data,
        json!({"url": url, "type": "video", "format": "mp4", "fileSize": video.len(), "filename": "clip.mp4"})
    );
    assert!(world.get(url, &[]).await.body == video);
    assert_eq!(world.bus.records().len(), 1);
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn the_public_url_is_in_front_where_there_is_one() {
    let config = MediaConfig {
        public_url: Some("https://chat.example.com/".parse().unwrap()),
        ..MediaConfig::default()
    };
    let world = World::with(config, Limit::NONE);
    let data = world.upload(form("media", "a.png", &picture(ImageFormat::Png, 2, 2))).await.data();
    for url in [&data["url"], &data["thumbnailUrl"]] {
        assert!(url.as_str().unwrap().starts_with("https://chat.example.com/media/"), "{url}");
    }
}

#[tokio::test]
async fn names_and_types_that_lie_change_nothing() {
    let world = World::new();
    let image = picture(ImageFormat::Png, 2, 2);
    let body = [part("media", "../../evil\u{202e}.html", "text/html"), image, end()].concat();
    let data = world.upload(body).await.data();
    assert_eq!((&data["format"], &data["filename"]), (&json!("png"), &json!("evil.html")));
    let served = world.get(data["url"].as_str().unwrap(), &[]).await;
    assert_eq!(served.header(axum::http::header::CONTENT_TYPE), "image/png");

    for lie in [&b"<html><script>alert(1)</script>"[..], b"<svg onload=alert(1)>", b"%PDF-1.4", b"just text"]
    {
        let body = [&part("media", "cat.png", "image/png"), lie, &end()].concat();
        world.upload(body).await.assert_refused(415, "Invalid file type", "UNSUPPORTED_MEDIA");
    }
    assert_eq!(world.files().len(), 2, "the image and its small copy");
}

#[tokio::test]
async fn a_file_without_a_name_gets_one() {
    let world = World::new();
    let start =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n").into_bytes();
    let data = world.upload([start, picture(ImageFormat::Jpeg, 2, 2), end()].concat()).await.data();
    assert_eq!(data["filename"], "file.jpg");
}

#[tokio::test]
async fn other_fields_are_skipped() {
    let world = World::new();
    let image = picture(ImageFormat::Png, 2, 2);
    let other = [part("note", "n.txt", "text/plain"), vec![b'x'; 1000], b"\r\n".to_vec()].concat();
    let last = [b"\r\n".to_vec(), part("later", "l.txt", "text/plain"), vec![b'y'; 1000]].concat();
    let body = [other, part("media", "a.png", "image/png"), image, last, end()].concat();
    // In the smallest pieces there are.
    let body = pieces(futures::stream::iter(body.into_iter().map(|byte| vec![byte].into())));
    assert_eq!(world.upload(body).await.data()["format"], "png");
}

#[tokio::test]
async fn a_file_may_have_the_largest_size_and_no_byte_more() {
    let world = World::new();
    let most = 20 * 1024 * 1024;
    let data = world.upload(long_form(MP4, most)).await.data();
    assert_eq!(data["fileSize"], most);
    assert_eq!(world.files().len(), 1);

    let too_large = world.upload(long_form(MP4, most + 1)).await;
    too_large.assert_refused(413, "File too large", "TOO_LARGE");
    // Too large comes before of the wrong type.
    let too_large = world.upload(long_form(b"no video", most + 1)).await;
    too_large.assert_refused(413, "File too large", "TOO_LARGE");
    until(|| world.files().len() == 1, || format!("{:?}", world.files())).await;
}

#[tokio::test]
async fn every_format_of_the_contract_is_served_under_its_type() {
    let world = World::new();
    for (format, mimetype) in [(Format::Mov, "video/quicktime"), (Format::Mkv, "video/x-matroska")] {
        let head: &[u8] = match format {
            Format::Mov => b"\0\0\0\x14ftypqt  \0\0\x02\0qt  ",
            _ => b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska",
        };
        let data = world.upload(form("media", "v", head)).await.data();
        let served = world.get(data["url"].as_str().unwrap(), &[]).await;
        assert_eq!(served.header(axum::http::header::CONTENT_TYPE), mimetype);
    }
}
