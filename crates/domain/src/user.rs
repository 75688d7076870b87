//! People.

use crate::id::UserId;
use crate::time::Timestamp;

/// What goes with a person wherever they are named.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct UserRef {
    /// Who.
    pub id: UserId,
    /// Unique name, for logging in and searching.
    pub username: String,
    /// Shown name.
    pub name: String,
    /// URL of their picture.
    pub profile_image: Option<String>,
}

/// What everybody may see of a person.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Profile {
    /// Who.
    pub user: UserRef,
    /// When they were last online; `None` if never, or hidden by a block.
    pub last_seen: Option<Timestamp>,
}

/// A person, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct User {
    /// What everybody may see.
    pub profile: Profile,
    /// Lower-cased address; empty for users that another login service owns.
    pub email: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A change of one's own profile; `None` leaves a field as it is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// New shown name.
    pub name: Option<String>,
    /// New unique name.
    pub username: Option<String>,
    /// New picture; `Some(None)` removes it.
    pub profile_image: Option<Option<String>>,
    /// New lower-cased address; `Some` of an empty one removes it. Not for the user to change.
    pub email: Option<String>,
}
