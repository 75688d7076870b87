use bytes::Bytes;
use natter_adapter_objects::ObjectMediaStore;
use natter_domain::Code;

use super::*;
use crate::samples::{compound_file, doc, zip};

/// Whether this content is taken, stored under a name of this format.
async fn takes(format: Format, content: Vec<u8>) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let store = ObjectMediaStore::directory(directory.path()).unwrap();
    let (name, size) = (MediaName::generate(format), content.len() as u64);
    let mut upload = store.begin(name.as_str(), format.mimetype()).await.unwrap();
    upload.write(Bytes::from(content)).await.unwrap();
    upload.finish().await.unwrap();
    match check(&store, &name, size).await {
        Ok(()) => true,
        Err(refusal) => {
            assert_eq!(refusal.code(), Code::UnsupportedMedia);
            false
        }
    }
}

const WORD: [&str; 3] = ["[Content_Types].xml", "_rels/.rels", "word/document.xml"];

#[tokio::test]
async fn archives_are_of_word_by_what_they_hold() {
    for (names, expected) in [
        (&WORD[..], true),
        (&["word/document2.xml", "[Content_Types].xml"], true),
        (&["[Content_Types].xml", "word/document.xml", "word/embeddings/sheet.xlsx"], true),
        (&["[Content_Types].xml", "xl/workbook.xml"], false),
        (&["[Content_Types].xml", "xl/embeddings/word/document.xml"], false),
        (&["[Content_Types].xml", "ppt/presentation.xml"], false),
        (&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"], false),
        (&["word/document.xml"], false),
        (&["[Content_Types].xml", "word/"], false),
        (&["[content_types].xml.txt", "words/document.xml"], false),
        (&["META-INF/MANIFEST.MF", "Main.class"], false),
        (&[], false),
    ] {
        assert_eq!(takes(Format::Docx, zip(names, b"")).await, expected, "{names:?}");
    }
}

#[tokio::test]
async fn the_directory_of_an_archive_is_the_last_one() {
    assert!(takes(Format::Docx, zip(&WORD, b"a comment")).await);
    assert!(takes(Format::Docx, zip(&WORD, &[b'c'; 65_535])).await);
    // An archive that pretends in its comment to be another one.
    let pretended = zip(&WORD, b"");
    let end = &pretended[pretended.len() - 22..];
    assert!(!takes(Format::Docx, zip(&["a.txt"], &[end, b"x"].concat())).await);
    let appended = [zip(&WORD, b""), b"more".to_vec()].concat();
    assert!(!takes(Format::Docx, appended).await);
}

#[tokio::test]
async fn archives_that_lie_are_refused() {
    let whole = zip(&WORD, b"");
    let end = whole.len() - 22;
    let directory_at = u32_at(&whole, end + 16).unwrap() as usize;
    for (at, bytes) in [
        (end, &b"XXXX"[..]),
        (end + 12, &u32::MAX.to_le_bytes()),
        (end + 16, &u32::MAX.to_le_bytes()),
        (end + 12, &(2 * LARGEST).to_le_bytes()),
        (end + 16, &1_u32.to_le_bytes()),
        (directory_at, b"PK\x03\x04"),
        (directory_at + 28, &u16::MAX.to_le_bytes()),
        (directory_at + 30, &u16::MAX.to_le_bytes()),
        (directory_at + 32, &u16::MAX.to_le_bytes()),
    ] {
        let mut lying = whole.clone();
        lying[at..at + bytes.len()].copy_from_slice(bytes);
        assert!(!takes(Format::Docx, lying).await, "{at}: {bytes:?}");
    }
    for len in (0..whole.len()).step_by(7) {
        assert!(!takes(Format::Docx, whole[..len].to_vec()).await, "{len}");
    }
}

const LARGEST: u32 = 1024 * 1024;

#[tokio::test]
async fn a_directory_beyond_bounds_is_not_read() {
    let long = "n".repeat(60_000);
    let names: Vec<&str> = WORD.iter().copied().chain((0..20).map(|_| long.as_str())).collect();
    assert!(!takes(Format::Docx, zip(&names, b"")).await);
    assert!(takes(Format::Docx, zip(&names[..15], b"")).await);
}

#[tokio::test]
async fn compound_files_are_of_word_by_their_streams() {
    for (names, expected) in [
        (&["1Table", "WordDocument", "CompObj"][..], true),
        (&["WordDocument"], true),
        (&["Workbook"], false),
        (&["PowerPoint Document", "Current User"], false),
        (&["EncryptedPackage", "EncryptionInfo"], false),
        (&["WordDocument2"], false),
        (&["a", "b", "c", "d", "e", "f", "g", "h", "WordDocument"], true),
        (&["a", "b", "c", "d", "e", "f", "g", "h", "Workbook"], false),
        (&[], false),
    ] {
        assert_eq!(takes(Format::Doc, compound_file(names, &[])).await, expected, "{names:?}");
    }
    assert!(takes(Format::Doc, doc()).await);
}

#[tokio::test]
async fn streams_of_embedded_files_don_t_count() {
    assert!(!takes(Format::Doc, compound_file(&["Workbook"], &["WordDocument"])).await);
    assert!(takes(Format::Doc, compound_file(&["WordDocument"], &["Workbook"])).await);
}

#[tokio::test]
async fn damaged_compound_files_are_read_within_bounds() {
    let whole = compound_file(&["a", "b", "c", "d", "e", "f", "Workbook"], &[]);
    assert!(!takes(Format::Doc, whole.clone()).await);
    // Nothing in these says that they are not of Word.
    let no_layout = [&whole[..30], &[0; 600]].concat();
    let cut = whole[..1100].to_vec();
    let mut led_out = whole.clone();
    led_out[1024 + 76..1024 + 80].copy_from_slice(&77_u32.to_le_bytes());
    let mut far = whole.clone();
    far[48..52].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    for (what, damaged) in [("no layout", no_layout), ("cut", cut), ("led out", led_out), ("far", far)] {
        assert!(takes(Format::Doc, damaged).await, "{what}");
    }
    // Its sectors follow each other in a circle, and then its streams do.
    let mut endless = whole.clone();
    endless[516..520].copy_from_slice(&1_u32.to_le_bytes());
    assert!(!takes(Format::Doc, endless).await);
    let mut circle = compound_file(&["Workbook", "b"], &[]);
    let second = 1024 + 2 * 128;
    circle[second + 68..second + 72].copy_from_slice(&1_u32.to_le_bytes());
    assert!(!takes(Format::Doc, circle).await);
}

#[tokio::test]
async fn other_formats_promise_nothing() {
    assert!(takes(Format::Pdf, b"%PDF-1.4".to_vec()).await);
}
