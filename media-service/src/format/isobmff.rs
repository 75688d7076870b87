//! MP4 and QuickTime: boxes of a size and a name (ISO/IEC 14496-12; QuickTime File Format).

use super::Format;

/// Brands of files that are a film in MP4. A file names its own brand first and then those that it
/// can be read as.
const MP4: [&[u8; 4]; 17] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42",
    b"mp71", b"avc1", b"dash", b"M4V ", b"M4VH", b"MSNV",
];

/// Own brands of what is no film, whatever else it can be read as: music, books, pictures.
const OTHER: [&[u8; 4]; 15] = [
    b"M4A ", b"M4B ", b"M4P ", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
    b"avif", b"avis", b"crx ", b"jp2 ",
];

/// Boxes that QuickTime files without `ftyp` begin with, and those that may come before them.
const MOVIE: [&[u8; 4]; 2] = [b"moov", b"mdat"];
const BEFORE_MOVIE: [&[u8; 4]; 3] = [b"wide", b"free", b"skip"];

/// Far above what a real `ftyp` has.
const LARGEST_FTYP: u32 = 1024;
/// Boxes of more than this at the start of a file are text that looks like one: `<` and letters are
/// sizes of over half a GiB.
const LARGEST_BOX: u32 = 0x1fff_ffff;

pub(super) fn detect(head: &[u8]) -> Option<Format> {
    let (size, name, content) = next_box(head)?;
    if name == b"ftyp" {
        let fits = (16..=LARGEST_FTYP).contains(&size) && size.is_multiple_of(4);
        let content = content.get(..(size as usize).saturating_sub(8)).unwrap_or(content);
        return if fits { by_brands(content) } else { None };
    }
    if MOVIE.contains(&name) {
        return Some(Format::Mov);
    }
    let (_, next, _) = next_box(content.get((size as usize).checked_sub(8)?..)?)?;
    (BEFORE_MOVIE.contains(&name) && MOVIE.contains(&next)).then_some(Format::Mov)
}

fn next_box(bytes: &[u8]) -> Option<(u32, &[u8; 4], &[u8])> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (name, content) = rest.split_first_chunk::<4>()?;
    let size = u32::from_be_bytes(*size);
    (size <= LARGEST_BOX).then_some((size, name, content))
}

/// The own brand, a version, and the brands that the file can be read as.
fn by_brands(content: &[u8]) -> Option<Format> {
    let (own, rest) = content.split_first_chunk::<4>()?;
    if own == b"qt  " {
        return Some(Format::Mov);
    }
    if OTHER.contains(&own) {
        return None;
    }
    let known = |brand: &[u8]| MP4.iter().any(|known| known.as_slice() == brand);
    let mut readable_as = rest.chunks_exact(4).skip(1);
    (known(own) || readable_as.any(known)).then_some(Format::Mp4)
}
