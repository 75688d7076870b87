//! Matroska and WebM: an EBML header, whose DocType tells the two apart (RFC 8794, section 11.2).

use super::Format;

const DOC_TYPE: u64 = 0x4282;

/// Looks for the DocType in what follows the EBML id.
pub(super) fn detect(rest: &[u8]) -> Option<Format> {
    let (size, rest) = number(rest, false)?;
    let mut header = rest.get(..usize::try_from(size).ok()?).unwrap_or(rest);
    while !header.is_empty() {
        let (id, rest) = number(header, true)?;
        let (size, rest) = number(rest, false)?;
        let (content, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        if id == DOC_TYPE {
            // Strings may be padded with zeros.
            let text = content.split(|byte| *byte == 0).next().unwrap_or_default();
            return match text {
                b"webm" => Some(Format::WebM),
                b"matroska" => Some(Format::Mkv),
                _ => None,
            };
        }
        header = rest;
    }
    None
}

/// A number whose length is that of the zeros before its first one; ids keep that one.
fn number(bytes: &[u8], keep_marker: bool) -> Option<(u64, &[u8])> {
    let first = *bytes.first()?;
    let len = first.leading_zeros() as usize + 1;
    let (digits, rest) = bytes.split_at_checked(len)?;
    let value = digits.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let marker = if keep_marker { 0 } else { 1_u64.checked_shl(7 * u32::try_from(len).ok()?)? };
    (len <= 8).then_some((value & !marker, rest))
}
