//! Who is online, and who may know.

use std::collections::{HashMap, HashSet};

use natter_domain::command::{GetPresence, ListVisible, WhoIsConnected};
use natter_domain::presence::UserPresence;
use natter_domain::{Rejection, UserId};

use crate::error::ServiceError;
use crate::service::PresenceService;

/// Most users in one [`GetPresence`].
const MAX_ASKED: usize = 100;
/// Most users in one [`WhoIsConnected`].
const MAX_ASKED_BY_SERVICES: usize = 1_000;

impl PresenceService {
    /// In the order asked for. Who is unknown, or across a block, looks the same: offline, and
    /// never seen.
    pub(crate) async fn get_presence(&self, command: GetPresence) -> Result<Vec<UserPresence>, ServiceError> {
        let GetPresence { viewer, users } = command;
        if users.len() > MAX_ASKED {
            return Err(Rejection::invalid("userIds", "at most 100").into());
        }
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let visible = async { Ok(self.commands.call(ListVisible { viewer, users: users.clone() }).await?) };
        let online = async { Ok::<_, ServiceError>(self.presence.online(&users).await?) };
        let (visible, online) = tokio::try_join!(visible, online)?;
        let last_seen: HashMap<_, _> =
            visible.items.into_iter().map(|profile| (profile.user.id, profile.last_seen)).collect();
        let presence = |user| match last_seen.get(&user) {
            Some(last_seen) => UserPresence { user, online: online.contains(&user), last_seen: *last_seen },
            None => UserPresence { user, online: false, last_seen: None },
        };
        Ok(users.into_iter().map(presence).collect())
    }

    pub(crate) async fn who_is_connected(
        &self,
        command: WhoIsConnected,
    ) -> Result<HashSet<UserId>, ServiceError> {
        if command.users.len() > MAX_ASKED_BY_SERVICES {
            return Err(Rejection::invalid("users", "at most 1000").into());
        }
        Ok(self.presence.connected(&command.users).await?)
    }
}
