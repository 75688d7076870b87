//! Keys that another issuer publishes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Serves a JWKS over HTTP, and counts how often it is fetched.
struct Server {
    url: String,
    /// What is answered; without it, the connection is closed.
    document: Arc<Mutex<Option<String>>>,
    fetched: Arc<AtomicUsize>,
}

impl Server {
    async fn start(document: Option<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let document = Arc::new(Mutex::new(document.map(|document| document.to_string())));
        let fetched = Arc::new(AtomicUsize::new(0));
        let (served, count) = (Arc::clone(&document), Arc::clone(&fetched));
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let document = served.lock().unwrap().clone();
                let Some(document) = document else { continue };
                let _ = connection.read(&mut [0; 4096]).await;
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:";
                let _ = connection
                    .write_all(format!("{head} {}\r\n\r\n{document}", document.len()).as_bytes())
                    .await;
            }
        });
        Self { url, document, fetched }
    }

    fn publish(&self, document: Option<Value>) {
        *self.document.lock().unwrap() = document.map(|document| document.to_string());
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }

    fn verifier(&self) -> TokenVerifier {
        verifier(with_jwks(KeySetSource::Url(self.url.clone())))
    }
}

fn with_jwks(source: KeySetSource) -> VerifierSettings {
    VerifierSettings {
        algorithms: vec![Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
        jwks: Some(source),
        ..settings()
    }
}

fn key_set(keys: &[(&Signer, &str)]) -> Value {
    json!({ "keys": keys.iter().map(|(signer, kid)| signer.jwk(kid)).collect::<Vec<_>>() })
}

fn named(signer: &Signer, kid: &str, seconds: i64) -> String {
    let claims = good_but(json!({ "exp": NOW + seconds + 60 }));
    signer.token_with(&json!({ "alg": signer.name(), "kid": kid }), &claims)
}

#[tokio::test]
async fn every_kind_of_key_is_taken_with_and_without_a_name() {
    let [rsa, ec, ed] = Signer::asymmetric();
    let server = Server::start(Some(key_set(&[(&rsa, "r"), (&ec, "c"), (&ed, "d")]))).await;
    let verifier = server.verifier();
    for (signer, kid) in [(&rsa, "r"), (&ec, "c"), (&ed, "d")] {
        assert!(verifier.verify(&named(signer, kid, 0), now()).await.is_ok(), "{kid}");
        assert!(verifier.verify(&signer.token(&good()), now()).await.is_ok(), "{kid}");
    }
    assert_eq!(server.fetched(), 1);
}

#[tokio::test]
async fn keys_for_anything_else_are_left_out() {
    let [rsa, ec, ed] = Signer::asymmetric();
    let weak = Signer::ed();
    let mut document = key_set(&[(&rsa, "r"), (&ec, "c"), (&ed, "d")]);
    document["keys"][0]["use"] = json!("enc");
    document["keys"][1]["alg"] = json!("ES384");
    document["keys"][2]["crv"] = json!("Ed448");
    let keys = document["keys"].as_array_mut().unwrap();
    keys.push(json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode("published"), "kid": "o", "alg": "HS256" }));
    keys.extend([json!({ "kty": "strange" }), json!(7), json!(null)]);
    keys.push(weak.jwk("good"));
    let verifier = Server::start(Some(document)).await.verifier();
    for (signer, kid) in [(&rsa, "r"), (&ec, "c"), (&ed, "d")] {
        let bearer = verifier.verify(&named(signer, kid, 0), now()).await;
        assert_eq!(bearer, Err(TokenError::Invalid), "{kid}");
    }
    let published = Signer::Hs256(b"published".to_vec());
    assert_eq!(verifier.verify(&named(&published, "o", 0), now()).await, Err(TokenError::Invalid));
    assert!(verifier.verify(&named(&weak, "good", 0), now()).await.is_ok());
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_but_not_all_the_time() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let server = Server::start(Some(key_set(&[(&old, "old")]))).await;
    let verifier = server.verifier();
    assert!(verifier.verify(&named(&old, "old", 0), now()).await.is_ok());
    server.publish(Some(key_set(&[(&new, "new")])));
    for _ in 0..20 {
        assert_eq!(verifier.verify(&named(&new, "new", 29), at(29)).await, Err(TokenError::Invalid));
    }
    assert_eq!(server.fetched(), 1);
    assert!(verifier.verify(&named(&new, "new", 30), at(30)).await.is_ok());
    assert_eq!(verifier.verify(&named(&old, "old", 30), at(30)).await, Err(TokenError::Invalid));
    assert_eq!(server.fetched(), 2);
}

#[tokio::test]
async fn many_at_once_fetch_once() {
    let signer = Signer::ed();
    let server = Server::start(Some(key_set(&[(&signer, "k")]))).await;
    let verifier = Arc::new(server.verifier());
    let token = named(&signer, "k", 0);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), token.clone());
            tokio::spawn(async move { verifier.verify(&token, now()).await })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
    assert_eq!(server.fetched(), 1);
}

#[tokio::test]
async fn until_keys_came_nobody_is_refused() {
    let signer = Signer::ed();
    let server = Server::start(None).await;
    let verifier = server.verifier();
    verifier.prepare(now()).await;
    let token = named(&signer, "k", 0);
    assert_eq!(verifier.verify(&token, now()).await, Err(TokenError::Unavailable));
    assert!(verifier.verify(&hs256().token(&good()), now()).await.is_ok());
    server.publish(Some(key_set(&[(&signer, "k")])));
    assert!(verifier.verify(&token, at(2)).await.is_ok());
}

#[tokio::test]
async fn known_keys_are_kept_while_the_url_is_down() {
    let signer = Signer::ed();
    let server = Server::start(Some(key_set(&[(&signer, "k")]))).await;
    let verifier = server.verifier();
    verifier.prepare(now()).await;
    for outage in [None, Some(json!({ "keys": "none" })), Some(json!([]))] {
        server.publish(outage);
        verifier.prepare(at(7200)).await;
        assert!(verifier.verify(&named(&signer, "k", 7200), at(7200)).await.is_ok());
    }
}

#[tokio::test]
async fn keys_that_got_old_are_replaced_behind_the_scenes() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let server = Server::start(Some(key_set(&[(&old, "k")]))).await;
    let verifier = server.verifier();
    verifier.prepare(now()).await;
    server.publish(Some(key_set(&[(&new, "k")])));
    let replaced = async {
        while verifier.verify(&named(&new, "k", 3600), at(3600)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), replaced).await.expect("never replaced");
    assert_eq!(server.fetched(), 2);
}

#[tokio::test]
async fn a_file_is_read_at_the_start_and_again() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("jwks.json");
    let source = KeySetSource::File(path.clone());
    let missing = TokenVerifier::new(with_jwks(source.clone())).err();
    assert!(matches!(missing, Some(SettingsError::UnreadableKeySet { .. })));

    std::fs::write(&path, key_set(&[(&old, "old")]).to_string()).unwrap();
    let verifier = verifier(with_jwks(source));
    std::fs::write(&path, key_set(&[(&old, "old"), (&new, "new")]).to_string()).unwrap();
    for (signer, kid) in [(&old, "old"), (&new, "new")] {
        assert!(verifier.verify(&named(signer, kid, 0), now()).await.is_ok(), "{kid}");
    }
}
