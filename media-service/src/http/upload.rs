//! `POST /api/media/upload`.

use std::sync::Arc;

use axum::extract::{Request, State};
use natter_domain::MediaKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{MediaFailure, Refusal, Success, success};
use crate::body::Incoming;
use crate::receive::Wanted;
use crate::service::{Issued, Service, kind_text};

/// The form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read as it comes in")]
pub(crate) struct UploadForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    media: Vec<u8>,
}

/// A file that may go into messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadedMedia {
    /// Where it is fetched from; a path unless the server has a public URL configured.
    #[schema(example = "/media/0123456789abcdef0123456789abcdef.jpg")]
    url: String,
    /// `image` or `video`.
    #[serde(rename = "type")]
    #[schema(example = "image")]
    kind: &'static str,
    /// `jpeg`, `png`, `gif`, `webp`, `mp4`, `mov`, `avi`, `webm` or `mkv`.
    #[schema(example = "jpeg")]
    format: &'static str,
    /// Bytes.
    file_size: u64,
    /// The name it had, without what could mislead.
    filename: String,
    /// Pixels, upright; of images.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// Pixels, upright; of images.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    /// A small copy; of images.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<String>,
}

impl From<&Issued> for UploadedMedia {
    fn from(issued: &Issued) -> Self {
        Self {
            url: issued.url.clone(),
            kind: kind_text(issued.format.kind()),
            format: issued.format.as_str(),
            file_size: issued.size,
            filename: issued.filename.clone(),
            width: issued.dimensions.map(|(width, _)| width),
            height: issued.dimensions.map(|(_, height)| height),
            thumbnail_url: issued.thumbnail_url.clone(),
        }
    }
}

/// Upload an image (JPEG, PNG, GIF, WebP) or a video (MP4, MOV, AVI, WebM, MKV) for a message.
#[utoipa::path(
    post,
    path = "/api/media/upload",
    tag = "media",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Stored", body = Success<UploadedMedia>),
        (status = 400, description = "No file, or a broken form", body = MediaFailure),
        (status = 401, description = "No, or no valid, token", body = MediaFailure),
        (status = 413, description = "File too large", body = MediaFailure),
        (status = 415, description = "Invalid file type", body = MediaFailure),
        (status = 429, description = "Too many uploads", body = MediaFailure),
        (status = 503, description = "Try again", body = MediaFailure),
    ),
    security(("accessToken" = []))
)]
pub(crate) async fn upload(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Success<UploadedMedia>, Refusal> {
    let (parts, body) = request.into_parts();
    let body = Incoming::new(&parts.headers, body);
    let caller = service.caller(&parts.headers).await?;
    let wanted = Wanted {
        field: "media",
        named: false,
        max_size: service.max_media_size,
        takes: |format, _| matches!(format.kind(), MediaKind::Image | MediaKind::Video),
        place: "media",
        small_copy: true,
    };
    let mut issued = service.take(caller.id, &parts.headers, body, wanted).await?;
    issued.keep();
    Ok(success(UploadedMedia::from(&issued)))
}
