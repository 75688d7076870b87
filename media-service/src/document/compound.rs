//! The list of a compound file: a chain of sectors with a tree of streams and storages (MS-CFB,
//! sections 2.2 to 2.6).

use std::collections::HashSet;

use natter_domain::ports::MediaStoreError;

use super::{Source, u16_at, u32_at};

/// Most sectors of the list that are read: 256 or 2,048 entries.
const MOST_SECTORS: usize = 64;
/// Entries of an allocation table that the header names.
const NAMED_TABLES: u32 = 109;
/// Marks the end of a chain; what is above are other marks.
const HIGHEST_SECTOR: u32 = 0xffff_fffa;
/// No entry.
const NONE: u32 = 0xffff_ffff;
const STREAM: u8 = 2;
const ENTRY: usize = 128;

/// Whether a compound file is a document of Word: one with the stream `WordDocument`. One whose list
/// can't be read says nothing else, and is taken for what it is called, as other damaged files are.
pub(super) async fn is_doc(source: Source<'_>) -> Result<bool, MediaStoreError> {
    let header = source.read(0, 512).await?;
    let Some(layout) = Layout::of(&header) else { return Ok(true) };
    let Some(entries) = layout.entries(source).await? else { return Ok(true) };
    Ok(has_word_stream(&entries).unwrap_or(true))
}

/// Where things are in a file.
struct Layout<'h> {
    header: &'h [u8],
    /// Bytes.
    sector: u64,
}

impl<'h> Layout<'h> {
    fn of(header: &'h [u8]) -> Option<Self> {
        let sector = match u16_at(header, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        Some(Self { header, sector })
    }

    /// The list, or as much of it as is read; `None` where it breaks off.
    async fn entries(&self, source: Source<'_>) -> Result<Option<Vec<u8>>, MediaStoreError> {
        let mut entries = Vec::new();
        let Some(mut sector) = u32_at(self.header, 48) else { return Ok(None) };
        for _ in 0..MOST_SECTORS {
            let Some(bytes) = self.sector(source, sector).await? else { return Ok(None) };
            entries.extend(bytes);
            match self.next(source, sector).await? {
                Some(next) if next < HIGHEST_SECTOR => sector = next,
                Some(_) => return Ok(Some(entries)),
                None => return Ok(None),
            }
        }
        Ok(Some(entries))
    }

    /// The sector that follows in the chain, by the allocation table. Tables beyond the first seven
    /// megabytes are not looked for.
    async fn next(&self, source: Source<'_>, sector: u32) -> Result<Option<u32>, MediaStoreError> {
        let a_table = (self.sector / 4) as u32;
        let (table, at) = (sector / a_table, (sector % a_table) as usize);
        if table >= NAMED_TABLES {
            return Ok(None);
        }
        let Some(table) = u32_at(self.header, 76 + 4 * table as usize) else { return Ok(None) };
        Ok(self.sector(source, table).await?.and_then(|table| u32_at(&table, 4 * at)))
    }

    async fn sector(&self, source: Source<'_>, number: u32) -> Result<Option<Vec<u8>>, MediaStoreError> {
        // The header takes the place of one.
        let bytes = source.read((u64::from(number) + 1) * self.sector, self.sector).await?;
        Ok((bytes.len() as u64 == self.sector).then_some(bytes))
    }
}

/// Whether the root has the stream; what storages in it have is that of embedded files. `None` where
/// the tree leads out of the list before it is found.
fn has_word_stream(entries: &[u8]) -> Option<bool> {
    let entry = |number: u32| entries.chunks_exact(ENTRY).nth(number as usize);
    let mut seen = HashSet::new();
    let mut to_see = vec![u32_at(entry(0)?, 76)?];
    let mut led_out = false;
    while let Some(number) = to_see.pop() {
        if number == NONE || !seen.insert(number) {
            continue;
        }
        let Some(entry) = entry(number) else {
            led_out = true;
            continue;
        };
        if entry.get(66) == Some(&STREAM) && is_named(entry, "WordDocument") {
            return Some(true);
        }
        to_see.extend([u32_at(entry, 68)?, u32_at(entry, 72)?]);
    }
    (!led_out).then_some(false)
}

/// Names are UTF-16 with a zero at the end.
fn is_named(entry: &[u8], name: &str) -> bool {
    let expected: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    entry.starts_with(&expected)
}
