//! What a document of `conversations` means.

use mongodb::bson::{Bson, Document};
use natter_domain::conversation::MAX_MEMBERS;
use natter_domain::ports::store::NewConversation;
use natter_domain::{ConversationId, ConversationKind, Participant, Role, Timestamp, UserId};

use crate::fields::{self, first, flag, text};
use crate::{Fault, Read};

/// What a group is called whose name nobody knows.
const NAMELESS: &str = "Group";
/// Longest name of a group, in code points.
const MAX_NAME: usize = 100;

/// A conversation of the old server.
#[derive(Debug, PartialEq)]
pub(crate) struct OldConversation {
    pub(crate) id: ConversationId,
    pub(crate) kind: ConversationKind,
    pub(crate) name: Option<String>,
    pub(crate) photo: Option<String>,
    /// Each once, in their order.
    pub(crate) participants: Vec<UserId>,
    pub(crate) admins: Vec<UserId>,
    pub(crate) created_at: Timestamp,
    /// Who has blocked the other one, of a direct one.
    pub(crate) blocked_by: Vec<UserId>,
}

/// Reads one. Whether the participants are there is not looked at.
pub(crate) fn read(document: &Document) -> Result<Read<OldConversation>, Fault> {
    let Some(Bson::ObjectId(id)) = document.get("_id") else { return Err("_id is no ObjectId".to_owned()) };
    let created_at =
        fields::time_or_id(document, &["createdAt"], id.bytes()).ok_or("createdAt is no time")?;
    let mut changes = Vec::new();
    let (participants, mut admins) = participants(document, &mut changes)?;
    let kind = kind(document, participants.len())?;
    admins.extend(ids(first(document, &["admins", "admin", "groupAdmins", "groupAdmin"])));
    if admins.is_empty() {
        admins.extend(ids(first(document, &["createdBy", "creator", "owner"])));
    }
    let (mut name, mut photo) = (None, None);
    if kind == ConversationKind::Group {
        name = Some(group_name(document, &mut changes));
        photo = group_photo(document, &mut changes);
    }
    let blocked_by = ids(first(document, &["blockedBy"])).collect();
    let id = ConversationId::from_bytes(id.bytes());
    let value = OldConversation { id, kind, name, photo, participants, admins, created_at, blocked_by };
    Ok(Read { value, changes })
}

fn ids(value: Option<&Bson>) -> impl Iterator<Item = UserId> + '_ {
    fields::list(value).iter().filter_map(fields::id).map(UserId::from_bytes)
}

fn participants(document: &Document, changes: &mut Vec<String>) -> Result<(Vec<UserId>, Vec<UserId>), Fault> {
    let Some(Bson::Array(list)) = first(document, &["participants", "members", "users"]) else {
        return Err("participants is no list".to_owned());
    };
    let (mut participants, mut admins) = (Vec::new(), Vec::new());
    for entry in list {
        let Some(user) = fields::id(entry).map(UserId::from_bytes) else {
            changes.push("a participant has no id: they are left out".to_owned());
            continue;
        };
        if let Bson::Document(entry) = entry
            && (text(entry, &["role"]).is_some_and(|role| matches!(role, "admin" | "owner"))
                || flag(entry, &["isAdmin"]))
        {
            admins.push(user);
        }
        if !participants.contains(&user) {
            participants.push(user);
        }
    }
    Ok((participants, admins))
}

fn kind(document: &Document, participants: usize) -> Result<ConversationKind, Fault> {
    let kind = match text(document, &["type", "conversationType", "chatType"])
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("direct" | "private" | "individual" | "one-to-one" | "personal" | "dm") => {
            Some(ConversationKind::Direct)
        }
        Some("group" | "channel" | "room") => Some(ConversationKind::Group),
        Some(_) => return Err("type is none that there is".to_owned()),
        None => None,
    };
    Ok(kind.unwrap_or_else(|| {
        let is_group = flag(document, &["isGroup", "isGroupChat"]) || participants > 2;
        let is_named = text(document, &["groupName"]).is_some();
        if is_group || is_named { ConversationKind::Group } else { ConversationKind::Direct }
    }))
}

fn group_name(document: &Document, changes: &mut Vec<String>) -> String {
    let Some(old) = text(document, &["name", "groupName", "chatName", "title"]) else {
        changes.push(format!("the group has no name: it is {NAMELESS} now"));
        return NAMELESS.to_owned();
    };
    let name: String = old.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    if name != old.trim() {
        changes
            .push(format!("name is longer than {MAX_NAME} characters, or has control characters: it is cut"));
    }
    if name.trim().is_empty() { NAMELESS.to_owned() } else { name }
}

fn group_photo(document: &Document, changes: &mut Vec<String>) -> Option<String> {
    const NAMES: [&str; 6] = ["groupImage", "groupPhoto", "groupAvatar", "photo", "avatar", "image"];
    let url = text(document, &NAMES)?.trim();
    if !fields::is_url(url) {
        changes.push("the picture is no http(s) URL and no path: there is none now".to_owned());
        return None;
    }
    Some(url.to_owned())
}

/// To be stored, with those of its participants who are there: the others are told of.
pub(crate) fn with_known(
    old: &OldConversation,
    is_known: impl Fn(UserId) -> bool,
    changes: &mut Vec<String>,
) -> Result<NewConversation, Fault> {
    let (known, unknown): (Vec<_>, Vec<_>) = old.participants.iter().partition(|user| is_known(**user));
    if old.kind == ConversationKind::Direct && (known.len(), unknown.len()) != (2, 0) {
        let unknown: Vec<_> = unknown.iter().map(ToString::to_string).collect();
        return Err(match unknown.as_slice() {
            [] => format!("a direct conversation has two participants, and this has {}", known.len()),
            _ => format!("there is no participant {}", unknown.join(", ")),
        });
    }
    if known.is_empty() {
        return Err("none of the participants is there".to_owned());
    }
    if known.len() > MAX_MEMBERS {
        return Err(format!("there are {} participants; {MAX_MEMBERS} is the most", known.len()));
    }
    changes.extend(unknown.iter().map(|user| format!("there is no participant {user}: they are left out")));
    let mut participants: Vec<_> = known
        .into_iter()
        .map(|user| {
            let is_admin = old.kind == ConversationKind::Group && old.admins.contains(&user);
            let role = if is_admin { Role::Admin } else { Role::Member };
            Participant { user, role, joined_at: old.created_at }
        })
        .collect();
    let has_admin = participants.iter().any(|participant| participant.role == Role::Admin);
    if let (ConversationKind::Group, false, Some(first)) = (old.kind, has_admin, participants.first_mut()) {
        first.role = Role::Admin;
        changes.push(format!("the group has no admin: {} is now", first.user));
    }
    Ok(NewConversation {
        id: old.id,
        kind: old.kind,
        name: old.name.clone(),
        photo: old.photo.clone(),
        participants,
        at: old.created_at,
    })
}

#[cfg(test)]
mod tests;
