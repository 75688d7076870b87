//! Page cursors: where a list goes on, as hex digits that only this store reads.

use crate::fault::Fault;

/// Which list a cursor belongs to; it is its first byte.
#[derive(Clone, Copy)]
pub(crate) enum List {
    Conversations = 1,
    Messages = 2,
    Users = 3,
    Blocks = 4,
    Activity = 5,
}

/// Writes the cursor of the place `number`, then `rest`, in a list.
pub(crate) fn write(list: List, number: i64, rest: &[u8]) -> String {
    let mut cursor = String::with_capacity(18 + rest.len() * 2);
    let head = [list as u8];
    for byte in head.iter().chain(&number.to_be_bytes()).chain(rest) {
        cursor.push_str(&format!("{byte:02x}"));
    }
    cursor
}

/// Reads a cursor of that list.
pub(crate) fn read(list: List, cursor: &str) -> Result<(i64, Vec<u8>), Fault> {
    let bytes = decode(cursor).ok_or(Fault::BadCursor)?;
    match bytes.split_first() {
        Some((kind, place)) if *kind == list as u8 => {
            let (number, rest) = place.split_first_chunk().ok_or(Fault::BadCursor)?;
            Ok((i64::from_be_bytes(*number), rest.to_vec()))
        }
        _ => Err(Fault::BadCursor),
    }
}

fn decode(hex: &str) -> Option<Vec<u8>> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| (byte as char).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
    pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_what_it_wrote() {
        let cursor = write(List::Users, -5, "zoë".as_bytes());
        assert_eq!(read(List::Users, &cursor).unwrap(), (-5, "zoë".as_bytes().to_vec()));
        for bad in ["", "0", "zz", "03", "é", cursor.to_uppercase().as_str(), "0300000000"] {
            assert!(matches!(read(List::Users, bad), Err(Fault::BadCursor)), "{bad}");
        }
        assert!(matches!(read(List::Blocks, &cursor), Err(Fault::BadCursor)));
    }
}
