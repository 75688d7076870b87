//! Laws of [`Timeline`](natter_domain::ports::store::Timeline): search.

use natter_domain::id::ConversationId;
use natter_domain::ports::store::{MessageQuery, StoreError, Stores, Write};

use super::samples::{
    BAD_CURSORS, at, at_once, change, commit, delete, group, message, page, people, send, send_among_others,
    someone,
};

fn query(text: &str, conversations: &[ConversationId]) -> MessageQuery {
    MessageQuery { text: text.into(), conversations: conversations.to_vec() }
}

/// Texts of what is found.
async fn found(stores: &Stores, text: &str, conversations: &[ConversationId]) -> Vec<String> {
    let page = stores.timeline.search(&query(text, conversations), &page(100, None)).await.expect("searches");
    assert_eq!(page.next, None);
    page.items.into_iter().map(|message| message.text.expect("a text was found")).collect()
}

async fn conversation(stores: &Stores, texts: &[&str]) -> ConversationId {
    let sender = someone();
    let id = group(stores, &[sender]).await;
    for text in texts {
        send(stores, id, sender, text).await;
    }
    id
}

pub async fn finds_all_words_and_a_beginning(stores: &Stores) {
    let id = conversation(
        stores,
        &["the quick brown fox", "a quick-brown dog", "slow and brown", "e-mail x@y.zz"],
    );
    let id = [id.await];
    let (fox, dog, slow) = ("the quick brown fox", "a quick-brown dog", "slow and brown");
    for (text, expected) in [
        ("brown", vec![slow, dog, fox]),
        ("bro", vec![slow, dog, fox]),
        ("brown quick", vec![dog, fox]),
        ("quick bro", vec![dog, fox]),
        ("  quick \n brown\t", vec![dog, fox]),
        ("qui brown", vec![]),
        ("fox", vec![fox]),
        ("ox", vec![]),
        ("quick-brown", vec![dog, fox]),
        ("x@y.z", vec!["e-mail x@y.zz"]),
        ("brown slow fox", vec![]),
    ] {
        assert_eq!(found(stores, text, &id).await, expected, "{text:?}");
    }
}

pub async fn is_case_and_accent_blind(stores: &Stores) {
    let id = [conversation(stores, &["Ärger im CAFÉ", "Привет мир", "über den Wolken 🎉"]).await];
    for (text, expected) in [
        ("ärger", "Ärger im CAFÉ"),
        ("arger cafe", "Ärger im CAFÉ"),
        ("ПРИВЕТ", "Привет мир"),
        ("при", "Привет мир"),
        ("UBER wolk", "über den Wolken 🎉"),
    ] {
        assert_eq!(found(stores, text, &id).await, [expected], "{text}");
    }
}

pub async fn keeps_to_the_conversations(stores: &Stores) {
    let mine = conversation(stores, &["hello from here"]).await;
    let also = conversation(stores, &["hello from there"]).await;
    conversation(stores, &["hello from others"]).await;
    assert_eq!(found(stores, "hello", &[mine]).await, ["hello from here"]);
    let mut both = found(stores, "hello", &[mine, ConversationId::NONE, also, mine]).await;
    both.sort();
    assert_eq!(both, ["hello from here", "hello from there"]);
    for nowhere in [&[][..], &[ConversationId::NONE]] {
        assert_eq!(found(stores, "hello", nowhere).await, Vec::<String>::new());
    }
}

pub async fn keeps_to_many_conversations(stores: &Stores) {
    let expected: Vec<_> = (100..400).map(|n| format!("hello {n}")).collect();
    let made = at_once(expected.iter().map(|text| {
        let (stores, text) = (stores.clone(), text.clone());
        async move {
            if text.ends_with('7') {
                conversation(&stores, &["hello others"]).await;
            }
            conversation(&stores, &[&text, "else"]).await
        }
    }));
    let mut mine = made.await;
    mine.extend((0..1_000).map(|_| ConversationId::generate(at(0))));
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let found =
            stores.timeline.search(&query("hello", &mine), &page(100, cursor)).await.expect("searches");
        all.extend(found.items.into_iter().filter_map(|message| message.text));
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    all.sort();
    assert_eq!(all, expected);
    assert_eq!(found(stores, "hello others", &mine).await, Vec::<String>::new());
}

pub async fn comes_in_pages_newest_first(stores: &Stores) {
    let [a] = people();
    let ids = [group(stores, &[a]).await, group(stores, &[a]).await];
    let mut expected = Vec::new();
    for n in 1..=7_u64 {
        let mut message = message(ids[usize::from(n % 2 == 0)], a, n.div_ceil(2), &format!("hello {n}"));
        message.created_at = at(i64::try_from(n).expect("small"));
        commit(stores, message.conversation, vec![Write::Insert(message.clone())]).await;
        expected.insert(0, message);
    }
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let found = stores.timeline.search(&query("hel", &ids), &page(3, cursor)).await.expect("searches");
        assert!(found.items.len() <= 3);
        all.extend(found.items);
        // What is sent meanwhile moves no page.
        let mut later = message(ids[0], a, 1, "hello");
        later.created_at = at(1_000);
        send_among_others(stores, later).await;
        cursor = found.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all, expected);
    for bad in BAD_CURSORS {
        let refused = stores.timeline.search(&query("hel", &ids), &page(3, Some(bad.into()))).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)), "{bad}");
    }
}

pub async fn follows_edits_and_deletions(stores: &Stores) {
    let [a] = people();
    let id = group(stores, &[a]).await;
    let (one, two) = (send(stores, id, a, "old words").await, send(stores, id, a, "old other words").await);
    let one = change(stores, &one, |message| message.text = Some("new words".into())).await;
    let one = change(stores, &one, |message| message.updated_at = at(50)).await;
    assert_eq!(found(stores, "old", &[id]).await, ["old other words"]);
    assert_eq!(found(stores, "new", &[id]).await, ["new words"]);
    assert_eq!(found(stores, "words", &[id]).await, ["old other words", "new words"]);
    delete(stores, &two).await;
    assert_eq!(found(stores, "words", &[id]).await, ["new words"]);
    // Written and changed in the same commit.
    let mut three = message(id, a, 3, "third");
    (three.rev, three.created_rev) = (one.rev + 2, one.rev + 2);
    let mut edited = three.clone();
    (edited.rev, edited.text) = (three.rev + 1, Some("fourth".into()));
    let writes =
        vec![Write::Insert(three.clone()), Write::Replace { expected_rev: three.rev, message: edited }];
    commit(stores, id, writes).await;
    assert_eq!(found(stores, "third", &[id]).await, Vec::<String>::new());
    assert_eq!(found(stores, "fourth", &[id]).await, ["fourth"]);
}

pub async fn knows_no_syntax(stores: &Stores) {
    let id =
        [conversation(stores, &["alpha beta", "alpha or near", "text not alpha", "$ne null", "c1 c2"]).await];
    for (text, expected) in [
        ("alpha OR", vec!["alpha or near"]),
        ("alpha NOT text", vec!["text not alpha"]),
        ("alpha NOT", vec!["text not alpha"]),
        ("beta OR text", vec![]),
        ("beta AND alpha", vec![]),
        ("-beta alpha", vec!["alpha beta"]),
        ("NEAR(alpha beta)", vec![]),
        ("NEAR", vec!["alpha or near"]),
        ("text:alpha", vec![]),
        ("text : alpha", vec!["text not alpha"]),
        ("{\"$ne\":null}", vec!["$ne null"]),
        ("^alpha", vec!["text not alpha", "alpha or near", "alpha beta"]),
        ("al*ha", vec![]),
        ("alp* beta", vec![]),
        ("al_ha", vec![]),
        ("\"alpha beta\"", vec!["alpha beta"]),
        ("\"beta alpha\"", vec!["alpha beta"]),
        ("alpha\" beta", vec!["alpha beta"]),
        ("alpha\0beta", vec!["alpha beta"]),
        ("(alpha", vec!["text not alpha", "alpha or near", "alpha beta"]),
        ("alpha + beta", vec!["alpha beta"]),
        ("'; DROP TABLE messages; --", vec![]),
        ("c1", vec!["c1 c2"]),
    ] {
        assert_eq!(found(stores, text, &id).await, expected, "{text:?}");
    }
}

pub async fn nothing_is_found_for_nothing(stores: &Stores) {
    let id = [conversation(stores, &["hello", "🎉", "100 %"]).await];
    for text in ["", " ", "%", "_", "*", "\"", "\"\"", "\0", "%%%", ".*", "()", "-", "absent"] {
        assert_eq!(found(stores, text, &id).await, Vec::<String>::new(), "{text:?}");
    }
    let long = "x ".repeat(5_000);
    assert_eq!(found(stores, &long, &id).await, Vec::<String>::new());
}
