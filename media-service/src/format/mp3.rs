//! MP3: a tag (ID3v2), or a frame (ISO/IEC 11172-3, section 2.4.1; 13818-3 for the lower rates).

/// Whether a file that begins so is one. A tag stands before other sounds only as an exception.
pub(super) fn is_mp3(head: &[u8]) -> bool {
    match head {
        [b'I', b'D', b'3', 2..=4, revision, flags, size @ ..] => {
            let size = size.get(..4).unwrap_or_default();
            *revision != 0xff && flags & 0x0f == 0 && size.len() == 4 && size.iter().all(|byte| *byte < 0x80)
        }
        [0xff, second, third, ..] => is_frame(*second, *third),
        _ => false,
    }
}

/// The end of the synchronisation, and nothing that is reserved or of another layer.
fn is_frame(second: u8, third: u8) -> bool {
    const RESERVED_VERSION: u8 = 0b01;
    const LAYER_III: u8 = 0b01;
    let (version, layer) = (second >> 3 & 0b11, second >> 1 & 0b11);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 0b11);
    second >> 5 == 0b111
        && version != RESERVED_VERSION
        && layer == LAYER_III
        && bit_rate != 0b1111
        && sample_rate != 0b11
}
