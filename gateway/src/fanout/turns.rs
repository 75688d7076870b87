//! When a room is told what has come over the bus.
//!
//! At once, as long as little comes. But each time that a socket is told anything, it costs a wake-up
//! and a write to its connection, whether that carries one frame or many. So a room of many sockets
//! that was told something only just rests first, and is then told all that came meanwhile in one
//! turn. Nothing waits in rooms of a few sockets, or where the last turn is longer ago than the rest.
//! Knows neither rooms nor sockets.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use natter_domain::ports::{Published, Subscription};
use natter_domain::{ConversationEvent, Event};
use tokio::time::{Instant, timeout_at};

/// A room rests for a millisecond for as many sockets: telling each of them takes a few microseconds.
const SOCKETS_A_MILLISECOND: u32 = 40;
/// No room rests for longer.
const LONGEST: Duration = Duration::from_millis(25);
/// What is relayed, such as a drawing as it is drawn, waits for so much less.
const RELAYED: u32 = 5;
/// What is told in one turn at most, so that a socket which keeps up has room for it.
const MOST: usize = 32;

/// What is to be told of one subscription, turn by turn.
pub(super) struct Turns {
    events: Subscription,
    waiting: Vec<Published>,
    last: Option<Instant>,
    ended: bool,
}

impl Turns {
    pub(super) fn new(events: Subscription) -> Self {
        Self { events, waiting: Vec::new(), last: None, ended: false }
    }

    /// What comes next, in order, for a room of so many sockets: a gap comes at once, and as the last
    /// of its turn. `None` where nothing comes any more. Cancel safe.
    pub(super) async fn next(&mut self, sockets: impl Fn() -> usize) -> Option<Vec<Published>> {
        while !self.is_full() {
            let published = if self.waiting.is_empty() {
                self.events.next().await
            } else {
                let due = self.due(sockets());
                // What is there already goes along in any case.
                let more = match due > Instant::now() {
                    true => timeout_at(due, self.events.next()).await.ok(),
                    false => self.events.next().now_or_never(),
                };
                let Some(published) = more else { break };
                published
            };
            match published {
                Some(published) => self.waiting.push(published),
                None => self.ended = true,
            }
        }
        if self.waiting.is_empty() {
            return None;
        }
        self.last = Some(Instant::now());
        Some(std::mem::take(&mut self.waiting))
    }

    /// Whether nothing more is to be waited for.
    fn is_full(&self) -> bool {
        self.ended || self.waiting.len() >= MOST || matches!(self.waiting.last(), Some(Published::Gap))
    }

    /// When the room has rested enough for what waits.
    fn due(&self, sockets: usize) -> Instant {
        let Some(last) = self.last else { return Instant::now() };
        let rest = rest(sockets);
        last + if self.waiting.iter().any(is_relayed) { rest / RELAYED } else { rest }
    }
}

/// How long a room of so many sockets rests after a turn.
fn rest(sockets: usize) -> Duration {
    let sockets = u32::try_from(sockets).unwrap_or(u32::MAX);
    Duration::from_millis(u64::from(sockets / SOCKETS_A_MILLISECOND)).min(LONGEST)
}

fn is_relayed(published: &Published) -> bool {
    matches!(published, Published::Event(Event::Conversation(ConversationEvent::Relayed { .. })))
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use natter_domain::message::Head;
    use tokio::sync::mpsc;

    use super::*;

    const MANY: usize = 400;
    const REST: Duration = Duration::from_millis(10);

    fn head(rev: u64) -> Published {
        Published::Event(Event::Conversation(ConversationEvent::Head(Head { rev, seq: rev })))
    }

    fn stroke() -> Published {
        let user = crate::samples::message().stored.sender;
        let (name, socket) = ("strokePoint".to_owned(), String::new());
        let event = ConversationEvent::Relayed { user, name, payload: b"{}".to_vec(), socket };
        Published::Event(Event::Conversation(event))
    }

    struct Room {
        bus: mpsc::UnboundedSender<Published>,
        turns: Turns,
    }

    fn room() -> Room {
        let (bus, events) = mpsc::unbounded_channel();
        let events = stream::unfold(events, async |mut events| Some((events.recv().await?, events)));
        Room { bus, turns: Turns::new(events.boxed()) }
    }

    impl Room {
        fn publish(&self, published: impl IntoIterator<Item = Published>) {
            published.into_iter().for_each(|published| self.bus.send(published).unwrap());
        }

        /// The next turn of a room of so many sockets, and how long it took to come.
        async fn turn(&mut self, sockets: usize) -> (Vec<Published>, Duration) {
            let since = Instant::now();
            let turn = self.turns.next(|| sockets).await.unwrap();
            (turn, since.elapsed())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_told_at_once_and_together() {
        let mut room = room();
        room.publish([head(1), head(2)]);
        assert_eq!(room.turn(MANY).await, (vec![head(1), head(2)], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_room_rests_and_is_told_all_that_came_meanwhile() {
        let mut room = room();
        room.publish([head(1)]);
        room.turn(MANY).await;
        room.publish([head(2)]);
        let bus = room.bus.clone();
        tokio::spawn(async move {
            tokio::time::sleep(REST / 2).await;
            bus.send(head(3)).unwrap();
        });
        assert_eq!(room.turn(MANY).await, (vec![head(2), head(3)], REST));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_room_that_was_quiet_is_told_at_once() {
        let mut room = room();
        for rev in 1..4 {
            room.publish([head(rev)]);
            assert_eq!(room.turn(MANY).await, (vec![head(rev)], Duration::ZERO));
            tokio::time::sleep(REST).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_small_room_never_waits() {
        let mut room = room();
        for rev in 1..100 {
            room.publish([head(rev)]);
            assert_eq!(
                room.turn(SOCKETS_A_MILLISECOND as usize - 1).await,
                (vec![head(rev)], Duration::ZERO)
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_relayed_waits_less_and_takes_along_what_waits() {
        let mut room = room();
        room.publish([head(1)]);
        room.turn(4 * MANY).await;
        room.publish([head(2), stroke(), head(3)]);
        let expected = (vec![head(2), stroke(), head(3)], LONGEST / RELAYED);
        assert_eq!(room.turn(4 * MANY).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_is_no_longer_than_a_socket_has_room_for() {
        let mut room = room();
        room.publish((0..2 * MOST as u64 + 1).map(head));
        for expected in [MOST, MOST] {
            let (turn, waited) = room.turn(MANY).await;
            assert_eq!((turn.len(), waited), (expected, Duration::ZERO));
        }
        assert_eq!(room.turn(MANY).await, (vec![head(2 * MOST as u64)], REST));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_is_known_at_once_after_what_came_before_it() {
        let mut room = room();
        room.publish([head(1)]);
        room.turn(MANY).await;
        room.publish([head(2), Published::Gap, head(3)]);
        assert_eq!(room.turn(MANY).await, (vec![head(2), Published::Gap], Duration::ZERO));
        assert_eq!(room.turn(MANY).await, (vec![head(3)], REST));
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_loses_nothing() {
        let mut room = room();
        room.publish([head(1)]);
        room.turn(MANY).await;
        room.publish([head(2)]);
        assert!(tokio::time::timeout(REST / 2, room.turns.next(|| MANY)).await.is_err());
        assert_eq!(room.turn(MANY).await, (vec![head(2)], REST / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_the_end_is_told() {
        let Room { bus, mut turns } = room();
        bus.send(head(1)).unwrap();
        drop(bus);
        assert_eq!(turns.next(|| MANY).await, Some(vec![head(1)]));
        assert_eq!(turns.next(|| MANY).await, None);
    }
}
