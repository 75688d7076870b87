//! Who is there: those of the old server who are in, and those whom the store had before.

use std::collections::HashSet;

use natter_domain::UserId;
use natter_domain::ports::store::StoreError;

use crate::target::Target;

/// Everybody who was asked for, and who has blocked whom.
#[derive(Default)]
pub(super) struct People {
    known: HashSet<UserId>,
    unknown: HashSet<UserId>,
    blocks: Vec<(UserId, UserId)>,
}

impl People {
    pub(super) fn has(&self, user: UserId) -> bool {
        self.known.contains(&user)
    }

    /// Is in now.
    pub(super) fn add(&mut self, user: UserId) {
        self.known.insert(user);
        self.unknown.remove(&user);
    }

    pub(super) fn add_block(&mut self, blocker: UserId, blocked: UserId) {
        self.blocks.push((blocker, blocked));
    }

    pub(super) fn take_blocks(&mut self) -> Vec<(UserId, UserId)> {
        std::mem::take(&mut self.blocks)
    }

    /// Looks in the store for those who were not asked for before, so that [`People::has`] knows.
    pub(super) async fn look_up(&mut self, target: &Target, users: &[UserId]) -> Result<(), StoreError> {
        let is_new = |user: &&UserId| !self.known.contains(user) && !self.unknown.contains(user);
        let asked: HashSet<UserId> = users.iter().filter(is_new).copied().collect();
        if asked.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = asked.into_iter().collect();
        let found = target.users(&asked).await?;
        self.unknown.extend(asked.into_iter().filter(|user| !found.contains(user)));
        self.known.extend(found);
        Ok(())
    }
}
