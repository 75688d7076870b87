//! What a token says, once its signature is known to be good.

use natter_domain::id::{SessionId, UserId};
use natter_domain::session::Bearer;
use natter_domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::VerifierSettings;

/// 9999-12-31T23:59:59.999Z: later than that, a time can't be written.
const LATEST: f64 = 253_402_300_799_999.0;

/// The claims that are looked at. Times are seconds since 1970, with or without a fraction.
#[derive(Deserialize)]
pub(crate) struct Claims {
    sub: Option<Value>,
    id: Option<Value>,
    sid: Option<Value>,
    iss: Option<Value>,
    aud: Option<Value>,
    iat: Option<f64>,
    nbf: Option<f64>,
    exp: Option<f64>,
    /// All others.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

impl Claims {
    /// Who bears the token, if it is good now. `digest` names the session of a token without one of
    /// ours, and `ours` says that the signature was made with our secret: `sid` of another issuer
    /// is none of our sessions.
    pub(crate) fn bearer(
        &self,
        settings: &VerifierSettings,
        now: Timestamp,
        ours: bool,
        digest: SessionId,
    ) -> Option<Bearer> {
        let expires_at = timestamp(self.exp?);
        if now >= expires_at.after(settings.leeway) {
            return None;
        }
        if self.nbf.is_some_and(|nbf| timestamp(nbf) > now.after(settings.leeway)) {
            return None;
        }
        if !accepted(settings.issuer.as_deref(), self.iss.as_ref())
            || !accepted(settings.audience.as_deref(), self.aud.as_ref())
        {
            return None;
        }
        let user = self.sub.as_ref().or(self.id.as_ref())?.as_str()?;
        let own = self.sid.as_ref().and_then(Value::as_str).and_then(|sid| sid.parse().ok());
        let own = own.filter(|_| ours);
        Some(Bearer {
            user: UserId::lenient(user),
            session: own.unwrap_or(digest),
            own: own.is_some(),
            issued_at: self.iat.map_or_else(Timestamp::default, timestamp),
            expires_at,
        })
    }
}

/// Whether the claim is, or has among others, what it must be.
fn accepted(wanted: Option<&str>, claim: Option<&Value>) -> bool {
    let Some(wanted) = wanted else { return true };
    match claim {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
        _ => false,
    }
}

fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0).round().clamp(0.0, LATEST) as i64)
}
