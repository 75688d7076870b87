use image::{ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const BOUNDS: Bounds = Bounds { pixels: 1_000_000, memory: 16 * 1024 * 1024, thumbnail: 320 };

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red on the left, blue on the right.
fn red_and_blue(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) })
}

fn decoded(thumbnail: &Thumbnail) -> DynamicImage {
    image::load_from_memory_with_format(&thumbnail.bytes, thumbnail.format.decoder().unwrap()).unwrap()
}

/// A PNG of one pixel that says it has more, and of which depth and colour.
fn boasting(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut bytes = encoded(&DynamicImage::new_rgb8(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes[24..26].copy_from_slice(&[depth, colour]);
    let crc = bytes[12..29].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
    bytes
}

#[test]
fn sizes_are_read_and_small_copies_made() {
    let image = DynamicImage::from(red_and_blue(800, 400));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let picture = examine(&encoded(&image, format), format, BOUNDS).unwrap();
        assert_eq!((picture.width, picture.height), (800, 400), "{format:?}");
        let small = decoded(&picture.thumbnail).into_rgb8();
        assert_eq!(small.dimensions(), (320, 160), "{format:?}");
        let (left, right) = (small.get_pixel(10, 80), small.get_pixel(310, 80));
        assert!(left[0] > 200 && left[2] < 50 && right[2] > 200 && right[0] < 50, "{left:?} {right:?}");
    }
}

#[test]
fn small_images_are_not_enlarged_and_thin_ones_keep_a_pixel() {
    for (size, expected) in [((5, 3), (5, 3)), ((320, 320), (320, 320)), ((1000, 1), (320, 1))] {
        let image = encoded(&DynamicImage::new_rgb8(size.0, size.1), ImageFormat::Png);
        let picture = examine(&image, ImageFormat::Png, BOUNDS).unwrap();
        let small = decoded(&picture.thumbnail);
        assert_eq!((small.width(), small.height()), expected);
    }
}

#[test]
fn transparency_is_kept() {
    let clear = DynamicImage::from(RgbaImage::from_pixel(400, 400, Rgba([1, 2, 3, 0])));
    let opaque = DynamicImage::from(RgbaImage::from_pixel(400, 400, Rgba([1, 2, 3, 255])));
    for (image, expected) in [(clear, Format::Png), (opaque, Format::Jpeg)] {
        let picture = examine(&encoded(&image, ImageFormat::Png), ImageFormat::Png, BOUNDS).unwrap();
        assert_eq!(picture.thumbnail.format, expected);
    }
}

#[test]
fn the_camera_s_orientation_is_respected() {
    // TIFF header, one entry: orientation (0x0112), short, 6: turn by a quarter, clockwise.
    let exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let image = red_and_blue(640, 320);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&image, 640, 320, image::ExtendedColorType::Rgb8).unwrap();

    let picture = examine(&bytes, ImageFormat::Jpeg, BOUNDS).unwrap();
    assert_eq!((picture.width, picture.height), (320, 640));
    let small = decoded(&picture.thumbnail).into_rgb8();
    assert_eq!(small.dimensions(), (160, 320));
    assert!(small.get_pixel(80, 10)[0] > 200, "red was left and is above now");
}

#[test]
fn of_an_animation_the_first_frame_is_shown() {
    let frames = [Rgba([255, 0, 0, 255]), Rgba([0, 0, 255, 255])];
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for colour in frames {
        encoder.encode_frame(image::Frame::new(RgbaImage::from_pixel(9, 9, colour))).unwrap();
    }
    drop(encoder);
    let picture = examine(&bytes, ImageFormat::Gif, BOUNDS).unwrap();
    assert!(decoded(&picture.thumbnail).into_rgb8().get_pixel(4, 4)[0] > 200);
}

#[test]
fn what_would_take_too_much_is_not_decoded() {
    for (width, height, depth, colour) in [
        (u32::MAX >> 1, u32::MAX >> 1, 8, 2),
        (100_000, 100_000, 8, 2),
        (1_000_001, 1, 8, 2),
        // A million pixels in 16 bits of four colours are within 8 MB, a quarter of that is the bound.
        (1000, 1000, 16, 6),
    ] {
        let bounds = Bounds { memory: 2 * 1024 * 1024, ..BOUNDS };
        let looked = examine(&boasting(width, height, depth, colour), ImageFormat::Png, bounds);
        assert!(matches!(looked, Err(PictureError::TooLarge)), "{width}x{height}: {looked:?}");
    }
}

#[test]
fn what_is_no_image_is_undecodable() {
    let good = encoded(&DynamicImage::from(red_and_blue(100, 100)), ImageFormat::Png);
    let mut broken = good.clone();
    broken[60..].fill(0);
    for (bytes, format) in [
        (&good[..40], ImageFormat::Png),
        (&broken[..], ImageFormat::Png),
        (&good[..], ImageFormat::Gif),
        (b"\xff\xd8\xff\xe0 and then nothing", ImageFormat::Jpeg),
        (b"GIF89a/*\0\0*/=1;alert(1)", ImageFormat::Gif),
        (b"RIFF\x24\0\0\0WEBPVP8X", ImageFormat::WebP),
        (b"", ImageFormat::Jpeg),
    ] {
        let looked = examine(bytes, format, BOUNDS);
        assert!(matches!(looked, Err(PictureError::Undecodable(_))), "{looked:?}");
    }
}
