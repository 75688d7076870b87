use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use super::*;

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(3, 2).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn ftyp(own: &[u8; 4], readable_as: &[&[u8; 4]]) -> Vec<u8> {
    let size = 16 + 4 * readable_as.len() as u32;
    let brands = readable_as.iter().flat_map(|brand| brand.iter().copied());
    let mut bytes = [size.to_be_bytes(), *b"ftyp", *own, [0, 0, 2, 0]].concat();
    bytes.extend(brands);
    bytes.extend([0, 0, 0, 8, b'f', b'r', b'e', b'e']);
    bytes
}

/// An EBML header as ffmpeg writes it.
fn ebml(doc_type: &[u8]) -> Vec<u8> {
    let mut header = vec![0x42, 0x86, 0x81, 1, 0x42, 0xf7, 0x81, 1, 0x42, 0xf2, 0x81, 4, 0x42, 0xf3, 0x81, 8];
    header.extend([0x42, 0x82, 0x80 | doc_type.len() as u8]);
    header.extend(doc_type);
    header.extend([0x42, 0x87, 0x81, 4, 0x42, 0x85, 0x81, 2]);
    let mut bytes = vec![0x1a, 0x45, 0xdf, 0xa3, 0x01, 0, 0, 0, 0, 0, 0, header.len() as u8];
    bytes.extend(header);
    bytes
}

#[test]
fn formats_are_known_by_their_content() {
    let qt_without_ftyp = [0, 0, 0, 8, b'w', b'i', b'd', b'e', 0, 1, 0, 0, b'm', b'd', b'a', b't'].to_vec();
    for (content, expected) in [
        (encoded(ImageFormat::Jpeg), Format::Jpeg),
        (encoded(ImageFormat::Png), Format::Png),
        (encoded(ImageFormat::Gif), Format::Gif),
        (encoded(ImageFormat::WebP), Format::WebP),
        (b"GIF87a".to_vec(), Format::Gif),
        (b"\xff\xd8\xff\xe1".to_vec(), Format::Jpeg),
        (b"RIFF\x24\0\0\0WEBPVP8X".to_vec(), Format::WebP),
        (b"RIFF\x24\0\0\0AVI LIST".to_vec(), Format::Avi),
        (ftyp(b"isom", &[b"isom", b"iso2", b"avc1", b"mp41"]), Format::Mp4),
        (ftyp(b"mp42", &[]), Format::Mp4),
        (ftyp(b"M4V ", &[b"M4V "]), Format::Mp4),
        (ftyp(b"3gp4", &[b"isom", b"3gp4"]), Format::Mp4),
        (ftyp(b"mp42", &[b"isom"])[..12].to_vec(), Format::Mp4),
        (ftyp(b"qt  ", &[b"qt  "]), Format::Mov),
        (qt_without_ftyp, Format::Mov),
        (b"\0\0\x12\x34moov\0\0\0\x6cmvhd".to_vec(), Format::Mov),
        (ebml(b"webm"), Format::WebM),
        (ebml(b"matroska"), Format::Mkv),
        (ebml(b"webm\0\0\0\0"), Format::WebM),
        (ebml(b"webm")[..36].to_vec(), Format::WebM),
        (b"%PDF-1.7\n".to_vec(), Format::Pdf),
        (b"ID3\x03\0\0\0\0\x0f\x76TIT2".to_vec(), Format::Mp3),
        (b"ID3\x04\0\x80\0\0\0\x0a".to_vec(), Format::Mp3),
        (b"\xff\xfb\x90\x64".to_vec(), Format::Mp3),
        (b"\xff\xf3\x48\xc4".to_vec(), Format::Mp3),
        (b"\xff\xe3\x18\xc4".to_vec(), Format::Mp3),
        (b"PK\x03\x04".to_vec(), Format::Docx),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), Format::Doc),
    ] {
        assert_eq!(Format::detect(&content), Some(expected), "{}", content.escape_ascii());
    }
}

#[test]
fn nothing_else_is_taken() {
    for content in [
        b"".to_vec(),
        b"hello".to_vec(),
        vec![0; 4096],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        b"<!DOCTYPE html><html></html>".to_vec(),
        b"%PDF-".to_vec(),
        b" %PDF-1.7\n".to_vec(),
        b"PK\x05\x06\0\0\0\0".to_vec(),
        b"MZ\x90\0".to_vec(),
        b"BM\x36\0\0\0".to_vec(),
        b"ID3\x04".to_vec(),
        b"ID3\x05\0\0\0\0\0\0".to_vec(),
        b"ID3\x04\0\0\0\0\0\xff".to_vec(),
        // Layer II, AAC, a reserved rate, UTF-16.
        b"\xff\xfd\x90\x64".to_vec(),
        b"\xff\xf1\x50\x80".to_vec(),
        b"\xff\xfb\xf0\x64".to_vec(),
        b"\xff\xfb\x9c\x64".to_vec(),
        b"\xff\xfeh\0i\0".to_vec(),
        b"\xff\xd8\xff\xff".to_vec(),
        b"GIF88a".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"RIFF\x24\0\0\0WAVEfmt ".to_vec(),
        b"RIFF\x24\0\0\0WEBPJUNK".to_vec(),
        ftyp(b"M4A ", &[b"M4A ", b"mp42", b"isom"]),
        ftyp(b"heic", &[b"mif1", b"heic"]),
        ftyp(b"avif", &[b"avif", b"mif1", b"iso8"]),
        ftyp(b"mif1", &[b"isom"]),
        ftyp(b"3gp4", &[]),
        ftyp(b"what", &[b"what"]),
        b"\0\0\0\x0cftypisom".to_vec(),
        b"\0\0\xff\xf0ftypisom\0\0\0\0isom".to_vec(),
        b"<!--mdat--><b>".to_vec(),
        b"aaaamoovaaaa".to_vec(),
        ebml(b"mkv"),
        ebml(b"")[..20].to_vec(),
        b"\x1a\x45\xdf\xa3\0\0\0\0\0\0\0\0\0".to_vec(),
        b"\x1a\x45\xdf\xa3\x84\x42\x82\xff\xff".to_vec(),
    ] {
        assert_eq!(Format::detect(&content), None, "{}", content.escape_ascii());
    }
}

#[test]
fn what_also_reads_as_markup_is_not_taken() {
    let mut gif = encoded(ImageFormat::Gif);
    assert!(Format::detect(&gif).is_some());
    for tag in ["<script>alert(1)</script>", "<HtMl>", "<!DocType html>", "<svg/onload=alert(1)>"] {
        gif.splice(13..13, tag.bytes());
        assert_eq!(Format::detect(&gif), None, "{tag}");
        gif.drain(13..13 + tag.len());
    }
    // A document may speak of markup: it is not shown.
    assert_eq!(Format::detect(b"%PDF-1.4\n(<script>)"), Some(Format::Pdf));
    // Metadata of cameras and editors is no markup.
    let xmp = b"\xff\xd8\xff\xe1\0\x80http://ns.adobe.com/xap/1.0/\0<?xpacket?><x:xmpmeta/>";
    assert_eq!(Format::detect(xmp), Some(Format::Jpeg));
}

#[test]
fn any_cut_is_read_without_a_fault() {
    for content in
        [ftyp(b"isom", &[b"iso2"]), ebml(b"webm"), encoded(ImageFormat::Png), encoded(ImageFormat::WebP)]
    {
        for len in 0..content.len() {
            let _ = Format::detect(&content[..len]);
        }
    }
}

#[test]
fn endings_lead_back_to_their_format() {
    for format in Format::ALL {
        assert_eq!(Format::of_ending(format.ending()), Some(format));
    }
}
