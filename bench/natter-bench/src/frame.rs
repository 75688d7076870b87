//! WebSocket frames, as a client reads and writes them.
//!
//! Our own, because the generator shares its cores with what it measures: a frame is looked at
//! where it was read, and nothing is copied or allocated for a delivery. Knows nothing of what is
//! in a frame.

use anyhow::bail;

/// What a frame is. Servers of this contract neither split messages nor compress them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// A whole frame at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
    /// How many bytes it takes, its header included.
    pub(crate) length: usize,
}

/// The first frame of `bytes`; `None` while it isn't there as a whole.
///
/// # Errors
/// It is one that no server may send, or that this client can't read.
pub(crate) fn decode(bytes: &[u8]) -> anyhow::Result<Option<Frame<'_>>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let kind = match first {
        0x81 => Kind::Text,
        0x82 => Kind::Binary,
        0x88 => Kind::Close,
        0x89 => Kind::Ping,
        0x8a => Kind::Pong,
        _ => bail!("a frame that begins with {first:#04x}: split, compressed or unknown"),
    };
    let (size, header) = match (second, rest) {
        (128.., _) => bail!("a masked frame from the server"),
        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 4),
        (127, [a, b, c, d, e, f, g, h, ..]) => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 10),
        (126 | 127, _) => return Ok(None),
        (size, _) => (u64::from(*size), 2),
    };
    let length = usize::try_from(size)?.saturating_add(header);
    Ok(bytes.get(header..length).map(|payload| Frame { kind, payload, length }))
}

/// Appends a frame to `out`. The mask is zero, which changes no byte: masks protect proxies from
/// browsers, and here is neither.
pub(crate) fn encode(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    out.push(match kind {
        Kind::Text => 0x81,
        Kind::Binary => 0x82,
        Kind::Close => 0x88,
        Kind::Ping => 0x89,
        Kind::Pong => 0x8a,
    });
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(size @ ..126), _) => out.push(0x80 | size),
        (_, Ok(size)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&size.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a server would write it.
    fn unmasked(kind: Kind, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        encode(kind, payload, &mut frame);
        frame[1] &= 0x7f;
        let mask = frame.len() - payload.len() - 4;
        frame.drain(mask..mask + 4);
        frame
    }

    #[test]
    fn what_is_written_can_be_read_at_every_size() {
        for size in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload = vec![b'x'; size];
            let mut bytes = unmasked(Kind::Text, &payload);
            let length = bytes.len();
            bytes.extend_from_slice(b"next");
            let frame = decode(&bytes).unwrap().unwrap();
            assert_eq!((frame.kind, frame.payload, frame.length), (Kind::Text, &payload[..], length));
        }
    }

    #[test]
    fn a_part_of_a_frame_is_not_one() {
        for size in [3, 300, 70_000] {
            let bytes = unmasked(Kind::Binary, &vec![b'x'; size]);
            for part in [0, 1, 2, 3, 9, bytes.len() - 1] {
                assert_eq!(decode(&bytes[..part.min(bytes.len() - 1)]).unwrap(), None);
            }
        }
    }

    #[test]
    fn what_a_server_may_not_send_is_refused() {
        for bytes in [&[0x01, 0][..], &[0xc1, 0], &[0x80, 0], &[0x83, 0], &[0x81, 0x81, 0, 0, 0, 0, b'x']] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(decode(&[0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap(), None);
    }
}
