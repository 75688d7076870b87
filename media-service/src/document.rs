//! Documents of Word, told from what else their containers may hold.
//!
//! A docx is a zip archive, a doc a compound file, and so is much else. Both list what is in them,
//! far from their beginning, so the list is read from the stored file. It comes from anybody:
//! reading is bounded in bytes and steps, and nothing is unpacked. Libraries for either container
//! read from a file at hand and hold all of its list; a file that is made for it has lists of many
//! times its size in memory.

mod compound;
mod zip;

#[cfg(test)]
mod tests;

use natter_domain::Rejection;
use natter_domain::ports::{MediaStore, MediaStoreError};

use crate::answer::Refusal;
use crate::format::Format;
use crate::kept::{self, unavailable};
use crate::name::MediaName;

/// Refuses a stored file of `size` bytes whose format promises a document of Word, and which is
/// none. Other formats promise none.
pub(crate) async fn check(store: &dyn MediaStore, name: &MediaName, size: u64) -> Result<(), Refusal> {
    let source = Source { store, name, size };
    let is_document = match name.format() {
        Format::Docx => zip::is_docx(source).await,
        Format::Doc => compound::is_doc(source).await,
        _ => return Ok(()),
    };
    match is_document.map_err(unavailable)? {
        true => Ok(()),
        false => Err(Rejection::UnsupportedMedia.into()),
    }
}

/// A stored file.
#[derive(Clone, Copy)]
struct Source<'s> {
    store: &'s dyn MediaStore,
    name: &'s MediaName,
    /// Bytes.
    size: u64,
}

impl Source<'_> {
    /// So many bytes from there on; fewer where the file ends.
    async fn read(&self, start: u64, len: u64) -> Result<Vec<u8>, MediaStoreError> {
        kept::read(self.store, self.name, Some(start..start.saturating_add(len))).await
    }
}

/// Four bytes, the lowest first.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

/// Two bytes, the lowest first.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}
