//! Finding people by the beginning of their name.

use mongodb::bson::doc;
use natter_domain::id::UserId;
use natter_domain::page::{Page, PageRequest};
use natter_domain::user::Profile;

use super::users::UserDocument;
use crate::cursor::{self, List};
use crate::fault::{Fault, all};
use crate::schema::Collections;
use crate::values::oids;

/// Those whose folded username or name begins so, in order of username.
pub(super) async fn search(
    collections: &Collections,
    prefix: &str,
    hidden: &[UserId],
    page: &PageRequest,
) -> Result<Page<Profile>, Fault> {
    let after = match &page.cursor {
        Some(cursor) => {
            let (_, key) = cursor::read(List::Users, cursor)?;
            String::from_utf8(key).map_err(|_| Fault::BadCursor)?
        }
        None => String::new(),
    };
    // Strings compare by their bytes, so a prefix is a range, of `username` and of `name`; what is
    // asked for is never read as a pattern.
    let range = doc! { "$gte": prefix, "$lt": format!("{prefix}{}", char::MAX) };
    let filter = doc! {
        "$or": [{ "usernameKey": &range }, { "nameKey": &range }],
        "usernameKey": { "$gt": after },
        "_id": { "$nin": oids(hidden) },
    };
    let find =
        collections.users.find(filter).sort(doc! { "usernameKey": 1 }).limit(i64::from(page.limit) + 1);
    let mut found = all(find).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|user| cursor::write(List::Users, 0, user.username_key.as_bytes()));
    Ok(Page { items: found.into_iter().map(UserDocument::into_profile).collect(), next })
}
