//! What users note of themselves: a history of one's own, which nobody else sees.

use crate::id::{ActivityId, UserId};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// Longest kind, in code points.
pub const MAX_KIND: usize = 64;
/// Longest reference, in code points.
pub const MAX_REFERENCE: usize = 512;
/// Longest details, in bytes of JSON: the largest page of them has to fit on a bus.
pub const MAX_DETAILS: usize = 4096;

/// Something that a user did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityEntry {
    /// The gateway makes it, so that a retry is the same entry.
    pub id: ActivityId,
    /// Whose.
    pub user: UserId,
    /// What it was, such as `meeting`; the user's client knows which there are.
    pub kind: String,
    /// What it was about, such as a meeting's code.
    pub reference: String,
    /// What else is to be known of it: a JSON object as text.
    pub details: Option<String>,
    /// Under what name the client noted it, so that it is noted once.
    pub client_id: Option<String>,
    /// When it was noted.
    pub created_at: Timestamp,
}

impl ActivityEntry {
    /// Whether it is what an entry may be; that details are an object is the caller's to know.
    /// Rejections: `Invalid`.
    pub fn check(&self) -> Result<(), Rejection> {
        text("kind", &self.kind, MAX_KIND)?;
        text("reference", &self.reference, MAX_REFERENCE)?;
        match &self.details {
            Some(details) if details.len() > MAX_DETAILS => {
                Err(Rejection::invalid("details", format!("must have at most {MAX_DETAILS} bytes as JSON")))
            }
            _ => Ok(()),
        }
    }
}

fn text(field: &str, text: &str, most: usize) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::invalid(field, "must not be empty"));
    }
    match text.chars().nth(most) {
        Some(_) => Err(Rejection::invalid(field, format!("must have at most {most} characters"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_say_something_and_not_too_much() {
        let entry = |kind: &str, reference: &str, details: usize| ActivityEntry {
            id: ActivityId::NONE,
            user: UserId::NONE,
            kind: kind.to_owned(),
            reference: reference.to_owned(),
            details: (details > 0).then(|| "x".repeat(details)),
            client_id: None,
            created_at: Timestamp::default(),
        };
        let (kind, reference) = ("é".repeat(MAX_KIND), "🎉".repeat(MAX_REFERENCE));
        assert_eq!(entry("meeting", "a", 0).check(), Ok(()));
        assert_eq!(entry(&kind, &reference, MAX_DETAILS).check(), Ok(()));
        for (faulty, expected) in [
            (entry("", "a", 0), "kind"),
            (entry(" \n", "a", 0), "kind"),
            (entry(&format!("{kind}x"), "a", 0), "kind"),
            (entry("a", "\u{a0}", 0), "reference"),
            (entry("a", &format!("{reference}x"), 0), "reference"),
            (entry("a", "a", MAX_DETAILS + 1), "details"),
        ] {
            let rejection = faulty.check().unwrap_err();
            assert!(
                matches!(&rejection, Rejection::Invalid { field, .. } if field == expected),
                "{rejection:?}"
            );
        }
    }
}
