//! What a document of `users` means.

use mongodb::bson::{Bson, Document};
use natter_domain::account;
use natter_domain::ports::store::NewUser;
use natter_domain::{Profile, Timestamp, User, UserId, UserRef};

use crate::fields::{self, first, text};
use crate::{Fault, Read};

/// bcrypt's work grows with two to the power of this: more would keep a login for many seconds.
const MAX_BCRYPT_COST: u32 = 15;

/// Somebody of the old server.
#[derive(Debug, PartialEq)]
pub(crate) struct OldUser {
    pub(crate) id: UserId,
    /// What they may be called, best first.
    pub(crate) usernames: [String; 3],
    /// Whether the first one is what they were called.
    pub(crate) is_named: bool,
    pub(crate) name: String,
    pub(crate) image: Option<String>,
    /// Empty for none.
    pub(crate) email: String,
    /// Empty for none.
    pub(crate) password_hash: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_seen: Option<Timestamp>,
    /// Those they have blocked.
    pub(crate) blocked: Vec<UserId>,
}

impl OldUser {
    /// To be stored under this name and address.
    pub(crate) fn named(&self, username: &str, email: &str) -> NewUser {
        let user = UserRef {
            id: self.id,
            username: username.to_owned(),
            name: self.name.clone(),
            profile_image: self.image.clone(),
        };
        NewUser {
            user: User {
                profile: Profile { user, last_seen: None },
                email: email.to_owned(),
                created_at: self.created_at,
            },
            password_hash: self.password_hash.clone(),
        }
    }
}

/// Reads one. Left out is who has no id that can be kept, or was made at no time.
pub(crate) fn read(document: &Document) -> Result<Read<OldUser>, Fault> {
    let Some(Bson::ObjectId(id)) = document.get("_id") else { return Err("_id is no ObjectId".to_owned()) };
    let id = UserId::from_bytes(id.bytes());
    let created_at =
        fields::time_or_id(document, &["createdAt"], *id.bytes()).ok_or("createdAt is no time")?;
    let mut changes = Vec::new();
    let email = email(document, &mut changes);
    let old_name = text(document, &["username", "userName", "handle"]);
    let shown_name = name(document);
    let wished = old_name.or(email.split_once('@').map(|(local, _)| local)).or(shown_name.as_deref());
    let usernames = account::usernames(wished.unwrap_or_default(), id);
    let [first_choice, ..] = &usernames;
    let is_named = old_name == Some(first_choice);
    if let (Some(_), false) = (old_name, is_named) {
        changes.push(format!(
            "username has other characters than Natter's, or another length: it is {first_choice} now"
        ));
    }
    let name = shown_name.unwrap_or_else(|| first_choice.clone());
    let name = account::name(&name).unwrap_or_else(|_| {
        changes.push("name is longer than 100 characters, or has control characters".to_owned());
        name.chars().filter(|c| !c.is_control()).take(100).collect::<String>().trim().to_owned()
    });
    let (image, password_hash) = (image(document, &mut changes), password_hash(document, &mut changes));
    let last_seen = first(document, &["lastSeen", "lastActive", "lastOnline"]).and_then(fields::time);
    let blocked = first(document, &["blockedUsers", "blocked", "blockList", "blockedList"]);
    let blocked = blocked.filter(|list| matches!(list, Bson::Array(_)));
    let blocked = fields::list(blocked).iter().filter_map(fields::id).map(UserId::from_bytes).collect();
    let value = OldUser {
        id,
        usernames,
        is_named,
        name,
        image,
        email,
        password_hash,
        created_at,
        last_seen,
        blocked,
    };
    Ok(Read { value, changes })
}

fn name(document: &Document) -> Option<String> {
    if let Some(name) = text(document, &["name", "fullName", "fullname", "displayName"]) {
        return Some(name.trim().to_owned());
    }
    let parts: Vec<_> =
        ["firstName", "lastName"].iter().filter_map(|part| text(document, &[part])).map(str::trim).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn email(document: &Document, changes: &mut Vec<String>) -> String {
    let Some(old) = text(document, &["email"]) else { return String::new() };
    account::email(old).unwrap_or_else(|_| {
        changes.push("email is no address: there is none now".to_owned());
        String::new()
    })
}

fn image(document: &Document, changes: &mut Vec<String>) -> Option<String> {
    const NAMES: [&str; 7] =
        ["profileImage", "profilePicture", "profilePic", "avatar", "picture", "image", "photo"];
    let url = match first(document, &NAMES)? {
        Bson::String(url) => url.trim(),
        Bson::Document(image) => text(image, &["url", "secure_url", "path"])?,
        _ => return None,
    };
    if url.is_empty() {
        return None;
    }
    if !fields::is_url(url) {
        changes.push("the picture is no http(s) URL and no path: there is none now".to_owned());
        return None;
    }
    Some(url.to_owned())
}

/// What can be checked at login: bcrypt's hashes, and PHC strings of argon2.
fn password_hash(document: &Document, changes: &mut Vec<String>) -> String {
    const NAMES: [&str; 4] = ["password", "passwordHash", "hashedPassword", "hash"];
    let Some(old) = text(document, &NAMES) else { return String::new() };
    if is_bcrypt(old) || is_argon2(old) {
        return old.to_owned();
    }
    changes.push("the password is no hash of bcrypt or argon2: there is none now".to_owned());
    String::new()
}

/// `$2b$10$` and 53 characters of salt and hash.
fn is_bcrypt(hash: &str) -> bool {
    let mut parts = hash.split('$');
    let (Some(""), Some("2a" | "2b" | "2y"), Some(cost), Some(rest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let of_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/');
    cost.len() == 2
        && cost.parse().is_ok_and(|cost: u32| (4..=MAX_BCRYPT_COST).contains(&cost))
        && rest.len() == 53
        && rest.chars().all(of_base64)
}

fn is_argon2(hash: &str) -> bool {
    ["$argon2id$", "$argon2i$", "$argon2d$"].iter().any(|begun| hash.starts_with(begun))
        && hash.split('$').count() == 6
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{DateTime, doc};

    use super::*;

    const BCRYPT: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    fn oid(n: u8) -> ObjectId {
        let mut id = [0; 12];
        id[0] = 0x65;
        id[11] = n;
        ObjectId::from_bytes(id)
    }

    fn read_with(fields: Document) -> Read<OldUser> {
        let mut document = doc! { "_id": oid(1) };
        document.extend(fields);
        read(&document).unwrap()
    }

    #[test]
    fn every_field_is_kept() {
        let at = DateTime::from_millis(1_700_000_000_123);
        let Read { value, changes } = read_with(doc! {
            "username": "Ada_L", "name": " Ada Lovelace ", "email": "Ada@Example.ORG", "password": BCRYPT,
            "avatar": "https://cdn.example/a.png", "createdAt": at, "lastSeen": at,
            "blockedUsers": [oid(2), { "user": oid(3) }],
        });
        let time = Timestamp::from_millis(1_700_000_000_123);
        let blocked = vec![UserId::from_bytes(oid(2).bytes()), UserId::from_bytes(oid(3).bytes())];
        assert_eq!(changes, [""; 0]);
        let new = value.named("Ada_L", &value.email);
        assert_eq!(value.usernames[0], "Ada_L");
        assert!(value.is_named);
        assert_eq!((value.last_seen, value.blocked), (Some(time), blocked));
        assert_eq!(new.password_hash, BCRYPT);
        assert_eq!(new.user.created_at, time);
        assert_eq!(new.user.email, "ada@example.org");
        assert_eq!(new.user.profile.user.name, "Ada Lovelace");
        assert_eq!(new.user.profile.user.profile_image.as_deref(), Some("https://cdn.example/a.png"));
    }

    #[test]
    fn a_username_is_found_where_there_is_none() {
        for (fields, expected) in [
            (doc! { "email": "ada.l@example.org", "name": "Ada" }, "ada.l"),
            (doc! { "name": "Ada Lovelace" }, "Ada_Lovelace"),
            (doc! { "firstName": "Ada", "lastName": "Byron" }, "Ada_Byron"),
            (doc! {}, "user-000001"),
        ] {
            let read = read_with(fields);
            assert_eq!((read.value.usernames[0].as_str(), read.changes), (expected, vec![]));
            assert!(!read.value.is_named);
        }
    }

    #[test]
    fn what_can_not_be_kept_is_told_of() {
        for (fields, words) in [
            (doc! { "username": "Ada Lovelace" }, "it is Ada_Lovelace now"),
            (doc! { "username": "ad" }, "it is ad-000001 now"),
            (doc! { "email": "ada" }, "email is no address"),
            (doc! { "avatar": "javascript:alert(1)" }, "no http(s) URL"),
            (doc! { "password": "hunter2" }, "no hash of bcrypt"),
            (doc! { "password": BCRYPT.replace("$10$", "$31$") }, "no hash of bcrypt"),
            (doc! { "name": "x".repeat(101) }, "longer than 100"),
        ] {
            let changes = read_with(fields).changes;
            assert!(matches!(changes.as_slice(), [one] if one.contains(words)), "{changes:?}");
            assert!(!changes.concat().contains("hunter2"));
        }
        for (document, words) in [
            (doc! { "_id": "ada" }, "_id is no ObjectId"),
            (doc! { "name": "Ada" }, "_id is no ObjectId"),
            (doc! { "_id": oid(1), "createdAt": "yesterday" }, "createdAt is no time"),
        ] {
            assert_eq!(read(&document).unwrap_err(), words);
        }
    }

    #[test]
    fn no_picture_is_no_fault() {
        for fields in [doc! { "avatar": "" }, doc! { "avatar": null }, doc! { "avatar": {} }] {
            let read = read_with(fields);
            assert_eq!((read.value.image, read.changes), (None, vec![]));
        }
    }
}
