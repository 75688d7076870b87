//! See [`natter_domain::command::Command::RecordActivity`].

use natter_domain::ActivityEntry;
use natter_domain::command::RecordActivity;

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn record_activity(
        &self,
        command: RecordActivity,
    ) -> Result<ActivityEntry, ServiceError> {
        let entry = ActivityEntry { created_at: self.clock.now(), ..command.entry };
        entry.check()?;
        Ok(self.stores.activity.record(entry).await?)
    }
}
