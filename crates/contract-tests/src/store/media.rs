//! Laws of [`MediaRegistry`](natter_domain::ports::store::MediaRegistry).

use natter_domain::media::{MediaKind, MediaRecord};
use natter_domain::ports::store::Stores;

use super::samples::{at, someone};

pub async fn is_found_by_url(stores: &Stores) {
    let record = |url: &str, kind| MediaRecord {
        url: url.into(),
        owner: someone(),
        kind,
        mimetype: "image/png".into(),
        filename: "Füße 🎉.png".into(),
        size: 20 * 1024 * 1024,
        created_at: at(0),
    };
    let records = [
        record("/media/a.png", MediaKind::Image),
        record("/media/b.mp4", MediaKind::Video),
        record("/media/c.mp3", MediaKind::Audio),
        record("/media/d.pdf", MediaKind::File),
    ];
    for record in records.iter().chain(&records) {
        stores.media.record(record.clone()).await.expect("records");
    }
    for record in &records {
        let urls = ["/media/%".into(), record.url.clone(), "/media/".into(), "{\"$ne\":null}".into()];
        assert_eq!(stores.media.find(&urls).await.expect("finds"), std::slice::from_ref(record));
    }
    assert!(stores.media.find(&[]).await.expect("finds").is_empty());
}
