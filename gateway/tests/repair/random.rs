//! Many rounds of everything at once: several senders, and sockets that come and go with
//! `afterRev` while events are lost, doubled and late. A failing seed is printed, and can be set.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::bus::{Fate, changes};
use crate::client::Client;
use crate::world::{Node, World};

/// Set to a number to repeat a run's faults.
const SEED: &str = "NATTER_TEST_SEED";
const SENDERS: usize = 3;
const READERS: usize = 3;
const ROUNDS: usize = 12;
const MESSAGES: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn joins_have_no_gap_and_no_double_whatever_is_lost_doubled_and_late() {
    let seed =
        std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    eprintln!("{SEED}={seed}");
    let world = World::start().await;
    let mut people = Vec::new();
    for n in 0..SENDERS + READERS {
        people.push(world.person(&format!("user{n}")).await);
    }
    let conversation = world.group(&people.iter().collect::<Vec<_>>()).await;
    let nodes = [world.gateway().await, world.gateway().await];
    for (place, node) in nodes.iter().enumerate() {
        let mut random = StdRng::seed_from_u64(seed ^ place as u64);
        node.bus.tamper(changes(move |_| fate(&mut random)));
    }
    let (world, people) = (Arc::new(world), Arc::new(people));
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let (world, people) = (world.clone(), people.clone());
        senders.push(tokio::spawn(async move {
            for n in 0..MESSAGES / SENDERS as u64 {
                world.send(&people[sender], conversation, &format!("{sender}/{n}")).await;
            }
        }));
    }
    let mut readers = Vec::new();
    for (reader, person) in people.iter().skip(SENDERS).enumerate() {
        let node = &nodes[reader % nodes.len()];
        let random = StdRng::seed_from_u64(seed ^ (100 + reader as u64));
        let reader = Reader { token: person.token.clone(), known: 0, told: HashSet::new() };
        readers.push(reader.come_and_go(node, conversation.to_string(), random));
    }
    let ending = async {
        for sender in senders {
            sender.await.unwrap();
        }
    };
    tokio::join!(futures::future::join_all(readers), ending);
}

fn fate(random: &mut StdRng) -> Fate {
    match random.random_range(0..10) {
        0 | 1 => Fate::Lose,
        2 => Fate::Double,
        3 | 4 => Fate::Delay(Duration::from_millis(random.random_range(0..120))),
        _ => Fate::Pass,
    }
}

struct Reader {
    token: String,
    known: u64,
    told: HashSet<u64>,
}

impl Reader {
    /// Joins after what it knows, hears some, goes; at last hears everything.
    async fn come_and_go(mut self, node: &Node, conversation: String, mut random: StdRng) {
        for _ in 0..ROUNDS {
            let mut client = self.join(node, &conversation).await;
            let more = random.random_range(1..20).min(MESSAGES.saturating_sub(self.known));
            let until = self.known + more;
            while self.known < until {
                self.hear(&mut client).await;
            }
        }
        let mut client = self.join(node, &conversation).await;
        while self.known < MESSAGES {
            self.hear(&mut client).await;
        }
        assert_eq!(self.told.len() as u64, MESSAGES);
    }

    async fn join(&self, node: &Node, conversation: &str) -> Client {
        let mut client = Client::connect(node.address, &self.token).await;
        let join = json!({"conversationId": conversation, "afterRev": self.known});
        client.done("join:conversation", join).await;
        client
    }

    async fn hear(&mut self, client: &mut Client) {
        let (name, message): (String, Value) = client.change().await;
        assert_eq!(name, "new:message");
        assert_eq!(message["rev"].as_u64().unwrap(), self.known + 1, "in order, without gap or double");
        self.known += 1;
        assert!(self.told.insert(message["seq"].as_u64().unwrap()), "each once");
    }
}
