//! The driver's options: what every operation is done with.

use std::time::Duration;

use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};

use crate::fault::{Fault, within};

/// The database, where the URL names none.
const DATABASE: &str = "natter";
/// What is waited for a server to take an operation. A primary that is elected or restarted within
/// it is an operation that took longer, and no error.
const SELECTION: Duration = Duration::from_secs(5);
/// What is waited for a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// What is waited for a majority. What it leaves of the deadline is for selecting a server.
const MAJORITY: Duration = Duration::from_secs(8);

/// When a write is answered.
pub(crate) fn acknowledged() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY).build()
}

/// Connects, so far as that can be done without a server.
///
/// Acknowledged is what a majority has in its journal, and reads see only that, on the primary: so
/// they see every write that was answered, and none that could be rolled back.
pub(crate) async fn open(url: &str) -> Result<Database, Fault> {
    let mut options: ClientOptions = within(ClientOptions::parse(url)).await?;
    options.app_name.get_or_insert_with(|| "natter".into());
    options.connect_timeout.get_or_insert(CONNECT);
    options.server_selection_timeout =
        Some(options.server_selection_timeout.map_or(SELECTION, |given| given.min(SELECTION)));
    options.retry_reads = Some(true);
    options.retry_writes = Some(true);
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    options.write_concern = Some(acknowledged());
    let database = options.default_database.clone();
    let client = Client::with_options(options)?;
    Ok(client.database(database.as_deref().unwrap_or(DATABASE)))
}
