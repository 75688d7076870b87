//! The list of a zip archive: its central directory (APPNOTE.TXT, sections 4.3.12 and 4.3.16).

use natter_domain::ports::MediaStoreError;

use super::{Source, u16_at, u32_at};

/// The record at an archive's end, without its comment, and the longest comment.
const END: usize = 22;
const LONGEST_COMMENT: u64 = u16::MAX as u64;
/// Most bytes of a directory that are read: some ten thousand entries.
const LARGEST_DIRECTORY: u64 = 1024 * 1024;

/// Whether an archive is a document of Word, and one without macros: those have an ending of their
/// own.
pub(super) async fn is_docx(source: Source<'_>) -> Result<bool, MediaStoreError> {
    let tail_at = source.size.saturating_sub(END as u64 + LONGEST_COMMENT);
    let tail = source.read(tail_at, source.size).await?;
    let Some((start, len)) = directory(&tail, tail_at) else { return Ok(false) };
    let directory = source.read(start, len).await?;
    Ok(names(&directory).is_some_and(|names| is_word(&names)))
}

/// Where the directory is, by the record at the end of the file, and how long it is; `None` for what
/// is no archive, is spread over several files, or has a directory beyond bounds.
fn directory(tail: &[u8], tail_at: u64) -> Option<(u64, u64)> {
    // The comment may hold what looks like the record: the right one ends with the file.
    let ends_with_file = |at: &usize| {
        let comment =
            tail.get(*at..).filter(|end| end.starts_with(b"PK\x05\x06")).and_then(|end| u16_at(end, 20));
        comment.is_some_and(|comment| at + END + usize::from(comment) == tail.len())
    };
    let at = (0..=tail.len().checked_sub(END)?).rev().find(ends_with_file)?;
    let record = tail.get(at..)?;
    let (len, start) = (u64::from(u32_at(record, 12)?), u64::from(u32_at(record, 16)?));
    let fits = len <= LARGEST_DIRECTORY && start + len <= tail_at + at as u64;
    fits.then_some((start, len))
}

/// Names of all entries; `None` where the directory is not one to its end.
fn names(directory: &[u8]) -> Option<Vec<&[u8]>> {
    const HEADER: usize = 46;
    let mut names = Vec::new();
    let mut rest = directory;
    while !rest.is_empty() {
        let (header, after) = rest.split_at_checked(HEADER)?;
        if !header.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, after) = after.split_at_checked(usize::from(u16_at(header, 28)?))?;
        let beside = usize::from(u16_at(header, 30)?) + usize::from(u16_at(header, 32)?);
        names.push(name);
        rest = after.get(beside..)?;
    }
    Some(names)
}

/// What Word's files have, and what only those with macros have.
fn is_word(names: &[&[u8]]) -> bool {
    let word = |name: &&[u8]| name.strip_prefix(b"word/").is_some_and(|part| !part.is_empty());
    let macros = |name: &&[u8]| name.eq_ignore_ascii_case(b"word/vbaProject.bin");
    names.contains(&&b"[Content_Types].xml"[..]) && names.iter().any(word) && !names.iter().any(macros)
}
