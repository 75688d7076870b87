//! See [`natter_domain::command::Command::CheckSessions`].

use std::collections::{HashMap, HashSet};

use natter_domain::command::{CheckSessions, MAX_CHECKED};
use natter_domain::session::Bearer;
use natter_domain::{Rejection, UserRef};

use super::Accounts;
use crate::error::ServiceError;

impl Accounts {
    pub(crate) async fn check_sessions(
        &self,
        command: CheckSessions,
    ) -> Result<Vec<Result<UserRef, Rejection>>, ServiceError> {
        let CheckSessions { bearers } = command;
        if bearers.len() > MAX_CHECKED {
            return Err(Rejection::invalid("bearers", format!("at most {MAX_CHECKED}")).into());
        }
        let ids: HashSet<_> = bearers.iter().map(|bearer| bearer.user).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let (users, live) =
            tokio::try_join!(self.stores.users.by_ids(&ids), self.stores.sessions.are_live(&bearers))?;
        let users: HashMap<_, _> = users.into_iter().map(|user| (user.profile.user.id, user)).collect();
        let check = |(bearer, live): (&Bearer, bool)| {
            let user = users.get(&bearer.user).ok_or(Rejection::UserNotFound)?;
            if live { Ok(user.profile.user.clone()) } else { Err(Rejection::SessionRevoked) }
        };
        Ok(bearers.iter().zip(live).map(check).collect())
    }
}
