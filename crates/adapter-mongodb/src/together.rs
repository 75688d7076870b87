//! Reads of one thing each that are asked for at the same time, in one command: a command costs the
//! server and the driver many times what one more key in it does.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::fault::Fault;

/// Questions that may wait; one more is [`Fault::Full`].
const WAITING: usize = 8_192;
/// Keys in one command.
const MOST: usize = 500;
/// Commands under way. What is asked meanwhile waits for one of them to end; with two of them, one that
/// hangs does not hold up everything.
const COMMANDS: usize = 2;

type Reply<V> = oneshot::Sender<Result<Option<V>, Fault>>;

/// Where keys are asked for.
pub(crate) struct Together<K, V>(mpsc::Sender<(K, Reply<V>)>);

impl<K, V> Together<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// `read` finds what there is of some keys. The task that calls it ends when this is dropped.
    pub(crate) fn start<F>(read: impl Fn(Vec<K>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<HashMap<K, V>, Fault>> + Send + 'static,
    {
        let (questions, mut asked) = mpsc::channel::<(K, Reply<V>)>(WAITING);
        tokio::spawn(async move {
            let commands = Arc::new(Semaphore::new(COMMANDS));
            // It is never closed.
            while let Ok(command) = commands.clone().acquire_owned().await {
                let mut some = Vec::new();
                if asked.recv_many(&mut some, MOST).await == 0 {
                    return;
                }
                let reading = read(some.iter().map(|(key, _)| *key).collect());
                tokio::spawn(async move {
                    let found = reading.await;
                    drop(command);
                    for (key, reply) in some {
                        let answer =
                            found.as_ref().map(|found| found.get(&key).cloned()).map_err(Fault::clone);
                        // Whoever asked may have given up.
                        drop(reply.send(answer));
                    }
                });
            }
        });
        Self(questions)
    }

    /// What there is of this one now.
    pub(crate) async fn read(&self, key: K) -> Result<Option<V>, Fault> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send((key, reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Fault::Full,
            mpsc::error::TrySendError::Closed(_) => Fault::Closed,
        })?;
        // A read that panicked has said so.
        answer.await.unwrap_or(Err(Fault::Closed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    type Commands = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Answers even numbers with their halves; what was asked of it, command by command. Each takes a
    /// permit; 13 panics, 15 fails.
    fn halves(permits: usize) -> (Together<u32, u32>, Commands, Arc<Semaphore>) {
        let (commands, gate) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Semaphore::new(permits)));
        let (noted, guard) = (commands.clone(), gate.clone());
        let together = Together::start(move |keys: Vec<u32>| {
            noted.lock().unwrap().push(keys.clone());
            let guard = guard.clone();
            async move {
                guard.acquire().await.unwrap().forget();
                assert!(!keys.contains(&13), "as the test asked");
                if keys.contains(&15) {
                    return Err(Fault::Late);
                }
                Ok(keys.into_iter().filter(|key| key % 2 == 0).map(|key| (key, key / 2)).collect())
            }
        });
        (together, commands, gate)
    }

    #[tokio::test]
    async fn what_is_asked_while_two_are_under_way_goes_together() {
        let (together, commands, gate) = halves(0);
        let together = Arc::new(together);
        let mut answers = Vec::new();
        for key in [2, 4, 6, 7, 6] {
            let asked = together.clone();
            answers.push(tokio::spawn(async move { asked.read(key).await.unwrap() }));
            // The test's one thread lets each get as far as it can.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        gate.add_permits(100);
        let answers: Vec<_> = join_all(answers).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [Some(1), Some(2), Some(3), None, Some(3)]);
        assert_eq!(*commands.lock().unwrap(), [vec![2], vec![4], vec![6, 7, 6]]);
    }

    #[tokio::test]
    async fn a_read_that_fails_or_panics_fails_whoever_asked_it_alone() {
        let (together, _, _) = halves(100);
        assert!(matches!(together.read(13).await, Err(Fault::Closed)));
        assert!(matches!(together.read(15).await, Err(Fault::Late)));
        for _ in 0..COMMANDS * 2 {
            assert!(together.read(13).await.is_err());
        }
        assert!(matches!(together.read(8).await, Ok(Some(4))));
    }
}
