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
