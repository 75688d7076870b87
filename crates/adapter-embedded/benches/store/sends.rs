//! Durable sends, one message a commit, as message-service sends what comes one by one.

use std::time::{Duration, Instant};

use natter_domain::id::UserId;
use natter_domain::ports::store::Stores;
use natter_domain::time::Timestamp;

use super::data::{conversation, message, write};
use super::table;

/// How long senders send.
const RUN: Duration = Duration::from_secs(8);

/// Each sender in a conversation of their own, one message after the other.
pub(crate) async fn measure(stores: &Stores, senders: u64, after: &str) {
    let what = format!("durable send, {senders} at once{after}");
    if table::wants(&what) {
        let (times, total) = send(stores, senders).await;
        table::row(&what, times, Some(total));
    }
}

async fn send(stores: &Stores, senders: u64) -> (Vec<Duration>, Duration) {
    let mut places = Vec::new();
    for _ in 0..senders {
        let pair = [(); 2].map(|()| UserId::generate(Timestamp::from_millis(0)));
        places.push((conversation(stores, &pair).await, pair[0]));
    }
    let begun = Instant::now();
    let tasks: Vec<_> = places
        .into_iter()
        .map(|(id, sender)| {
            let stores = stores.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                for seq in 1.. {
                    if begun.elapsed() > RUN {
                        break;
                    }
                    let message = message(id, sender, seq, seq);
                    let asked = Instant::now();
                    write(&stores, id, vec![message]).await;
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    (times, begun.elapsed())
}
