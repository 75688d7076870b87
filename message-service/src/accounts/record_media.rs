//! See [`natter_domain::command::Command::RecordMedia`].

use natter_domain::command::RecordMedia;

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn record_media(&self, command: RecordMedia) -> Result<(), ServiceError> {
        Ok(self.stores.media.record(command.record).await?)
    }
}
