//! Asking the message service about sessions, together where many are asked about at the same time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use natter_domain::command::{CheckSessions, MAX_CHECKED};
use natter_domain::session::Bearer;
use natter_domain::{Rejection, UserRef};
use natter_runtime::commands::Commands;
use tokio::sync::oneshot;

/// Checks of sessions by what is known now. Those that come while others are under way go together
/// as soon as these are answered; one that comes alone waits for nobody.
pub(crate) struct Checks {
    commands: Commands,
    waiting: Arc<Mutex<Waiting>>,
}

type Checked = Result<UserRef, Rejection>;

#[derive(Default)]
struct Waiting {
    checks: Vec<(Bearer, oneshot::Sender<Checked>)>,
    /// Whether some are under way, whose task sees to those that wait, too.
    are_asked: bool,
}

impl Checks {
    pub(crate) fn new(commands: Commands) -> Self {
        Self { commands, waiting: Arc::default() }
    }

    /// Whose session it is.
    pub(crate) async fn check(&self, bearer: Bearer) -> Checked {
        self.begin(bearer).await.unwrap_or(Err(Rejection::Internal))
    }

    fn begin(&self, bearer: Bearer) -> oneshot::Receiver<Checked> {
        let (answer, answered) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        waiting.checks.push((bearer, answer));
        if !waiting.are_asked {
            waiting.are_asked = true;
            // A task of its own: who began it may give up, and the others still wait.
            tokio::spawn(ask(self.commands.clone(), self.waiting.clone()));
        }
        answered
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks until nobody waits.
async fn ask(commands: Commands, waiting: Arc<Mutex<Waiting>>) {
    loop {
        let some = {
            let mut waiting = lock(&waiting);
            waiting.checks.retain(|(_, answer)| !answer.is_closed());
            waiting.are_asked = !waiting.checks.is_empty();
            let some = waiting.checks.len().min(MAX_CHECKED);
            waiting.checks.drain(..some).collect::<Vec<_>>()
        };
        if some.is_empty() {
            return;
        }
        let (bearers, answers): (Vec<_>, Vec<_>) = some.into_iter().unzip();
        match commands.call(CheckSessions { bearers }).await {
            Ok(checked) => {
                for (answer, checked) in answers.into_iter().zip(checked) {
                    // Who gave up needs no answer.
                    answer.send(checked).ok();
                }
            }
            Err(rejection) => {
                for answer in answers {
                    answer.send(Err(rejection.clone())).ok();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_trait::async_trait;
    use futures::FutureExt as _;
    use futures::future::join_all;
    use natter_domain::command::{Command, Reply};
    use natter_domain::ports::{
        Address, BusError, CommandBus, CommandError, CommandHandler, Service, Serving,
    };
    use natter_domain::{SessionId, Timestamp, UserId};

    use super::*;

    /// Knows users with an even number, and keeps how many it was asked about at a time.
    #[derive(Default)]
    struct Bus(Mutex<Vec<usize>>);

    #[async_trait]
    impl CommandBus for Bus {
        async fn request(&self, _: Address, command: Command, _: Duration) -> Result<Reply, CommandError> {
            let Command::CheckSessions(CheckSessions { bearers }) = command else {
                panic!("only sessions are asked about")
            };
            self.0.lock().unwrap().push(bearers.len());
            tokio::task::yield_now().await;
            if bearers.iter().any(|bearer| bearer.user == UserId::NONE) {
                return Err(CommandError::TimedOut);
            }
            let checked = bearers.into_iter().map(|bearer| expected(bearer.user));
            Ok(Reply::Checked(checked.collect()))
        }

        async fn serve(&self, _: Service, _: Arc<dyn CommandHandler>) -> Result<Serving, BusError> {
            panic!("nobody serves here")
        }
    }

    fn expected(user: UserId) -> Checked {
        match user.bytes() {
            [.., last] if last % 2 == 0 => Ok(UserRef { id: user, ..UserRef::default() }),
            _ => Err(Rejection::SessionRevoked),
        }
    }

    fn bearer(user: UserId) -> Bearer {
        let at = Timestamp::default();
        Bearer { user, session: SessionId::NONE, own: true, issued_at: at, expires_at: at }
    }

    fn user(n: u16) -> UserId {
        let [high, low] = n.to_be_bytes();
        UserId::from_bytes([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low])
    }

    fn checks() -> (Arc<Bus>, Checks) {
        let bus = Arc::<Bus>::default();
        (bus.clone(), Checks::new(Commands::new(bus)))
    }

    #[tokio::test]
    async fn those_who_ask_together_are_one_command_and_each_hears_of_its_own() {
        let (bus, checks) = checks();
        assert_eq!(checks.check(bearer(user(4))).await, expected(user(4)));
        let many = MAX_CHECKED as u16 + 100;
        let answers = join_all((0..many).map(|n| checks.check(bearer(user(n))))).await;
        assert!(answers.into_iter().eq((0..many).map(|n| expected(user(n)))));
        assert_eq!(*bus.0.lock().unwrap(), [1, MAX_CHECKED, 100]);
    }

    #[tokio::test]
    async fn who_gives_up_takes_nobody_along_and_is_not_asked_about() {
        let (bus, checks) = checks();
        assert_eq!(checks.check(bearer(user(1))).now_or_never(), None);
        assert_eq!(checks.check(bearer(user(2))).await, expected(user(2)));
        assert_eq!(*bus.0.lock().unwrap(), [1]);
    }

    #[tokio::test]
    async fn what_is_not_answered_is_told_to_all_and_the_next_are_asked_about() {
        let (_, checks) = checks();
        let together = join_all([UserId::NONE, user(2)].map(|user| checks.check(bearer(user)))).await;
        assert_eq!(together, [Err(Rejection::Unavailable), Err(Rejection::Unavailable)]);
        assert_eq!(checks.check(bearer(user(2))).await, expected(user(2)));
    }
}
