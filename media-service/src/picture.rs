//! Looking at images: their size, and a small copy.
//!
//! Images come from anybody, so decoding is bounded in pixels (known before decoding begins), in
//! memory, and in how many are decoded at once, on threads of their own.

mod memory;

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use natter_domain::Rejection;
use natter_domain::ports::{MediaStore, MediaStoreError};
use natter_runtime::config::MediaConfig;
use natter_runtime::{BlockingError, BlockingPool};
use tokio::runtime::Handle;

use crate::answer::Refusal;
use crate::format::Format;
use crate::kept;
use crate::name::MediaName;

/// Quality of small copies, of 100.
const QUALITY: u8 = 80;

/// What an image looks like, upright.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    pub(crate) thumbnail: Thumbnail,
}

/// A small copy, upright, of the first frame.
#[derive(Debug)]
pub(crate) struct Thumbnail {
    pub(crate) format: Format,
    pub(crate) bytes: Vec<u8>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
enum PictureError {
    #[error("the image can't be read back")]
    Store(#[from] MediaStoreError),
    #[error("the image can't be decoded")]
    Undecodable(#[source] ImageError),
    #[error("the image has more pixels, or takes more memory, than is allowed")]
    TooLarge,
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            error => Self::Undecodable(error),
        }
    }
}

/// Looks at images.
pub(crate) struct Pictures {
    store: Arc<dyn MediaStore>,
    pool: BlockingPool,
    bounds: Bounds,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    pixels: u64,
    memory: u64,
    thumbnail: u32,
}

impl Pictures {
    pub(crate) fn new(store: Arc<dyn MediaStore>, config: &MediaConfig) -> Self {
        Self {
            store,
            pool: BlockingPool::new(config.decodes_at_once, config.decodes_waiting),
            bounds: Bounds {
                pixels: config.max_image_pixels,
                memory: config.max_image_memory,
                thumbnail: u32::from(config.thumbnail_pixels.get()),
            },
        }
    }

    /// Looks at a stored image. It is read only once it is its turn, so that no more images are in
    /// memory than are decoded at once.
    pub(crate) async fn look(&self, name: &MediaName, as_image: ImageFormat) -> Result<Picture, Refusal> {
        let (store, bounds, runtime) = (Arc::clone(&self.store), self.bounds, Handle::current());
        let owned = name.clone();
        let looked = self.pool.run(move || {
            let bytes = runtime.block_on(kept::read(store.as_ref(), &owned, None))?;
            examine(&bytes, as_image, bounds)
        });
        match looked.await {
            Ok(Ok(picture)) => Ok(picture),
            Ok(Err(PictureError::TooLarge)) => Err(Refusal::ImageTooLarge { max_pixels: self.bounds.pixels }),
            Ok(Err(PictureError::Undecodable(error))) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "undecodable image");
                Err(Rejection::UnsupportedMedia.into())
            }
            Ok(Err(PictureError::Store(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "an image can't be read back");
                Err(Refusal::UNAVAILABLE)
            }
            Err(BlockingError::Overfull) => Err(Refusal::UNAVAILABLE),
            // A decoder that panics would do so again.
            Err(BlockingError::BrokenOff) => {
                tracing::error!(%name, "decoding an image broke off");
                Err(Rejection::UnsupportedMedia.into())
            }
        }
    }
}

fn examine(bytes: &[u8], format: ImageFormat, bounds: Bounds) -> Result<Picture, PictureError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(bounds.memory);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > bounds.pixels {
        return Err(PictureError::TooLarge);
    }
    limits.reserve(decoder.total_bytes().saturating_add(memory::beside(bytes, format, pixels)))?;
    decoder.set_limits(limits)?;
    // Metadata that can't be read says nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder)?;
    let thumbnail = thumbnail(image, orientation, bounds.thumbnail)?;
    let (width, height) = if turns(orientation) { (height, width) } else { (width, height) };
    Ok(Picture { width, height, thumbnail })
}

/// Whether width and height change places.
fn turns(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

fn thumbnail(image: DynamicImage, orientation: Orientation, longest: u32) -> Result<Thumbnail, ImageError> {
    let fits = image.width() <= longest && image.height() <= longest;
    let mut small = if fits { image } else { image.thumbnail(longest, longest) };
    // Turned when it is small: turning takes a second copy.
    small.apply_orientation(orientation);
    let mut bytes = Cursor::new(Vec::new());
    let format = if is_transparent(&small) {
        small.into_rgba8().write_to(&mut bytes, ImageFormat::Png)?;
        Format::Png
    } else {
        small.into_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
        Format::Jpeg
    };
    Ok(Thumbnail { format, bytes: bytes.into_inner() })
}

fn is_transparent(image: &DynamicImage) -> bool {
    image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0.last() != Some(&u8::MAX))
}

#[cfg(test)]
mod tests;
