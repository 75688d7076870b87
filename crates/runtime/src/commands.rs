//! Sending commands: one deadline over all attempts, and every way to fail told as a rejection.
//!
//! Owns the retries and what is measured. Knows of a command only its name and address.

use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, histogram};
use natter_domain::command::{Command, Reply, Request};
use natter_domain::ports::{Address, CommandBus, CommandError};
use natter_domain::rejection::Rejection;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::Backoff;

/// How long a command may take, over all attempts.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Pauses while nobody takes the command, as when a replica has just gone.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Sends commands over a bus. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    bus: Arc<dyn CommandBus>,
    deadline: Duration,
}

impl Commands {
    /// Over this bus, within [`DEADLINE`].
    pub fn new(bus: Arc<dyn CommandBus>) -> Self {
        Self { bus, deadline: DEADLINE }
    }

    /// Within another deadline.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Has a command carried out. While no worker takes it, tries again until the deadline; so too
    /// where its worker is gone, if it may be repeated. Dropping the future gives up waiting; the command may still be carried out.
    ///
    /// # Errors
    /// The worker's rejection; [`Rejection::Unavailable`] where no answer came, and it is unknown
    /// whether the command was carried out; [`Rejection::Internal`] where the answer made no sense.
    pub async fn call<R: Request>(&self, request: R) -> Result<R::Reply, Rejection> {
        let address = request.address();
        let command = request.into();
        let name = command.name();
        let span = tracing::info_span!("command", name, partition = address.partition);
        async {
            let reply = self.send(address, command).await?;
            R::Reply::try_from(reply).map_err(|error| {
                tracing::error!(command = name, %error, "a worker answered what makes no sense");
                Rejection::Internal
            })
        }
        .instrument(span)
        .await
    }

    async fn send(&self, address: Address, command: Command) -> Result<Reply, Rejection> {
        let name = command.name();
        let start = Instant::now();
        let deadline = start + self.deadline;
        let mut backoff = Backoff::until(deadline, FIRST_PAUSE, LONGEST_PAUSE);
        let result = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let result = self.bus.request(address, command.clone(), left).await;
            let again = match &result {
                Err(CommandError::NoResponder) => true,
                Err(CommandError::Lost) => command.is_repeatable(),
                _ => false,
            };
            match backoff.next_pause().filter(|_| again) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => break result,
            }
        };
        histogram!("natter_command_seconds", "command" => name).record(start.elapsed());
        counter!("natter_commands_total", "command" => name, "outcome" => outcome(&result)).increment(1);
        result.map_err(|error| match error {
            CommandError::Rejected(rejection) => rejection,
            CommandError::NoResponder
            | CommandError::Lost
            | CommandError::TimedOut
            | CommandError::Bus(_) => {
                let cause = std::error::Error::source(&error);
                tracing::warn!(command = name, %error, cause, "a command was not answered");
                Rejection::Unavailable
            }
        })
    }
}

const fn outcome(result: &Result<Reply, CommandError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(CommandError::Rejected(_)) => "rejected",
        Err(CommandError::NoResponder) => "no_responder",
        Err(CommandError::Lost) => "lost",
        Err(CommandError::TimedOut) => "timed_out",
        Err(CommandError::Bus(_)) => "bus_failed",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use natter_domain::command::{Contacts, DeleteConversation, GetMe, ListContacts};
    use natter_domain::ports::{BusError, CommandHandler, Service, Serving};
    use natter_domain::{ConversationId, UserId};

    use super::*;

    /// Answers what it was given, then that nobody is there.
    #[derive(Default)]
    struct Scripted {
        answers: Mutex<VecDeque<Result<Reply, CommandError>>>,
        deadlines: Mutex<Vec<Duration>>,
    }

    #[async_trait]
    impl CommandBus for Scripted {
        async fn request(&self, _: Address, _: Command, deadline: Duration) -> Result<Reply, CommandError> {
            self.deadlines.lock().unwrap().push(deadline);
            self.answers.lock().unwrap().pop_front().unwrap_or(Err(CommandError::NoResponder))
        }

        async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
            Ok(Serving(Box::new(())))
        }
    }

    fn scripted(answers: impl IntoIterator<Item = Result<Reply, CommandError>>) -> (Arc<Scripted>, Commands) {
        let bus =
            Arc::new(Scripted { answers: Mutex::new(answers.into_iter().collect()), ..Default::default() });
        (Arc::clone(&bus), Commands::new(bus))
    }

    const USER: UserId = UserId::NONE;

    #[tokio::test(start_paused = true)]
    async fn tries_again_while_nobody_takes_it() {
        let (bus, commands) = scripted([
            Err(CommandError::NoResponder),
            Err(CommandError::NoResponder),
            Ok(Reply::Contacts(Contacts::default())),
        ]);
        assert_eq!(commands.call(ListContacts { user: USER, after: None }).await, Ok(Contacts::default()));
        let deadlines = bus.deadlines.lock().unwrap();
        assert_eq!(deadlines.len(), 3);
        assert!(
            deadlines.is_sorted_by(|earlier, later| earlier > later),
            "one deadline for all: {deadlines:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_at_the_deadline() {
        let (bus, commands) = scripted([]);
        let start = Instant::now();
        assert_eq!(commands.call(GetMe { user: USER }).await, Err(Rejection::Unavailable));
        assert!(start.elapsed() <= DEADLINE);
        assert!(bus.deadlines.lock().unwrap().len() > 5);
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_repeat_what_may_have_happened() {
        for error in
            [CommandError::TimedOut, CommandError::Bus(BusError { what: "requesting", source: None })]
        {
            let (bus, commands) = scripted([Err(error)]);
            assert_eq!(commands.call(GetMe { user: USER }).await, Err(Rejection::Unavailable));
            assert_eq!(bus.deadlines.lock().unwrap().len(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn asks_another_worker_where_that_may_be_done_twice() {
        let user = UserId::NONE;
        let (_, commands) = scripted([Err(CommandError::Lost), Ok(Reply::Contacts(Contacts::default()))]);
        assert_eq!(commands.call(ListContacts { user, after: None }).await, Ok(Contacts::default()));
        let (bus, commands) = scripted([Err(CommandError::Lost)]);
        let delete = DeleteConversation { user, conversation: ConversationId::NONE };
        assert_eq!(commands.call(delete).await, Err(Rejection::Unavailable));
        assert_eq!(bus.deadlines.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn rejections_are_the_workers() {
        let (_, commands) = scripted([Err(CommandError::Rejected(Rejection::UserNotFound))]);
        assert_eq!(commands.call(GetMe { user: USER }).await, Err(Rejection::UserNotFound));
    }

    #[tokio::test]
    async fn a_reply_of_another_kind_is_our_own_fault() {
        let (_, commands) = scripted([Ok(Reply::Done(()))]);
        assert_eq!(commands.call(GetMe { user: USER }).await, Err(Rejection::Internal));
    }
}
