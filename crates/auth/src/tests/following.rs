//! An authenticator that hears of ended sessions by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{
    Address, BusError, Clock, CommandBus, CommandError, CommandHandler, EventBus, Published, Service,
    Serving, Subscription,
};
use natter_domain::session::{Revocation, RevocationScope};
use natter_domain::{DirectoryEvent, Event, Rejection, SessionId, Topic, UserRef};
use natter_runtime::commands::Commands;
use tokio_util::sync::CancellationToken;

use super::*;

/// Sessions that end when a test says so, and a topic on which it says what it likes.
struct World {
    ended: AtomicBool,
    heard: std::sync::Mutex<Option<UnboundedReceiver<Published>>>,
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        now()
    }
}

#[async_trait]
impl CommandBus for World {
    async fn request(&self, _: Address, command: Command, _: Duration) -> Result<Reply, CommandError> {
        let Command::CheckSessions(check) = command else { panic!("only sessions are asked about") };
        let ended = self.ended.load(Ordering::SeqCst);
        let checked = |_| match ended {
            true => Err(Rejection::SessionRevoked),
            false => Ok(UserRef { id: ann(), ..UserRef::default() }),
        };
        Ok(Reply::Checked(check.bearers.into_iter().map(checked).collect()))
    }

    async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
        panic!("nobody serves here")
    }
}

#[async_trait]
impl EventBus for World {
    async fn publish(&self, _: Topic, _: Event) -> Result<(), BusError> {
        panic!("nobody publishes here")
    }

    async fn subscribe(&self, topic: Topic) -> Result<Subscription, BusError> {
        assert_eq!(topic, Topic::Directory);
        Ok(self.heard.lock().unwrap().take().unwrap().boxed())
    }

    fn connected(&self) -> bool {
        true
    }
}

async fn follows(said: impl FnOnce(SessionId) -> Published) {
    let (say, heard): (UnboundedSender<Published>, _) = unbounded();
    let world = Arc::new(World { ended: AtomicBool::new(false), heard: std::sync::Mutex::new(Some(heard)) });
    let commands = Commands::new(Arc::clone(&world) as _);
    let verifier = Arc::new(verifier(settings()));
    let authenticator = Arc::new(Authenticator::new(verifier, commands, Arc::clone(&world) as _));
    let token = hs256().token(&good());
    let session = authenticator.authenticate(&token).await.unwrap().bearer.session;

    world.ended.store(true, Ordering::SeqCst);
    assert!(authenticator.authenticate(&token).await.is_ok(), "it is remembered");
    let (follower, bus) = (Arc::clone(&authenticator), Arc::clone(&world));
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let following = tokio::spawn(async move { follower.follow(&*bus, stopped).await });
    say.unbounded_send(said(session)).unwrap();
    let refused = async {
        while authenticator.authenticate(&token).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    // Sooner than it would be forgotten.
    tokio::time::timeout(Duration::from_secs(4), refused).await.expect("it was told");
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn it_hears_of_a_session_that_ends() {
    for everything in [false, true] {
        follows(|session| {
            let scope =
                if everything { RevocationScope::Everything } else { RevocationScope::Session(session) };
            let revocation = Revocation { user: ann(), scope, at: now() };
            Published::Event(Event::Directory(DirectoryEvent::SessionsRevoked(revocation)))
        })
        .await;
    }
}

#[tokio::test]
async fn after_a_gap_nothing_is_sure() {
    follows(|_| Published::Gap).await;
}
