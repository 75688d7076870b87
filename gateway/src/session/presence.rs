//! Asking who is online.

use natter_domain::command::GetPresence;
use natter_domain::{Rejection, UserId};

use super::Session;
use crate::dialect::Answer;

impl Session {
    pub(super) async fn get_presence(&self, users: Vec<UserId>) -> Result<Answer, Rejection> {
        let viewer = self.connection.user_id();
        self.gateway.commands.call(GetPresence { viewer, users }).await.map(Answer::Presences)
    }
}
