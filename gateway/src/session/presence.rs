//! Asking who is online.

use natter_domain::command::GetPresence;
use natter_domain::{Rejection, UserId};

use super::Session;
use crate::dialect::{Answer, Asked};

impl Session {
    pub(super) async fn get_presence(&self, users: Asked<UserId>) -> Result<Answer, Rejection> {
        let viewer = self.connection.user_id();
        let Asked { things, malformed } = users;
        let users = self.gateway.commands.call(GetPresence { viewer, users: things }).await?;
        Ok(Answer::Presences { users, malformed })
    }
}
