//! What decoders take beside the image itself, where they don't count it themselves.
//!
//! PNG and GIF decoders keep to the limits that they are given. Those of JPEG and WebP don't, so
//! their need is told here from the file's structure, and counted before decoding begins.

use image::ImageFormat;

/// Bytes beside the decoded image of this many pixels.
pub(super) fn beside(bytes: &[u8], format: ImageFormat, pixels: u64) -> u64 {
    match format {
        ImageFormat::Jpeg => jpeg(bytes, pixels).unwrap_or(0),
        ImageFormat::WebP => webp(bytes, pixels),
        _ => 0,
    }
}

/// The frame, or of animations a canvas, a frame and its planes.
fn webp(bytes: &[u8], pixels: u64) -> u64 {
    const EXTENDED: &[u8] = b"VP8X";
    const ANIMATED: u8 = 0x02;
    let extended = bytes.get(12..16) == Some(EXTENDED);
    let animated = extended && bytes.get(20).is_some_and(|flags| flags & ANIMATED != 0);
    pixels.saturating_mul(if animated { 10 } else { 4 })
}

/// The coefficients of the whole image, where they come in several scans: two bytes each. `None`
/// for what is no JPEG.
fn jpeg(bytes: &[u8], pixels: u64) -> Option<u64> {
    const START_OF_SCAN: u8 = 0xda;
    let mut frame = None;
    let mut rest = bytes.get(2..)?;
    loop {
        let [0xff, marker, after @ ..] = rest else { return None };
        // Any number of fill bytes may come before a marker.
        if *marker == 0xff {
            rest = rest.get(1..)?;
            continue;
        }
        let (length, _) = after.split_first_chunk::<2>()?;
        let (segment, next) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let content = segment.get(2..)?;
        match *marker {
            // The frames but for what has the same numbers: tables, arithmetic coding's conditions.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => frame = Some((*marker, content)),
            START_OF_SCAN => {
                let (marker, frame) = frame?;
                let components = frame.get(6..)?.chunks_exact(3);
                let progressive = !matches!(marker, 0xc0 | 0xc1);
                let scanned = usize::from(*content.first()?);
                let at_once = !progressive && scanned == components.len();
                return Some(if at_once { 0 } else { 2 * coefficients(components, pixels) });
            }
            _ => {}
        }
        rest = next;
    }
}

/// One a pixel and component, less those of components of a lower resolution.
fn coefficients<'a>(components: impl Iterator<Item = &'a [u8]>, pixels: u64) -> u64 {
    let resolutions: Vec<u64> = components
        .filter_map(|component| component.get(1))
        .map(|factors| u64::from(factors >> 4) * u64::from(factors & 0x0f))
        .collect();
    let highest = resolutions.iter().copied().max().unwrap_or(1).max(1);
    pixels.saturating_mul(resolutions.iter().sum()).div_ceil(highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fill bytes, a comment, a frame of these components, a table, and a scan of some of them.
    fn headers(frame: u8, factors: &[u8], scanned: u8) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xff\xfe\0\x04hi".to_vec();
        bytes.extend([0xff, frame, 0, 8 + 3 * factors.len() as u8, 8, 0, 1, 0, 1, factors.len() as u8]);
        bytes.extend(factors.iter().flat_map(|factors| [1, *factors, 0]));
        bytes.extend([0xff, 0xc4, 0, 3, 0, 0xff, 0xda, 0, 3, scanned]);
        bytes
    }

    #[test]
    fn coefficients_are_counted_where_they_are_kept() {
        for (bytes, expected) in [
            (headers(0xc0, &[0x22, 0x11, 0x11], 3), 0),
            (headers(0xc0, &[0x22, 0x11, 0x11], 1), 300),
            (headers(0xc2, &[0x22, 0x11, 0x11], 3), 300),
            (headers(0xc2, &[0x11, 0x11, 0x11], 3), 600),
            (headers(0xc2, &[0x11, 0x11, 0x11, 0x11], 4), 800),
            (headers(0xc2, &[0x11], 1), 200),
            (headers(0xc2, &[0x00], 1), 0),
        ] {
            assert_eq!(beside(&bytes, ImageFormat::Jpeg, 100), expected, "{}", bytes.escape_ascii());
            for len in 0..bytes.len() {
                let _ = beside(&bytes[..len], ImageFormat::Jpeg, 100);
            }
        }
    }

    #[test]
    fn animations_have_a_canvas() {
        for (bytes, expected) in [
            (&b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x02"[..], 400),
            (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x10", 400),
            (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x12", 1000),
            (b"RIFF", 400),
        ] {
            assert_eq!(beside(bytes, ImageFormat::WebP, 100), expected);
        }
    }
}
