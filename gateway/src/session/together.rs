//! Events that wait one behind the other, and are carried out together.

use super::Session;
use crate::dialect::{ClientEvent, Request};
use crate::socket::{Ack, Payload};

impl Session {
    /// Takes what waits right behind an event, if it has the same name and `pick` makes something of it
    /// and its bytes. One that is one too many is the last: [`Session::refuse_flooded`] answers it.
    pub(super) fn take_next<T>(
        &mut self,
        event: &ClientEvent,
        pick: impl FnOnce(Request, usize) -> Option<T>,
    ) -> Option<(T, Option<Ack>)> {
        if self.flooded.is_some() {
            return None;
        }
        let pick = |name: &str, payload: &Payload| {
            let request = (name == event.name).then(|| (event.read)(payload).ok())??;
            pick(request, payload.bytes())
        };
        let (picked, ack) = self.connection.take_next(pick)?;
        match self.limiter.check() {
            Ok(()) => Some((picked, ack)),
            Err(rejection) => {
                self.flooded = Some((ack, rejection));
                None
            }
        }
    }

    /// Refuses what was one too many, once those before it are answered.
    pub(super) fn refuse_flooded(&mut self, event: &ClientEvent) {
        if let Some((ack, rejection)) = self.flooded.take() {
            self.refuse_rate(event.name, ack, &rejection);
        }
    }
}
