//! Bringing in users.

use futures::{StreamExt, TryStreamExt};
use natter_domain::UserId;
use natter_domain::ports::store::AccountError;

use super::people::People;
use super::{AT_ONCE, ImportError, Run, next_batch, waves};
use crate::report::USERS;
use crate::user::{self, OldUser};
use crate::{Read, fields};

impl Run<'_> {
    pub(super) async fn users(&self, people: &mut People) -> Result<(), ImportError> {
        let of = self.source.estimate(USERS).await?;
        let mut cursor = self.source.users().await?;
        loop {
            let batch = next_batch(&mut cursor).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let mut read = Vec::new();
            for document in &batch {
                self.report.read(USERS);
                match user::read(document) {
                    Ok(user) => read.push(user),
                    Err(fault) => self.report.left_out(USERS, &fields::name_of(document), fault),
                }
            }
            let ids: Vec<_> = read.iter().map(|user| user.value.id).collect();
            let there = self.target.users(&ids).await?;
            for wave in waves(read, taken) {
                let brought = futures::stream::iter(wave).map(|user| {
                    let is_there = there.contains(&user.value.id);
                    self.user(user, is_there)
                });
                let brought: Vec<OldUser> = brought
                    .buffer_unordered(AT_ONCE)
                    .try_filter_map(|user| async { Ok(user) })
                    .try_collect()
                    .await?;
                for user in brought {
                    people.add(user.id);
                    user.blocked.iter().for_each(|blocked| people.add_block(user.id, *blocked));
                }
            }
            self.progress(USERS, of);
        }
    }

    /// Answers who is in now, or was already.
    async fn user(&self, read: Read<OldUser>, is_there: bool) -> Result<Option<OldUser>, ImportError> {
        let Read { value: user, mut changes } = read;
        let name = user.id.to_string();
        if is_there {
            self.report.there(USERS);
        } else if self.create(&user, &mut changes).await? {
            self.report.added(USERS, &name, changes);
        } else {
            self.report.left_out(USERS, &name, "every username that they could have is taken".to_owned());
            return Ok(None);
        }
        if let Some(at) = user.last_seen {
            self.target.record_last_seen(user.id, at).await?;
        }
        Ok(Some(user))
    }

    /// Under the first name that can be had, and without the address where somebody has it.
    async fn create(&self, user: &OldUser, changes: &mut Vec<String>) -> Result<bool, ImportError> {
        let mut email = user.email.as_str();
        for (place, username) in user.usernames.iter().enumerate() {
            loop {
                match self.target.create_user(user.named(username, email)).await {
                    Ok(()) => {
                        if user.is_named && place > 0 {
                            changes.push(format!("somebody else has the username: it is {username} now"));
                        }
                        return Ok(true);
                    }
                    Err(AccountError::UsernameTaken) => break,
                    Err(AccountError::EmailTaken) => {
                        changes.push("somebody else has the email: there is none now".to_owned());
                        email = "";
                    }
                    Err(AccountError::Store(error)) => return Err(error.into()),
                }
            }
        }
        Ok(false)
    }
}

/// What nobody else can have at the same time: the names are tried in the order of the documents.
fn taken(user: &Read<OldUser>) -> Vec<String> {
    let user = &user.value;
    let id: UserId = user.id;
    let names = user.usernames.iter().map(|name| format!("username {}", name.to_lowercase()));
    let email = (!user.email.is_empty()).then(|| format!("email {}", user.email));
    names.chain(email).chain([format!("id {id}")]).collect()
}
