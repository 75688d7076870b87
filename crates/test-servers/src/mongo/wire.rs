//! As much of MongoDB's protocol as it takes to initiate a set and to ask a member how it is.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const OP_MSG: i32 = 2013;
const HEADER: usize = 16;

/// A document under way.
pub(super) struct Document(Vec<u8>);

impl Document {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn int(self, key: &str, value: i32) -> Self {
        self.field(0x10, key, &value.to_le_bytes())
    }

    pub(super) fn text(self, key: &str, value: &str) -> Self {
        let length = (value.len() + 1) as u32;
        self.field(0x02, key, &[&length.to_le_bytes(), value.as_bytes(), &[0]].concat())
    }

    pub(super) fn document(self, key: &str, value: Self) -> Self {
        self.field(0x03, key, &value.bytes())
    }

    /// An array is a document with the keys `0`, `1`, …
    pub(super) fn array(self, key: &str, value: Self) -> Self {
        self.field(0x04, key, &value.bytes())
    }

    fn field(mut self, kind: u8, key: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend_from_slice(key.as_bytes());
        self.0.push(0);
        self.0.extend_from_slice(value);
        self
    }

    fn bytes(self) -> Vec<u8> {
        let length = (self.0.len() + 5) as u32;
        [&length.to_le_bytes(), &*self.0, &[0]].concat()
    }
}

/// What mongod answered.
pub(super) struct Reply(Vec<u8>);

impl Reply {
    /// Whether the command succeeded.
    pub(super) fn is_ok(&self) -> bool {
        self.has(0x01, "ok", &1.0_f64.to_le_bytes())
    }

    /// Whether the field is true.
    pub(super) fn says(&self, key: &str) -> bool {
        self.has(0x08, key, &[1])
    }

    fn has(&self, kind: u8, key: &str, value: &[u8]) -> bool {
        let field = [&[kind], key.as_bytes(), &[0], value].concat();
        self.0.windows(field.len()).any(|window| window == field)
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Runs a command on `admin`; `None` where the connection fails.
pub(super) fn run(mut stream: TcpStream, command: Document) -> Option<Reply> {
    // No flags; one section, a document.
    let body = [&[0; 5], &*command.text("$db", "admin").bytes()].concat();
    let length = (HEADER + body.len()) as i32;
    let header = [length, 1, 0, OP_MSG].map(i32::to_le_bytes).concat();
    stream.write_all(&[header, body].concat()).ok()?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).ok()?;
    let length = u32::from_le_bytes(*header.first_chunk()?) as usize;
    let mut body = vec![0; length.checked_sub(HEADER)?];
    stream.read_exact(&mut body).ok()?;
    Some(Reply(body))
}
