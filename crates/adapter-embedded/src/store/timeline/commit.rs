//! Writing to timelines.

use natter_domain::message::{Head, StoredMessage};
use natter_domain::ports::store::{Commit, Committed, Write};
use natter_domain::time::Timestamp;
use rusqlite::OptionalExtension;

use super::super::engine::Unit;
use super::super::fault::Fault;
use super::super::place::place;
use super::index::TextChange;
use super::read;
use super::row;

/// Does the writes up to the first that can't be done, and moves the conversation's head.
pub(super) fn commit(unit: &mut Unit<'_>, commit: Commit) -> Result<Vec<Committed>, Fault> {
    let mut outcomes = Vec::with_capacity(commit.writes.len());
    let Some((number, start)) = read::numbered(unit, commit.conversation)? else {
        outcomes.resize(commit.writes.len(), Committed::NotTried);
        if let Some(first) = outcomes.first_mut() {
            *first = Committed::Gone;
        }
        return Ok(outcomes);
    };
    let mut timeline = Open { number, head: start, last_message_at: None };
    for write in commit.writes {
        let outcome = match outcomes.last() {
            None | Some(Committed::Written) => timeline.write(unit, write)?,
            Some(_) => Committed::NotTried,
        };
        outcomes.push(outcome);
    }
    if timeline.head != start {
        timeline.close(unit)?;
    }
    Ok(outcomes)
}

/// A timeline that is being written to.
struct Open {
    number: i64,
    head: Head,
    last_message_at: Option<Timestamp>,
}

impl Open {
    fn write(&mut self, unit: &mut Unit<'_>, write: Write) -> Result<Committed, Fault> {
        match write {
            Write::Insert(message) => self.insert(unit, message),
            Write::Replace { expected_rev, message } => self.replace(unit, expected_rev, message),
        }
    }

    fn insert(&mut self, unit: &mut Unit<'_>, message: StoredMessage) -> Result<Committed, Fault> {
        let next = Head { rev: self.head.rev + 1, seq: self.head.seq + 1 };
        let fits = (message.rev, message.created_rev, message.seq) == (next.rev, next.rev, next.seq);
        if !fits || !self.inserted(unit, &message)? {
            return self.refused(unit, &message);
        }
        self.head = next;
        self.last_message_at = self.last_message_at.max(Some(message.created_at));
        *unit.position += 1;
        if let Some(text) = message.text {
            let position = *unit.position;
            let change = TextChange { position, conversation: self.number, text: Some(text), indexed: false };
            unit.texts.push(change);
        }
        Ok(Committed::Written)
    }

    /// `false` if one of the unique indexes has it already.
    fn inserted(&self, unit: &Unit<'_>, message: &StoredMessage) -> Result<bool, Fault> {
        let rows = unit
            .prepare_cached(
                "INSERT INTO messages (seq_place, rev_place, position, id, conversation, sender, text, media, \
                 kind, reply_to, reactions, created_rev, client_message_id, edited_at, deleted, created_at, \
                 updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute(rusqlite::params![
                place(self.number, message.seq),
                place(self.number, message.rev),
                *unit.position + 1,
                message.id.bytes(),
                self.number,
                message.sender.bytes(),
                message.text,
                row::write_media(&message.media)?,
                row::code(message.kind),
                message.reply_to.as_ref().map(|id| id.bytes()),
                row::write_reactions(&message.reactions)?,
                place(0, message.created_rev),
                message.client_message_id,
                message.edited_at.map(Timestamp::millis),
                message.deleted,
                message.created_at.millis(),
                message.updated_at.millis(),
            ])?;
        Ok(rows > 0)
    }

    /// Tells a repetition from a collision.
    fn refused(&self, unit: &Unit<'_>, message: &StoredMessage) -> Result<Committed, Fault> {
        let mut stored = read::message(unit, message.id)?;
        if let (None, Some(name)) = (&stored, &message.client_message_id) {
            stored = read::by_client_id(unit, self.number, message.sender, name)?;
        }
        Ok(stored.map_or(Committed::Collided, |stored| Committed::Repeated(Box::new(stored))))
    }

    fn replace(
        &mut self,
        unit: &mut Unit<'_>,
        expected_rev: u64,
        message: StoredMessage,
    ) -> Result<Committed, Fault> {
        if message.rev != self.head.rev + 1 {
            return Ok(Committed::Collided);
        }
        // By messages_by_rev.
        let before: Option<(i64, i64, Option<String>)> = unit
            .prepare_cached(
                "SELECT seq_place, position, text FROM messages WHERE id = ?1 AND rev_place = ?2",
            )?
            .query_row((message.id.bytes(), place(self.number, expected_rev)), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((key, position, text)) = before else { return Ok(Committed::Collided) };
        unit.prepare_cached(
            "UPDATE messages SET rev_place = ?2, text = ?3, media = ?4, kind = ?5, reply_to = ?6, \
             reactions = ?7, edited_at = ?8, deleted = ?9, updated_at = ?10 WHERE seq_place = ?1",
        )?
        .execute(rusqlite::params![
            key,
            place(self.number, message.rev),
            message.text,
            row::write_media(&message.media)?,
            row::code(message.kind),
            message.reply_to.as_ref().map(|id| id.bytes()),
            row::write_reactions(&message.reactions)?,
            message.edited_at.map(Timestamp::millis),
            message.deleted,
            message.updated_at.millis(),
        ])?;
        self.head.rev = message.rev;
        if message.text != text {
            let text = message.text;
            unit.texts.push(TextChange { position, conversation: self.number, text, indexed: true });
        }
        Ok(Committed::Written)
    }

    fn close(self, unit: &Unit<'_>) -> Result<(), Fault> {
        unit.prepare_cached(
            "UPDATE conversations SET last_rev = ?2, last_seq = ?3, \
             last_message_at = coalesce(?4, last_message_at) WHERE number = ?1",
        )?
        .execute((
            self.number,
            place(0, self.head.rev),
            place(0, self.head.seq),
            self.last_message_at.map(Timestamp::millis),
        ))?;
        Ok(())
    }
}
