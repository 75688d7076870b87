//! Pages that end by bytes leave nothing out.

use std::collections::HashMap;

use futures::future::join_all;
use natter_domain::command::{ReadChanges, Sync, SyncCursor};
use natter_domain::{ConversationId, Rejection};

use crate::world::World;

/// What a broker takes, with room for everything around the texts.
const BUDGET: usize = 700 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn large_texts_end_pages_early_and_are_all_there_in_the_end() {
    let world = World::new();
    let natter = world.instance().await;
    let users = world.users(5).await;
    let (ann, natter) = (users[0], &natter);
    let mut cursors = Vec::new();
    // Three bytes a character: 30 kB a message.
    let text = "界".repeat(10_000);
    for other in &users[1..] {
        let conversation = natter.direct(ann, *other).await;
        let sends = (0..25).map(|_| natter.say(conversation, *other, &text));
        join_all(sends).await;
        cursors.push(SyncCursor { conversation, rev: 0 });
    }
    let foreign = natter.direct(users[1], users[2]).await;
    let mut seen: HashMap<ConversationId, Vec<u64>> = HashMap::new();
    let mut pages = 0;
    loop {
        pages += 1;
        let mut asked = cursors.clone();
        asked.push(SyncCursor { conversation: foreign, rev: 0 });
        let synced = natter.commands.call(Sync { user: ann, cursors: asked, limit: 300 }).await.unwrap();
        assert_eq!(synced.removed, [foreign]);
        assert_eq!(synced.conversations.len(), cursors.len());
        let mut bytes = 0;
        let mut has_more = false;
        for (cursor, part) in cursors.iter_mut().zip(&synced.conversations) {
            assert_eq!(part.conversation, cursor.conversation);
            for change in &part.changes.changes {
                bytes += change.message.stored.text.as_ref().map_or(0, String::len);
                seen.entry(part.conversation).or_default().push(change.message.stored.rev);
            }
            assert!(part.changes.rev >= cursor.rev);
            cursor.rev = part.changes.rev;
            has_more |= part.changes.has_more;
        }
        assert!(bytes > 0 && bytes <= BUDGET, "{bytes}");
        if !has_more {
            break;
        }
    }
    assert!(pages > 4, "{pages}");
    for cursor in cursors {
        assert_eq!(seen[&cursor.conversation], (1..=25).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn pages_go_by_the_limit_and_by_bytes() {
    let world = World::new();
    let natter = world.instance().await;
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let conversation = natter.direct(ann, bob).await;
    for n in 0..7 {
        natter.say(conversation, ann, &n.to_string()).await;
    }
    for (after_rev, revs, has_more) in
        [(0, vec![1, 2, 3], true), (3, vec![4, 5, 6], true), (6, vec![7], false), (7, vec![], false)]
    {
        let page = natter.commands.call(ReadChanges { conversation, after_rev, limit: 3 }).await.unwrap();
        let got: Vec<_> = page.changes.iter().map(|change| change.message.stored.rev).collect();
        assert_eq!((got, page.has_more), (revs, has_more));
        assert_eq!(page.rev, (after_rev + 3).min(7));
    }
    let not_mine = Sync { user: natter_domain::UserId::NONE, cursors: Vec::new(), limit: 1 };
    let synced: Result<_, Rejection> = natter.commands.call(not_mine).await;
    assert!(synced.unwrap().conversations.is_empty());
}
