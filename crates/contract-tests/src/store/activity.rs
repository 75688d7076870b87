//! Laws of [`ActivityLog`](natter_domain::ports::store::ActivityLog).

use futures::future::join_all;
use natter_domain::activity::ActivityEntry;
use natter_domain::id::{ActivityId, UserId};
use natter_domain::page::PageRequest;
use natter_domain::ports::store::{StoreError, Stores};

use super::samples::{at, someone};

fn entry(user: UserId, reference: &str, time: i64) -> ActivityEntry {
    ActivityEntry {
        id: ActivityId::generate(at(time)),
        user,
        kind: "meeting".into(),
        reference: reference.into(),
        details: None,
        client_id: None,
        created_at: at(time),
    }
}

fn named(mut entry: ActivityEntry, name: &str) -> ActivityEntry {
    entry.client_id = Some(name.into());
    entry
}

async fn record(stores: &Stores, entry: &ActivityEntry) -> ActivityEntry {
    stores.activity.record(entry.clone()).await.expect("records")
}

async fn list(stores: &Stores, user: UserId) -> Vec<ActivityEntry> {
    let page = PageRequest { cursor: None, limit: 100 };
    stores.activity.of_user(user, &page).await.expect("lists").items
}

pub async fn is_kept_as_it_was_noted(stores: &Stores) {
    let (user, other) = (someone(), someone());
    let mut noted = named(entry(user, "ä\u{0}🎉 $ne \"", 1), "my name.$");
    noted.details = Some(r#"{"$set":{"a.b":[1,null,"é"]},"":{}}"#.into());
    assert_eq!(record(stores, &noted).await, noted);
    let plain = entry(user, "plain", 0);
    record(stores, &plain).await;
    record(stores, &entry(other, "another's", 2)).await;
    assert_eq!(list(stores, user).await, [noted, plain]);
    assert!(list(stores, someone()).await.is_empty());
}

pub async fn is_noted_once(stores: &Stores) {
    let (user, other) = (someone(), someone());
    let first = record(stores, &named(entry(user, "first", 0), "a")).await;
    assert_eq!(record(stores, &first).await, first);
    // Whatever else it says.
    assert_eq!(record(stores, &named(entry(user, "second", 5), "a")).await, first);
    let mut same_id = entry(user, "third", 6);
    same_id.id = first.id;
    assert_eq!(record(stores, &same_id).await, first);
    // A name is its user's, and names are told apart to the letter.
    let others = record(stores, &named(entry(other, "other's", 0), "a")).await;
    let upper = record(stores, &named(entry(user, "upper", 7), "A")).await;
    // Without a name there is none to be the same.
    let (unnamed, again) = (entry(user, "x", 8), entry(user, "x", 9));
    record(stores, &unnamed).await;
    record(stores, &again).await;
    assert_eq!(list(stores, user).await, [again, unnamed, upper, first]);
    assert_eq!(list(stores, other).await, [others]);
}

pub async fn is_noted_once_when_many_ask_at_once(stores: &Stores) {
    let user = someone();
    let entries: Vec<_> = (0..20).map(|time| named(entry(user, &time.to_string(), time), "one")).collect();
    let kept = join_all(entries.iter().map(|entry| record(stores, entry))).await;
    assert!(kept.iter().all(|each| *each == kept[0]), "{kept:?}");
    assert_eq!(list(stores, user).await, kept[..1]);
}

pub async fn comes_in_pages_newest_first(stores: &Stores) {
    let user = someone();
    // Two at each time, to be told apart by id.
    let mut expected: Vec<_> = (0..7).map(|number| entry(user, &number.to_string(), number / 2)).collect();
    for entry in &expected {
        record(stores, entry).await;
        record(stores, &super::activity::entry(someone(), "another's", 1)).await;
    }
    expected.sort_by_key(|entry| std::cmp::Reverse((entry.created_at, entry.id)));
    for limit in [1, 2, 3, 7] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = PageRequest { cursor, limit };
            let page = stores.activity.of_user(user, &page).await.expect("lists");
            assert!(page.items.len() <= limit as usize);
            found.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{limit} a page");
    }
    for cursor in ["", "x", "04", "0500"] {
        let page = PageRequest { cursor: Some(cursor.into()), limit: 5 };
        let refused = stores.activity.of_user(user, &page).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{cursor}");
    }
}
