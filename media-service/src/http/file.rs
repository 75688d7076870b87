//! `POST /api/upload`: files, whose names and content must agree.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use natter_domain::Rejection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{MediaFailure, Refusal};
use crate::body::Incoming;
use crate::format::Format;
use crate::receive::Wanted;
use crate::service::{Issued, Service, kind_text};

/// What names may end in, and what each promises.
const ENDINGS: [(&str, Format); 9] = [
    ("jpeg", Format::Jpeg),
    ("jpg", Format::Jpeg),
    ("png", Format::Png),
    ("gif", Format::Gif),
    ("pdf", Format::Pdf),
    ("doc", Format::Doc),
    ("docx", Format::Docx),
    ("mp4", Format::Mp4),
    ("mp3", Format::Mp3),
];

/// The form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read as it comes in")]
pub(crate) struct FileForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A file was stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileUploaded {
    /// Always true.
    success: bool,
    file: UploadedFile,
}

/// A file that may go into messages: as `file` of the snake dialect, as it is; into `media` of the
/// colon dialect by its URL, where audio has the type `file`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadedFile {
    /// Where it is fetched from; a path unless the server has a public URL configured.
    #[schema(example = "/uploads/0123456789abcdef0123456789abcdef.pdf")]
    url: String,
    /// The name it had, without what could mislead.
    filename: String,
    /// Bytes.
    size: u64,
    /// MIME type of its content.
    #[schema(example = "application/pdf")]
    mimetype: &'static str,
    /// `image`, `video`, `audio` or `file`.
    #[schema(example = "file")]
    message_type: &'static str,
}

impl From<&Issued> for UploadedFile {
    fn from(issued: &Issued) -> Self {
        Self {
            url: issued.url.clone(),
            filename: issued.filename.clone(),
            size: issued.size,
            mimetype: issued.format.mimetype(),
            message_type: kind_text(issued.format.kind()),
        }
    }
}

/// Upload a file (JPEG, PNG, GIF, PDF, DOC, DOCX, MP4, MP3) whose name ends in what it is.
#[utoipa::path(
    post,
    path = "/api/upload",
    operation_id = "upload_file",
    tag = "media",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Stored", body = FileUploaded),
        (status = 400, description = "No file, invalid file type, or a broken form", body = MediaFailure),
        (status = 401, description = "No, or no valid, token", body = MediaFailure),
        (status = 413, description = "File too large", body = MediaFailure),
        (status = 429, description = "Too many uploads", body = MediaFailure),
        (status = 503, description = "Try again", body = MediaFailure),
    ),
    security(("accessToken" = []))
)]
pub(crate) async fn upload(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Json<FileUploaded>, Refusal> {
    let (parts, body) = request.into_parts();
    let body = Incoming::new(&parts.headers, body);
    let caller = service.caller(&parts.headers).await?;
    let wanted = Wanted {
        field: "file",
        named: true,
        max_size: service.max_upload_size,
        takes: |format, name| name.is_some_and(|name| promised(name) == Some(format)),
        place: "uploads",
        small_copy: false,
    };
    let taken = service.take(caller.id, &parts.headers, body, wanted).await;
    let mut issued = taken.map_err(|refusal| match refusal {
        Refusal::Rejected(Rejection::UnsupportedMedia) => Refusal::InvalidFileType,
        other => other,
    })?;
    issued.keep();
    Ok(Json(FileUploaded { success: true, file: UploadedFile::from(&issued) }))
}

/// The format that a name's ending promises, whatever its case.
fn promised(name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, format)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_promise_a_format() {
        for (name, expected) in [
            ("a.pdf", Some(Format::Pdf)),
            ("A.B.JPeG", Some(Format::Jpeg)),
            (".png", Some(Format::Png)),
            ("a.pdf.exe", None),
            ("a.webp", None),
            ("a.", None),
            ("pdf", None),
            ("a.pdf ", None),
            ("", None),
        ] {
            assert_eq!(promised(name), expected, "{name}");
        }
    }
}
