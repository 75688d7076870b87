//! The same load over few conversations or over many: whether a send costs more where there are more.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{Common, connect_all, settle};
use crate::api::{Api, User};
use crate::client::{Client, Reader};
use crate::packet::Packet;
use crate::pick::{SEQ, succeeded};
use crate::report::{Report, Times};
use crate::watch::Watch;

/// How long the last acks may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Between two looks at whether they have come.
const PAUSE: Duration = Duration::from_millis(20);

/// A run. Nobody joins: what is measured is sending.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Plan {
    /// How many direct conversations
    #[arg(long, default_value_t = 1000)]
    conversations: usize,
    /// How many users have them, each with one socket
    #[arg(long, default_value_t = 500)]
    sockets: usize,
    /// Messages under way, all together (closed loop)
    #[arg(long, default_value_t = 800)]
    outstanding: usize,
}

struct World {
    /// Each with the index of the socket that sends.
    conversations: Vec<(String, usize)>,
    clients: Vec<Client>,
    state: RefCell<State>,
}

struct State {
    /// By socket: what waits for which ack.
    waiting: Vec<HashMap<u64, Waiting>>,
    /// By conversation: the numbers that its messages got.
    numbers: Vec<Vec<u64>>,
    measuring: bool,
    stopped: bool,
    acks: u64,
    refused: u64,
    times: Times,
    first_fault: Option<String>,
}

struct Waiting {
    conversation: usize,
    since: Instant,
    measured: bool,
}

/// Makes the conversations, sends in all of them in turn, and tells what came of it.
///
/// # Errors
/// They can't be made, or a watched process has ended.
pub(crate) async fn run(common: &Common, plan: Plan) -> anyhow::Result<Report> {
    let users = common.users(plan.sockets)?;
    let most = plan.sockets * (plan.sockets.saturating_sub(1) / 2);
    ensure!(plan.conversations <= most, "{} users have at most {most} conversations here", plan.sockets);
    ensure!(plan.conversations > 0 && plan.outstanding > 0, "something to send, and somewhere");
    let users: Vec<&User> = users.iter().take(plan.sockets).collect();
    let pairs = (0..plan.conversations).map(|index| pair(index, plan.sockets));
    let members =
        pairs.clone().map(|pair| pair.iter().filter_map(|user| users.get(*user).copied()).collect());
    let ids = Api::new(common.server(0)?).conversations(members.collect()).await?;
    let (clients, readers): (Vec<_>, Vec<_>) = connect_all(common, &users).await?.into_iter().unzip();
    let state = State {
        waiting: clients.iter().map(|_| HashMap::new()).collect(),
        numbers: ids.iter().map(|_| Vec::new()).collect(),
        measuring: false,
        stopped: false,
        acks: 0,
        refused: 0,
        times: Times::new()?,
        first_fault: None,
    };
    let conversations = ids.into_iter().zip(pairs.map(|[sender, _]| sender)).collect();
    let world = Rc::new(World { conversations, clients, state: RefCell::new(state) });
    for (socket, reader) in readers.into_iter().enumerate() {
        tokio::task::spawn_local(Rc::clone(&world).listen(socket, reader, plan.outstanding));
    }
    settle(&common.watch).await?;

    for turn in 0..plan.outstanding {
        world.send(turn % plan.conversations);
    }
    tokio::time::sleep(common.warmup).await;
    let watch = Watch::start(&common.watch)?;
    world.state.borrow_mut().measuring = true;
    tokio::time::sleep(Duration::from_secs_f64(common.seconds)).await;
    world.state.borrow_mut().measuring = false;
    let (measured, costs) = watch.stop()?;
    world.state.borrow_mut().stopped = true;
    let deadline = Instant::now() + PATIENCE;
    while world.waiting() > 0 && Instant::now() < deadline {
        tokio::time::sleep(PAUSE).await;
    }

    let unanswered = world.waiting();
    let mut state = world.state.borrow_mut();
    let holes: u64 = state.numbers.iter_mut().map(|numbers| holes(numbers)).sum();
    let mut report = Report::new("spread", measured, costs);
    report.figure("conversations", plan.conversations);
    report.figure("sockets", plan.sockets);
    report.rate("acks", state.acks);
    report.times("send to ack", &state.times);
    report.fault("refused", state.refused);
    report.fault("unanswered", unanswered as u64);
    report.fault("holes and doubles in seq", holes);
    report.first_fault(state.first_fault.take());
    Ok(report)
}

/// The two users of a conversation: each user has as many as any other.
fn pair(conversation: usize, users: usize) -> [usize; 2] {
    let first = conversation % users;
    [first, (first + 1 + conversation / users) % users]
}

/// How many numbers are missing or there twice.
fn holes(numbers: &mut [u64]) -> u64 {
    numbers.sort_unstable();
    numbers.windows(2).filter(|pair| !matches!(pair, [a, b] if a + 1 == *b)).count() as u64
}

impl World {
    fn send(&self, conversation: usize) {
        let mut state = self.state.borrow_mut();
        let Some((id, socket)) = self.conversations.get(conversation) else { return };
        let Some(client) = self.clients.get(*socket).filter(|_| !state.stopped) else { return };
        let text = "the quick brown fox jumps over the lazy dog";
        let ack = client.ask(
            "send:message",
            &format!("{{\"conversationId\":\"{id}\",\"text\":\"{text}\",\"messageType\":\"text\"}}"),
        );
        let measured = state.measuring;
        if let Some(waiting) = state.waiting.get_mut(*socket) {
            waiting.insert(ack, Waiting { conversation, since: Instant::now(), measured });
        }
    }

    async fn listen(self: Rc<Self>, socket: usize, mut reader: Reader, outstanding: usize) {
        let mut on = |packet: Packet<'_>, at| {
            if let Packet::Ack { id, arguments } = packet {
                self.acked(socket, id, arguments, at, outstanding);
            }
        };
        while reader.next(&mut on).await.is_ok() {}
    }

    fn acked(&self, socket: usize, id: u64, arguments: &[u8], at: Instant, outstanding: usize) {
        let mut state = self.state.borrow_mut();
        let Some(done) = state.waiting.get_mut(socket).and_then(|waiting| waiting.remove(&id)) else {
            return;
        };
        match SEQ.number(arguments).filter(|_| succeeded(arguments)) {
            Some(seq) => {
                state.acks += u64::from(state.measuring);
                if done.measured {
                    state.times.record(at.saturating_duration_since(done.since));
                }
                if let Some(numbers) = state.numbers.get_mut(done.conversation) {
                    numbers.push(seq);
                }
            }
            None => {
                state.refused += 1;
                let refusal = || format!("refused: {}", String::from_utf8_lossy(arguments));
                state.first_fault.get_or_insert_with(refusal);
            }
        }
        drop(state);
        self.send((done.conversation + outstanding) % self.conversations.len());
    }

    fn waiting(&self) -> usize {
        self.state.borrow().waiting.iter().map(HashMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_pair_comes_twice_and_nobody_is_alone() {
        let users = 51;
        let pairs: HashSet<[usize; 2]> = (0..users * 25)
            .map(|conversation| {
                let mut pair = pair(conversation, users);
                assert_ne!(pair[0], pair[1]);
                pair.sort_unstable();
                pair
            })
            .collect();
        assert_eq!(pairs.len(), users * 25);
    }

    #[test]
    fn holes_are_counted_whatever_the_order() {
        assert_eq!(holes(&mut []), 0);
        assert_eq!(holes(&mut [7, 5, 6]), 0);
        assert_eq!(holes(&mut [7, 5, 7]), 2);
    }
}
