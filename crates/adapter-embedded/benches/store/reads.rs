//! Reads of a store of a million messages.

use std::time::Instant;

use natter_domain::command::Window;
use natter_domain::id::ConversationId;
use natter_domain::page::PageRequest;
use natter_domain::ports::store::{MessageQuery, Stores};

use super::data::{CONVERSATIONS, Filled, MESSAGES, random, word};
use super::table;

/// How often each thing is done.
const TIMES: usize = 300;

async fn repeat(what: &str, times: usize, mut read: impl AsyncFnMut()) {
    if !table::wants(what) {
        return;
    }
    let mut taken = Vec::new();
    for _ in 0..times {
        let asked = Instant::now();
        read().await;
        taken.push(asked.elapsed());
    }
    table::row(what, taken, None);
}

pub(crate) async fn measure(stores: &Stores, filled: &Filled) {
    let any = || filled.conversations[(random() % CONVERSATIONS) as usize];
    repeat("newest 50 messages of a conversation", 3_000, async || {
        let (messages, more) = stores.timeline.window(any(), Window::Latest, 50).await.unwrap();
        assert!(messages.len() == 50 && more);
    })
    .await;
    let length = MESSAGES / CONVERSATIONS;
    repeat("50 messages from its middle", 3_000, async || {
        stores.timeline.window(any(), Window::Before(50 + random() % (length - 50)), 50).await.unwrap();
    })
    .await;
    repeat("changes of a conversation, the last 50", 3_000, async || {
        stores.timeline.changes(any(), length - 50, 50).await.unwrap();
    })
    .await;
    repeat("list of 200 conversations with unread counts (two pages)", TIMES, async || {
        let mut page = PageRequest { cursor: None, limit: 100 };
        let mut count = 0;
        loop {
            let found = stores.conversations.list(filled.reader, &page).await.unwrap();
            count += found.items.len();
            page.cursor = found.next;
            if page.cursor.is_none() {
                break;
            }
        }
        assert_eq!(count, 200);
    })
    .await;
    for count in [1, 50, 200, 2_000] {
        search(stores, &filled.conversations[..count]).await;
    }
}

/// Makes other words each time.
type Words = fn() -> String;

async fn search(stores: &Stores, conversations: &[ConversationId]) {
    let count = conversations.len();
    let words: [(&str, Words); 4] = [
        ("a common word", || word(random() % 10)),
        ("a rare word", || word(5_000 + random() % 10_000)),
        ("two words", || format!("{} {}", word(random() % 100), word(random() % 1_000))),
        ("the first 3 letters of a word", || word(random() % 1_000)[..3].into()),
    ];
    for (what, words) in words {
        repeat(&format!("search for {what} in {count} conversations"), TIMES, async || {
            let query = MessageQuery { text: words(), conversations: conversations.to_vec() };
            stores.timeline.search(&query, &PageRequest { cursor: None, limit: 50 }).await.unwrap();
        })
        .await;
    }
}
