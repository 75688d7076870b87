//! What a token says of its bearer's profile.

use natter_domain::user::ProfileChange;
use serde_json::{Map, Value};

/// In which claims it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The name for searching.
    pub username: String,
    /// The shown name.
    pub name: String,
    /// The URL of the picture.
    pub picture: String,
    /// The address.
    pub email: String,
}

impl ClaimNames {
    /// What of it is there, as it is there.
    pub(crate) fn read(&self, claims: &Map<String, Value>) -> ProfileChange {
        let text = |name: &str| {
            let text = claims.get(name)?.as_str()?;
            (!text.trim().is_empty()).then(|| text.to_owned())
        };
        // OpenID Connect: what is said to be unproven is nobody's address.
        let is_proven = claims.get("email_verified") != Some(&Value::Bool(false));
        ProfileChange {
            name: text(&self.name),
            username: text(&self.username),
            profile_image: text(&self.picture).map(Some),
            email: text(&self.email).filter(|_| is_proven),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_read_from_the_named_claims() {
        let names = ClaimNames {
            username: "nick".to_owned(),
            name: "name".to_owned(),
            picture: "picture".to_owned(),
            email: "email".to_owned(),
        };
        let read = |claims: Value| names.read(claims.as_object().unwrap());
        let ada =
            json!({ "nick": "ada", "name": "Ada", "picture": "https://a.example/a", "email": "a@b.co" });
        let expected = ProfileChange {
            name: Some("Ada".to_owned()),
            username: Some("ada".to_owned()),
            profile_image: Some(Some("https://a.example/a".to_owned())),
            email: Some("a@b.co".to_owned()),
        };
        assert_eq!(read(ada), expected);
        for nothing in
            [json!({}), json!({ "nick": 7, "name": " ", "email": null, "preferred_username": "x" })]
        {
            assert_eq!(read(nothing), ProfileChange::default());
        }
        assert_eq!(read(json!({ "email": "a@b.co", "email_verified": false })).email, None);
        assert!(read(json!({ "email": "a@b.co", "email_verified": true })).email.is_some());
    }
}
