//! Laws of [`BlockStore`](natter_domain::ports::store::BlockStore).

use natter_domain::id::UserId;
use natter_domain::ports::store::{BlockRelation, StoreError, Stores};

use super::samples::{BAD_CURSORS, at, page, people, register};

const NONE: BlockRelation = BlockRelation { by_user: false, by_other: false };
const BY_USER: BlockRelation = BlockRelation { by_user: true, by_other: false };
const BY_OTHER: BlockRelation = BlockRelation { by_user: false, by_other: true };
const BOTH: BlockRelation = BlockRelation { by_user: true, by_other: true };

async fn set(stores: &Stores, blocker: UserId, blocked: UserId, block: bool) -> bool {
    stores.blocks.set(blocker, blocked, block, at(0)).await.expect("sets")
}

pub async fn are_set_and_taken_back(stores: &Stores) {
    let [a, b] = people();
    let steps = [(false, false, NONE), (true, true, BY_USER), (true, false, BY_USER), (false, true, NONE)];
    for (block, changed, relation) in steps {
        assert_eq!(set(stores, a, b, block).await, changed);
        assert_eq!(stores.blocks.between(a, b).await.expect("reads"), relation);
    }
}

pub async fn are_seen_from_both_sides(stores: &Stores) {
    let [a, b, c, d] = people();
    for (blocker, blocked) in [(a, b), (b, a), (a, c), (d, a), (c, d)] {
        set(stores, blocker, blocked, true).await;
    }
    for (other, relation) in [(b, BOTH), (c, BY_USER), (d, BY_OTHER), (a, NONE)] {
        assert_eq!(stores.blocks.between(a, other).await.expect("reads"), relation);
    }
    let mut relations = stores.blocks.relations(a).await.expect("reads");
    relations.sort_by_key(|(other, _)| *other);
    let mut expected = vec![(b, BOTH), (c, BY_USER), (d, BY_OTHER)];
    expected.sort_by_key(|(other, _)| *other);
    assert_eq!(relations, expected);
}

pub async fn are_listed_latest_first(stores: &Stores) {
    let [me] = people();
    for (n, time) in [(1, 30), (2, 10), (3, 20), (4, 20), (5, 40)] {
        let other = register(stores, &format!("user{n}"), "").await;
        stores.blocks.set(me, other, true, at(time)).await.expect("sets");
        stores.blocks.set(other, me, true, at(time)).await.expect("sets");
    }
    let mut names = Vec::new();
    let mut cursor = None;
    loop {
        let found = stores.blocks.blocked_by(me, &page(2, cursor)).await.expect("reads");
        assert!(found.items.len() <= 2);
        names.extend(found.items.into_iter().map(|profile| profile.user.username));
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    names[2..4].sort();
    assert_eq!(names, ["user5", "user1", "user3", "user4", "user2"]);
    for bad in BAD_CURSORS {
        let refused = stores.blocks.blocked_by(me, &page(2, Some(bad.into()))).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{bad}");
    }
}
