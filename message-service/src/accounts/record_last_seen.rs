//! See [`natter_domain::command::Command::RecordLastSeen`].

use natter_domain::command::RecordLastSeen;

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn record_last_seen(&self, command: RecordLastSeen) -> Result<(), ServiceError> {
        Ok(self.stores.users.record_last_seen(command.user, command.at).await?)
    }
}
