//! Laws of [`UserStore`](natter_domain::ports::store::UserStore).

use natter_domain::ports::store::{AccountError, NewUser, StoreError, Stores};
use natter_domain::user::ProfileChange;

use super::samples::{BAD_CURSORS, at, at_once, new_user, page, register, someone};

fn with_email(username: &str, email: &str) -> NewUser {
    let mut new = new_user(username, "Ada");
    new.user.email = email.into();
    new
}

async fn found(stores: &Stores, prefix: &str) -> Vec<String> {
    let page = stores.users.search(prefix, &[], &page(100, None)).await.expect("searches");
    assert_eq!(page.next, None);
    page.items.into_iter().map(|profile| profile.user.username).collect()
}

pub async fn are_found_by_id_name_and_address(stores: &Stores) {
    let mut new = with_email("Ada_L", "ada@example.org");
    new.user.profile.user.profile_image = Some("/media/a.png".into());
    stores.users.create(new.clone()).await.expect("creates");
    let id = new.user.profile.user.id;
    assert_eq!(stores.users.by_ids(&[someone(), id]).await.expect("reads"), [new.user.clone()]);
    for identifier in ["Ada_L", "ada_l", "ADA_L", "ada@example.org"] {
        let credentials = stores.users.by_identifier(identifier).await.expect("reads").expect(identifier);
        assert_eq!(
            (credentials.user, credentials.password_hash),
            (new.user.clone(), new.password_hash.clone())
        );
    }
    for identifier in ["", "ada", "ada_l%", "ada@example.or", "{\"$ne\":null}", "Ada\0", "*"] {
        assert!(stores.users.by_identifier(identifier).await.expect("reads").is_none(), "{identifier}");
    }
    assert!(stores.users.by_ids(&[]).await.expect("reads").is_empty());
}

pub async fn creating_may_be_repeated(stores: &Stores) {
    let new = with_email("ada", "ada@example.org");
    for _ in 0..2 {
        stores.users.create(new.clone()).await.expect("creates");
    }
    assert_eq!(found(stores, "ada").await, ["ada"]);
}

pub async fn usernames_are_unique_whatever_their_case(stores: &Stores) {
    register(stores, "Änne", "").await;
    for taken in ["Änne", "änne", "ÄNNE"] {
        let refused = stores.users.create(new_user(taken, "")).await;
        assert!(matches!(refused, Err(AccountError::UsernameTaken)), "{taken}");
    }
}

pub async fn the_name_is_looked_at_before_the_address(stores: &Stores) {
    stores.users.create(with_email("ada", "ada@example.org")).await.expect("creates");
    let both = stores.users.create(with_email("Ada", "ada@example.org")).await;
    assert!(matches!(both, Err(AccountError::UsernameTaken)));
    let address = stores.users.create(with_email("bob", "ada@example.org")).await;
    assert!(matches!(address, Err(AccountError::EmailTaken)));
    // Nothing is left of them.
    stores.users.create(with_email("bob", "bob@example.org")).await.expect("creates");
}

pub async fn without_an_address_there_is_none_to_collide_with(stores: &Stores) {
    register(stores, "ada", "").await;
    register(stores, "bob", "").await;
    assert_eq!(found(stores, "").await, ["ada", "bob"]);
}

pub async fn of_many_at_once_one_gets_a_name(stores: &Stores) {
    let made = at_once((0..20).map(|n| {
        let users = stores.users.clone();
        async move { users.create(with_email("ada", &format!("{n}@example.org"))).await }
    }));
    let made = made.await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert!(made.iter().all(|made| matches!(made, Ok(()) | Err(AccountError::UsernameTaken))));
}

pub async fn a_change_leaves_the_rest(stores: &Stores) {
    let id = register(stores, "ada", "Ada").await;
    let before = stores.users.by_ids(&[id]).await.expect("reads").remove(0);
    let mut expected = before.clone();
    let nothing = stores.users.update(id, ProfileChange::default()).await.expect("updates");
    assert_eq!(nothing, Some(before));

    expected.profile.user.name = "Ada Lovelace".into();
    expected.profile.user.profile_image = Some("/media/a.png".into());
    let change = ProfileChange {
        name: Some("Ada Lovelace".into()),
        profile_image: Some(Some("/media/a.png".into())),
        ..ProfileChange::default()
    };
    assert_eq!(stores.users.update(id, change).await.expect("updates"), Some(expected.clone()));

    // One's own name with other case, and no picture.
    expected.profile.user.username = "ADA".into();
    expected.profile.user.profile_image = None;
    let change =
        ProfileChange { username: Some("ADA".into()), profile_image: Some(None), ..ProfileChange::default() };
    assert_eq!(stores.users.update(id, change).await.expect("updates"), Some(expected.clone()));
    assert_eq!(stores.users.by_ids(&[id]).await.expect("reads"), [expected]);
    assert_eq!(stores.users.update(someone(), ProfileChange::default()).await.expect("updates"), None);
}

pub async fn a_taken_name_changes_nothing(stores: &Stores) {
    register(stores, "ada", "Ada").await;
    let bob = register(stores, "bob", "Bob").await;
    let before = stores.users.by_ids(&[bob]).await.expect("reads");
    let change = ProfileChange {
        name: Some("Robert".into()),
        username: Some("Ada".into()),
        ..ProfileChange::default()
    };
    let refused = stores.users.update(bob, change).await;
    assert!(matches!(refused, Err(AccountError::UsernameTaken)));
    assert_eq!(stores.users.by_ids(&[bob]).await.expect("reads"), before);
}

pub async fn last_seen_never_goes_back(stores: &Stores) {
    let id = register(stores, "ada", "Ada").await;
    for (seen, expected) in [(5, 5), (9, 9), (7, 9), (9, 9)] {
        stores.users.record_last_seen(id, at(seen)).await.expect("records");
        let user = stores.users.by_ids(&[id]).await.expect("reads").remove(0);
        assert_eq!(user.profile.last_seen, Some(at(expected)));
    }
    stores.users.record_last_seen(someone(), at(1)).await.expect("records");
}

pub async fn search_finds_beginnings(stores: &Stores) {
    register(stores, "ada_l", "Ada Byron of  Lovelace").await;
    register(stores, "zed", "ΟΔΟΣΣΕΥΣ Ünal").await;
    for prefix in ["a", "ADA", "ada_", "ada b"] {
        assert_eq!(found(stores, prefix).await, ["ada_l"], "{prefix}");
    }
    for prefix in ["οδος", "ΟΔΟΣ", "z"] {
        assert_eq!(found(stores, prefix).await, ["zed"], "{prefix}");
    }
    for prefix in ["yron", "byron", "ada_l2", "ünal", "%", "_"] {
        assert!(found(stores, prefix).await.is_empty(), "{prefix}");
    }
}

pub async fn search_comes_in_pages_by_username(stores: &Stores) {
    // Found by more than one word, and still once.
    for n in [3, 1, 5, 2, 4, 6] {
        register(stores, &format!("Ann{n}"), "Ann Annabel").await;
    }
    let mut cursor = None;
    let mut pages = Vec::new();
    loop {
        let found = stores.users.search("ann", &[], &page(2, cursor)).await.expect("searches");
        pages.push(found.items.into_iter().map(|profile| profile.user.username).collect::<Vec<_>>());
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, [["Ann1", "Ann2"], ["Ann3", "Ann4"], ["Ann5", "Ann6"]]);
    for bad in BAD_CURSORS {
        let refused = stores.users.search("ann", &[], &page(2, Some(bad.into()))).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{bad}");
    }
}

pub async fn search_leaves_out_the_hidden(stores: &Stores) {
    let mut hidden = Vec::new();
    for n in 1..=5 {
        let id = register(stores, &format!("ann{n}"), "").await;
        if n % 2 == 0 {
            hidden.push(id);
        }
    }
    let first = stores.users.search("ann", &hidden, &page(2, None)).await.expect("searches");
    let second = stores.users.search("ann", &hidden, &page(2, first.next.clone())).await.expect("searches");
    let names = |page: &natter_domain::Page<natter_domain::Profile>| -> Vec<String> {
        page.items.iter().map(|profile| profile.user.username.clone()).collect()
    };
    assert_eq!((names(&first), names(&second)), (vec!["ann1".into(), "ann3".into()], vec!["ann5".into()]));
    assert_eq!(second.next, None);
}

pub async fn search_follows_changes(stores: &Stores) {
    let id = register(stores, "ada", "Ada Byron").await;
    let change = ProfileChange {
        name: Some("Lovelace, Ada".into()),
        username: Some("countess".into()),
        ..ProfileChange::default()
    };
    stores.users.update(id, change).await.expect("updates");
    for (prefix, expected) in [("ada", vec![]), ("love", vec!["countess"]), ("countess", vec!["countess"])] {
        assert_eq!(found(stores, prefix).await, expected, "{prefix}");
    }
}

pub async fn search_knows_no_wildcards(stores: &Stores) {
    register(stores, "ada", "100% Ada_*").await;
    register(stores, "bob", "🎉 Bob").await;
    for prefix in ["%", "_", "*", "a%", "a*", ".*", "^a", "\"", "{\"$ne\":null}", "a\0", "\0", "'; --"] {
        assert_eq!(found(stores, prefix).await, Vec::<String>::new(), "{prefix:?}");
    }
    assert_eq!(found(stores, "100%").await, ["ada"]);
    assert_eq!(found(stores, "🎉").await, ["bob"]);
    assert_eq!(found(stores, "100% ada_*").await, ["ada"]);
}

pub async fn an_address_changes_where_it_is_free(stores: &Stores) {
    stores.users.create(with_email("ada", "ada@example.org")).await.expect("creates");
    let bob = with_email("bob", "bob@example.org");
    stores.users.create(bob.clone()).await.expect("creates");
    let id = bob.user.profile.user.id;
    let to = |email: &str| ProfileChange { email: Some(email.into()), ..ProfileChange::default() };
    let taken = stores.users.update(id, to("ada@example.org")).await;
    assert!(matches!(taken, Err(AccountError::EmailTaken)));
    let both = ProfileChange { username: Some("ADA".into()), ..to("ada@example.org") };
    assert!(matches!(stores.users.update(id, both).await, Err(AccountError::UsernameTaken)));
    for email in ["bob@example.org", "robert@example.org", "", ""] {
        let changed = stores.users.update(id, to(email)).await.expect("changes").expect("is there");
        assert_eq!(changed, natter_domain::User { email: email.into(), ..bob.user.clone() });
        let found = stores.users.by_identifier("robert@example.org").await.expect("reads");
        assert_eq!(found.is_some(), email == "robert@example.org");
    }
}

pub async fn a_password_is_replaced_where_it_is_the_one_named(stores: &Stores) {
    let id = register(stores, "ada", "").await;
    let hash = async || {
        let found = stores.users.by_identifier("ada").await.expect("reads");
        found.expect("is there").password_hash
    };
    let set = async |id, before, after| stores.users.set_password(id, before, after).await.expect("writes");
    assert!(!set(id, Some("other"), "$new$").await);
    assert_eq!(hash().await, "$argon2id$");
    assert!(set(id, Some("$argon2id$"), "$new$").await);
    assert_eq!(hash().await, "$new$");
    assert!(set(id, None, "$newer$").await);
    assert_eq!(hash().await, "$newer$");
    assert!(!set(someone(), None, "$new$").await);
}
