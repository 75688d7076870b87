//! Going on under a new token.

use natter_domain::Rejection;

use super::{Session, open};
use crate::dialect::Answer;

impl Session {
    /// Takes a new token of the same user; a bad one changes nothing.
    pub(super) async fn refresh(&mut self, token: &str) -> Result<Answer, Rejection> {
        let identity = self.gateway.authenticator.authenticate_afresh(token).await?;
        if identity.bearer.user != self.connection.user_id() {
            return Err(Rejection::Unauthenticated);
        }
        let expires_at = identity.bearer.expires_at;
        self.connection.renew(identity.bearer);
        self.expiry.abort();
        self.expiry = open::expire(self.gateway.clone(), self.connection.clone());
        Ok(Answer::Refreshed { expires_at })
    }
}
