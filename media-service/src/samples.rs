//! Files for tests.

/// An archive of empty files with these names, and a comment.
pub(crate) fn zip(names: &[&str], comment: &[u8]) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let at = files.len() as u32;
        let len = (name.len() as u16).to_le_bytes();
        files.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0");
        files.extend(len);
        files.extend([0, 0]);
        files.extend(name.bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0");
        directory.extend(len);
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let count = (names.len() as u16).to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count, count].concat());
    end.extend((directory.len() as u32).to_le_bytes());
    end.extend((files.len() as u32).to_le_bytes());
    end.extend((comment.len() as u16).to_le_bytes());
    [files, directory, end, comment.to_vec()].concat()
}

/// A docx's archive.
pub(crate) fn docx() -> Vec<u8> {
    zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"], b"")
}

/// A doc's container.
pub(crate) fn doc() -> Vec<u8> {
    compound_file(&["1Table", "WordDocument"], &[])
}

/// A compound file: a header, one sector of the allocation table, and then its list. `streams` are
/// the root's, each the right sibling of the one before; `embedded` those of a storage, the last
/// sibling.
pub(crate) fn compound_file(streams: &[&str], embedded: &[&str]) -> Vec<u8> {
    const NONE: u32 = u32::MAX;
    let storage = if embedded.is_empty() { &[][..] } else { &["MBD0001"] };
    let siblings = streams.len() + storage.len();
    let total = 1 + siblings + embedded.len();
    let next = |at: usize, last: usize| if at < last { at as u32 + 1 } else { NONE };
    let mut list = entry("Root Entry", 5, NONE, if siblings > 0 { 1 } else { NONE });
    for (at, name) in streams.iter().enumerate() {
        list.extend(entry(name, 2, next(at + 1, siblings), NONE));
    }
    for name in storage {
        list.extend(entry(name, 1, NONE, siblings as u32 + 1));
    }
    for (at, name) in embedded.iter().enumerate() {
        list.extend(entry(name, 2, next(siblings + 1 + at, total - 1), NONE));
    }
    list.resize(list.len().next_multiple_of(512), 0);
    let sectors = list.len() / 512;

    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.extend([0; 16]);
    header.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    header.resize(44, 0);
    header.extend(1_u32.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header.resize(76, 0);
    header.extend(0_u32.to_le_bytes());
    header.resize(512, 0xff);
    let mut table = 0xffff_fffd_u32.to_le_bytes().to_vec();
    for at in 1..=sectors {
        let next = if at < sectors { at as u32 + 1 } else { 0xffff_fffe };
        table.extend(next.to_le_bytes());
    }
    table.resize(512, 0xff);
    [header, table, list].concat()
}

fn entry(name: &str, kind: u8, right: u32, child: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = bytes.len() as u16 + 2;
    bytes.resize(64, 0);
    bytes.extend(len.to_le_bytes());
    bytes.extend([kind, 1]);
    bytes.extend([u32::MAX, right, child].map(u32::to_le_bytes).concat());
    bytes.resize(128, 0);
    bytes
}
