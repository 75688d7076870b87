//! Collections, and the indexes that their queries need.

mod indexes;
mod lock;

use mongodb::bson::Document;
use mongodb::options::Hint;
use mongodb::{Collection, Database};

use crate::accounts::{
    ActivityDocument, BlockDocument, MediaRecordDocument, SessionDocument, TokenDocument, UserDocument,
};
use crate::conversations::ConversationDocument;
use crate::fault::Fault;
use crate::receipts::{DeliveriesDocument, WatermarkDocument};
use crate::timeline::MessageDocument;

pub(crate) use indexes::name;

/// All that is stored.
pub(crate) struct Collections {
    pub(crate) users: Collection<UserDocument>,
    pub(crate) blocks: Collection<BlockDocument>,
    pub(crate) media: Collection<MediaRecordDocument>,
    /// What users noted of themselves.
    pub(crate) activity: Collection<ActivityDocument>,
    pub(crate) sessions: Collection<SessionDocument>,
    pub(crate) refresh_tokens: Collection<TokenDocument>,
    /// What ended, as a log to be followed.
    pub(crate) revocations: Collection<Document>,
    /// Sessions of other issuers that ended.
    pub(crate) foreign_logouts: Collection<Document>,
    /// The latest logout everywhere of each user.
    pub(crate) user_logouts: Collection<Document>,
    pub(crate) conversations: Collection<ConversationDocument>,
    /// Deleted conversations of which something may be left.
    pub(crate) erasures: Collection<Document>,
    pub(crate) messages: Collection<MessageDocument>,
    /// What each participant has read.
    pub(crate) watermarks: Collection<WatermarkDocument>,
    /// How far messages of a conversation have been delivered, to each participant.
    pub(crate) deliveries: Collection<DeliveriesDocument>,
    /// Processes that write, for what one that dies leaves behind.
    pub(crate) writers: Collection<Document>,
}

impl Collections {
    pub(crate) fn of(database: &Database) -> Self {
        Self {
            users: database.collection("users"),
            blocks: database.collection("blocks"),
            media: database.collection("media"),
            activity: database.collection("activity"),
            sessions: database.collection("sessions"),
            refresh_tokens: database.collection("refreshTokens"),
            revocations: database.collection("revocations"),
            foreign_logouts: database.collection("foreignLogouts"),
            user_logouts: database.collection("userLogouts"),
            conversations: database.collection("conversations"),
            erasures: database.collection("erasures"),
            messages: database.collection("messages"),
            watermarks: database.collection("watermarks"),
            deliveries: database.collection("deliveries"),
            writers: database.collection("writers"),
        }
    }
}

/// Has a query of many alternatives use this index. The server would try several plans for each of them
/// otherwise, which costs many times what the query does.
pub(crate) fn by(index: &str) -> Hint {
    Hint::Name(index.to_owned())
}

/// Makes what is not there yet; one process at a time does.
pub(crate) async fn prepare(database: &Database) -> Result<(), Fault> {
    let lock = lock::acquire(database, "indexes").await?;
    let made = indexes::create(database).await;
    lock.release().await;
    made
}
