//! A bus that loses, doubles and delays what one gateway hears, as a test tells it to.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::{StreamExt, stream};
use natter_adapter_embedded::EmbeddedBus;
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{
    Address, BusError, CommandBus, CommandError, CommandHandler, EventBus, Published, Service, Serving,
    Subscription,
};
use natter_domain::{ConversationEvent, Event, Topic, UserEvent};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

/// What becomes of an event on its way to the gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Pass,
    Lose,
    Double,
    /// Comes later, so that what was published after it may overtake it.
    Delay(Duration),
    /// Is kept until [`TamperedBus::release`].
    Hold,
}

type Rule = Box<dyn FnMut(&Event) -> Fate + Send>;

/// One gateway's ends of the buses.
pub(crate) struct TamperedBus {
    inner: Arc<EmbeddedBus>,
    shared: Arc<Shared>,
    refused: Mutex<HashSet<&'static str>>,
    refusals: AtomicUsize,
    joins: Joins,
}

/// Joins that have been asked for and have no answer yet.
struct Joins {
    gate: Semaphore,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

struct Shared {
    rule: Mutex<Rule>,
    held: Mutex<Vec<(UnboundedSender<Published>, Published)>>,
    subscribers: Mutex<HashMap<Topic, Vec<UnboundedSender<Published>>>>,
}

impl TamperedBus {
    pub(crate) fn over(inner: Arc<EmbeddedBus>) -> Self {
        let shared = Shared {
            rule: Mutex::new(Box::new(|_| Fate::Pass)),
            held: Mutex::default(),
            subscribers: Mutex::default(),
        };
        let joins = Joins {
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            under_way: AtomicUsize::default(),
            most: AtomicUsize::default(),
        };
        Self {
            inner,
            shared: Arc::new(shared),
            refused: Mutex::default(),
            refusals: AtomicUsize::default(),
            joins,
        }
    }

    /// What becomes of each event from now on.
    pub(crate) fn tamper(&self, rule: impl FnMut(&Event) -> Fate + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    /// Events pass from now on.
    pub(crate) fn behave(&self) {
        self.tamper(|_| Fate::Pass);
    }

    /// Loses everything from now on.
    pub(crate) fn lose_everything(&self) {
        self.tamper(|_| Fate::Lose);
    }

    /// How many events are held.
    pub(crate) fn held(&self) -> usize {
        self.shared.held.lock().unwrap().len()
    }

    /// Lets what is held come, in this order of places.
    pub(crate) fn release(&self, order: &[usize]) {
        let held = std::mem::take(&mut *self.shared.held.lock().unwrap());
        assert_eq!(held.len(), order.len());
        for place in order {
            let (subscriber, event) = &held[*place];
            subscriber.unbounded_send(event.clone()).ok();
        }
    }

    /// Tells the topic's subscribers that they may have lost something.
    pub(crate) fn gap(&self, topic: Topic) {
        for subscriber in &self.shared.subscribers.lock().unwrap()[&topic] {
            subscriber.unbounded_send(Published::Gap).ok();
        }
    }

    /// Commands of these names get no answer from now on, at once.
    pub(crate) fn refuse(&self, commands: &[&'static str]) {
        *self.refused.lock().unwrap() = commands.iter().copied().collect();
    }

    /// Joins wait for their answer from now on.
    pub(crate) fn hold_joins(&self) {
        self.joins.gate.forget_permits(usize::MAX);
    }

    /// Joins are answered, those that wait and those to come.
    pub(crate) fn answer_joins(&self) {
        self.joins.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    /// How many joins wait for their answer.
    pub(crate) fn joins(&self) -> usize {
        self.joins.under_way.load(Ordering::SeqCst)
    }

    /// How many have waited for it at once, at most.
    pub(crate) fn most_joins(&self) -> usize {
        self.joins.most.load(Ordering::SeqCst)
    }

    /// How many commands have got no answer.
    pub(crate) fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn pass(&self, subscriber: &UnboundedSender<Published>, published: Published) {
        let fate = match &published {
            Published::Event(event) => (self.rule.lock().unwrap())(event),
            Published::Gap => Fate::Pass,
        };
        let send = |published| subscriber.unbounded_send(published).ok();
        match fate {
            Fate::Pass => drop(send(published)),
            Fate::Lose => {}
            Fate::Double => {
                send(published.clone());
                send(published);
            }
            Fate::Delay(by) => {
                let subscriber = subscriber.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(by).await;
                    subscriber.unbounded_send(published).ok();
                });
            }
            Fate::Hold => self.held.lock().unwrap().push((subscriber.clone(), published)),
        }
    }
}

#[async_trait]
impl EventBus for TamperedBus {
    async fn publish(&self, topic: Topic, event: Event) -> Result<(), BusError> {
        self.inner.publish(topic, event).await
    }

    async fn subscribe(&self, topic: Topic) -> Result<Subscription, BusError> {
        let mut events = self.inner.subscribe(topic).await?;
        let (subscriber, heard) = unbounded();
        self.shared.subscribers.lock().unwrap().entry(topic).or_default().push(subscriber.clone());
        let shared = self.shared.clone();
        let pump = AbortOnDropHandle::new(tokio::spawn(async move {
            while let Some(published) = events.next().await {
                shared.pass(&subscriber, published);
            }
        }));
        let ends_with_it = stream::unfold((heard, pump), |(mut heard, pump)| async move {
            heard.next().await.map(|published| (published, (heard, pump)))
        });
        Ok(ends_with_it.boxed())
    }

    fn connected(&self) -> bool {
        true
    }
}

#[async_trait]
impl CommandBus for TamperedBus {
    async fn request(
        &self,
        address: Address,
        command: Command,
        deadline: Duration,
    ) -> Result<Reply, CommandError> {
        if self.refused.lock().unwrap().contains(command.name()) {
            self.refusals.fetch_add(1, Ordering::SeqCst);
            return Err(CommandError::TimedOut);
        }
        if !matches!(command, Command::JoinConversation(_)) {
            return self.inner.request(address, command, deadline).await;
        }
        let under_way = self.joins.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.joins.most.fetch_max(under_way, Ordering::SeqCst);
        let _gate = self.joins.gate.acquire().await;
        let answer = self.inner.request(address, command, deadline).await;
        self.joins.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn serve(&self, service: Service, handler: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        self.inner.serve(service, handler).await
    }
}

/// The `rev` of an event that is a change of a timeline, as a room hears of it.
pub(crate) fn rev_of(event: &Event) -> Option<u64> {
    match event {
        Event::Conversation(event) => change_of(event),
        _ => None,
    }
}

/// As `rev_of`, for a change of a direct conversation as its two users hear of it.
pub(crate) fn direct_rev_of(event: &Event) -> Option<u64> {
    match event {
        Event::User(UserEvent::Direct { event, .. }) => change_of(event),
        _ => None,
    }
}

fn change_of(event: &ConversationEvent) -> Option<u64> {
    match event {
        ConversationEvent::Changed(change) => Some(change.message.stored.rev),
        _ => None,
    }
}

/// A rule for changes that rooms hear of, by their `rev`; everything else passes.
pub(crate) fn changes(
    mut fate: impl FnMut(u64) -> Fate + Send + 'static,
) -> impl FnMut(&Event) -> Fate + Send + 'static {
    move |event| rev_of(event).map_or(Fate::Pass, &mut fate)
}

/// As `changes`, for what users hear of their direct conversations.
pub(crate) fn direct_changes(
    mut fate: impl FnMut(u64) -> Fate + Send + 'static,
) -> impl FnMut(&Event) -> Fate + Send + 'static {
    move |event| direct_rev_of(event).map_or(Fate::Pass, &mut fate)
}
