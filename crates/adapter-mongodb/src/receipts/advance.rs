//! Writes how far messages have been delivered, in many conversations, by one command.
//!
//! Each document is written if its `version` is still the one that was read. Where it is not, the
//! server would have to insert another one of the same key, which it refuses: so it is known which
//! were written. The driver does not repeat such a command as it does its own. Instead each document
//! says which delivery wrote it last, by which one whose answer was lost is found.

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{self, Document, doc};
use serde::Deserialize;

use crate::connection::acknowledged;
use crate::fault::{Fault, taken_of, within};
use crate::values::long;

/// A change of one conversation's document.
pub(super) struct Advance<'a> {
    pub(super) conversation: ObjectId,
    /// As it was read; zero where there was none.
    pub(super) version: i64,
    /// Which delivery this is.
    pub(super) by: ObjectId,
    /// How far each of these is now.
    pub(super) seqs: &'a [(ObjectId, u64)],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    write_errors: Vec<Refusal>,
    write_concern_error: Option<Document>,
}

#[derive(Deserialize)]
struct Refusal {
    index: usize,
    code: i32,
    #[serde(default)]
    errmsg: String,
}

impl Advance<'_> {
    fn update(&self) -> Document {
        let mut set = doc! { "by": self.by };
        for (user, seq) in self.seqs {
            set.insert(format!("seqs.{}", user.to_hex()), long(*seq));
        }
        doc! {
            "q": { "_id": self.conversation, "version": self.version },
            "u": { "$set": set, "$inc": { "version": 1_i64 } },
            "upsert": true,
        }
    }
}

/// Writes them, and answers of each whether it is known to be written. By the key.
pub(super) async fn write(database: &Database, advances: &[Advance<'_>]) -> Result<Vec<bool>, Fault> {
    if advances.is_empty() {
        return Ok(Vec::new());
    }
    let command = doc! {
        "update": "deliveries",
        "updates": advances.iter().map(Advance::update).collect::<Vec<_>>(),
        "ordered": false,
        "writeConcern": bson::serialize_to_document(&acknowledged())?,
    };
    let answer = match within(database.run_command(command)).await {
        Ok(answer) => answer,
        Err(fault) if fault.is_passing() => return Ok(vec![false; advances.len()]),
        Err(fault) => return Err(fault),
    };
    let answer: Answer = bson::deserialize_from_document(answer)?;
    // What has no majority may be taken back.
    let mut written = vec![answer.write_concern_error.is_none(); advances.len()];
    for refusal in answer.write_errors {
        if taken_of(refusal.code, &refusal.errmsg).is_none() {
            return Err(Fault::Refused(refusal.code));
        }
        if let Some(written) = written.get_mut(refusal.index) {
            *written = false;
        }
    }
    Ok(written)
}
