//! One of the parts that users are divided into, and what can be done within it.
//!
//! All keys of a shard have its tag, so that they are in one slot of a cluster, and one script may
//! touch them together. A shard is presence as a whole for its users, with leases of its own:
//! nothing in it refers to another one.

use std::time::Duration;

use fred::interfaces::{SetsInterface as _, SortedSetsInterface as _};
use fred::prelude::{Client, Error, ErrorKind};
use fred::types::SetOptions;
use fred::types::sorted_sets::Ordering;
use natter_domain::ports::TIME_TO_TELL;
use natter_domain::presence::{SocketCount, Transition};
use natter_domain::{GatewayId, Timestamp, UserId};

use crate::scripts;

/// How many there are: each more is a script more in every renewal and sweep, and one more node
/// that the work can be spread over. Users would be lost if another release had another number.
pub(crate) const SHARDS: usize = 16;
/// Users that one script looks at: one to three milliseconds in which Redis serves nobody else.
pub(crate) const CHUNK: usize = 500;
/// Gateways whose lease has run out that are seen to at a time; the others come with later sweeps.
const GATEWAYS: i64 = 100;

/// How long after the first report to a Redis somebody who leaves may have been online before it:
/// gateways report what they hold within seconds of its return.
const YOUNG: Duration = Duration::from_secs(60);

/// Which shard has the user: a counter's lowest bits, in an id.
pub(crate) fn shard_of(user: UserId) -> usize {
    let [.., last] = *user.bytes();
    usize::from(last) % SHARDS
}

/// What is asked about a user.
#[derive(Clone, Copy)]
pub(crate) enum Question {
    /// Whether they have a socket.
    Connected,
    /// Whether they have one, or are in the grace after it.
    Online,
}

/// Whether a report may begin a lease.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    /// Only where the gateway has a lease.
    Renew,
    /// Also where it has none, and nothing is left of an earlier one.
    Begin,
}

/// A shard, by its number.
#[derive(Clone, Copy)]
pub(crate) struct Shard<'a> {
    client: &'a Client,
    number: usize,
}

impl<'a> Shard<'a> {
    /// The shard of that number, below [`SHARDS`].
    pub(crate) fn new(client: &'a Client, number: usize) -> Self {
        Self { client, number }
    }

    fn key(self, name: &str) -> String {
        format!("natter:presence:{{p{}}}:{name}", self.number)
    }

    fn leases(self) -> String {
        self.key("leases")
    }

    fn leaving(self) -> String {
        self.key("leaving")
    }

    fn transitions(self) -> String {
        self.key("transitions")
    }

    fn untold(self) -> String {
        self.key("untold")
    }

    fn first_report(self) -> String {
        self.key("first-report")
    }

    fn ended(self, gateway: GatewayId) -> String {
        self.key(&format!("ended:{gateway}"))
    }

    fn held(self, gateway: GatewayId) -> String {
        self.key(&format!("gateway:{gateway}"))
    }

    fn gateways(self, user: UserId) -> String {
        self.key(&format!("user:{user}"))
    }

    /// Renews the lease until then, sets the numbers of sockets, and names who came online; `None`,
    /// with nothing done, where there is no lease. At most [`CHUNK`] users.
    pub(crate) async fn report(
        self,
        lease: Lease,
        gateway: GatewayId,
        sockets: &[SocketCount],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Vec<UserId>>, Error> {
        let mut keys = vec![self.leases(), self.leaving(), self.transitions(), self.untold()];
        keys.extend([self.first_report(), self.ended(gateway), self.held(gateway)]);
        let lease = if lease == Lease::Begin { "begin" } else { "renew" };
        let mut arguments = vec![gateway.to_string(), millis(now), millis(until), lease.to_owned()];
        arguments.extend([millis(now.after(TIME_TO_TELL)), millis(before(now, YOUNG))]);
        for count in sockets {
            keys.push(self.gateways(count.user));
            arguments.push(count.user.to_string());
            arguments.push(count.sockets.to_string());
        }
        let reply: Vec<i64> = scripts::REPORT.run(self.client, keys, arguments).await?;
        match reply.split_first() {
            Some((1, places)) => Ok(Some(at_places(places, sockets).map(|count| count.user).collect())),
            Some((0, [])) => Ok(None),
            _ => Err(unexpected()),
        }
    }

    /// Ends the lease, where there is one that lasts longer. Its users are still to be taken out.
    pub(crate) async fn end(self, gateway: GatewayId, now: Timestamp) -> Result<(), Error> {
        let lease = (now.millis() as f64, gateway.to_string());
        let only = (Some(SetOptions::XX), Some(Ordering::LessThan));
        self.client.zadd(self.leases(), only.0, only.1, false, false, lease).await
    }

    /// Gateways whose lease has run out and that still have an entry here.
    pub(crate) async fn overdue(self, now: Timestamp) -> Result<Vec<GatewayId>, Error> {
        let (until, some) = (now.millis() as f64, Some((0, GATEWAYS)));
        let gateways: Vec<String> =
            self.client.zrangebyscore(self.leases(), f64::NEG_INFINITY, until, false, some).await?;
        gateways.iter().map(|gateway| gateway.parse().map_err(|_| unexpected())).collect()
    }

    /// Some of those with a socket on the gateway, at most [`CHUNK`].
    pub(crate) async fn some_of(self, gateway: GatewayId) -> Result<Vec<UserId>, Error> {
        let users: Vec<String> = self.client.srandmember(self.held(gateway), Some(CHUNK)).await?;
        users.iter().map(|user| user.parse().map_err(|_| unexpected())).collect()
    }

    /// Takes these out of the gateway if its lease is over; whether nobody is left to take out.
    pub(crate) async fn vacate(
        self,
        gateway: GatewayId,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut keys = vec![self.leases(), self.leaving(), self.ended(gateway), self.held(gateway)];
        keys.extend(users.iter().map(|user| self.gateways(*user)));
        let mut arguments = vec![gateway.to_string(), millis(now), YOUNG.as_millis().to_string()];
        arguments.extend(users.iter().map(UserId::to_string));
        let reply: i64 = scripts::VACATE.run(self.client, keys, arguments).await?;
        Ok(reply == 1)
    }

    /// Takes everybody out of the gateway if its lease is over.
    pub(crate) async fn vacate_all(self, gateway: GatewayId, now: Timestamp) -> Result<(), Error> {
        while !self.vacate(gateway, &self.some_of(gateway).await?, now).await? {}
        Ok(())
    }

    /// At most `limit` (and [`CHUNK`]) transitions that nobody is telling; those whose grace is over
    /// go offline only as far as there is room.
    pub(crate) async fn part(
        self,
        now: Timestamp,
        grace: Duration,
        limit: usize,
    ) -> Result<Vec<Transition>, Error> {
        let keys = vec![self.leaving(), self.transitions(), self.untold()];
        let times = [now, before(now, grace), now.after(TIME_TO_TELL)];
        let mut arguments: Vec<_> = times.map(millis).into();
        arguments.push(limit.min(CHUNK).to_string());
        let given: Vec<String> = scripts::PART.run(self.client, keys, arguments).await?;
        given
            .chunks(2)
            .map(|given| match given {
                [user, transition] => decoded(user, transition).ok_or_else(unexpected),
                _ => Err(unexpected()),
            })
            .collect()
    }

    /// Of these has been told.
    pub(crate) async fn acknowledge(self, told: &[Transition]) -> Result<(), Error> {
        let arguments = told.iter().flat_map(|told| [told.user.to_string(), encoded(told)]).collect();
        scripts::ACKNOWLEDGE.run(self.client, vec![self.transitions(), self.untold()], arguments).await
    }

    /// Those of these of whom it is so. At most [`CHUNK`] users.
    pub(crate) async fn present(self, question: Question, users: &[UserId]) -> Result<Vec<UserId>, Error> {
        let mut keys = vec![self.leaving()];
        keys.extend(users.iter().map(|user| self.gateways(*user)));
        let question = match question {
            Question::Connected => "connected",
            Question::Online => "online",
        };
        let mut arguments = vec![question.to_owned()];
        arguments.extend(users.iter().map(UserId::to_string));
        let places: Vec<i64> = scripts::PRESENT.run(self.client, keys, arguments).await?;
        Ok(at_places(&places, users).copied().collect())
    }
}

/// Scores are doubles, which have room for milliseconds of 285,000 years.
fn millis(at: Timestamp) -> String {
    at.millis().to_string()
}

fn before(at: Timestamp, duration: Duration) -> Timestamp {
    let duration = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(at.millis().saturating_sub(duration))
}

/// `+` or `-`, and the milliseconds.
fn encoded(transition: &Transition) -> String {
    let sign = if transition.online { '+' } else { '-' };
    format!("{sign}{}", millis(transition.at))
}

fn decoded(user: &str, transition: &str) -> Option<Transition> {
    let (sign, at) = transition.split_at_checked(1)?;
    let at = Timestamp::from_millis(at.parse().ok()?);
    Some(Transition { user: user.parse().ok()?, online: sign == "+", at })
}

fn at_places<'a, T>(places: &'a [i64], of: &'a [T]) -> impl Iterator<Item = &'a T> {
    places.iter().filter_map(|place| of.get(usize::try_from(*place).ok()?))
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Parse, "the answer is not what presence keeps there")
}
