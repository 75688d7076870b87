//! `--demo`: two users in a conversation, for the page at `/` and for whoever tries a client.

use std::net::SocketAddr;

use anyhow::Context;
use async_trait::async_trait;
use natter_domain::command::{LogIn, OpenDirect, Register};
use natter_domain::ports::Clock as _;
use natter_domain::session::SignedIn;
use natter_domain::{Rejection, UserId};
use natter_gateway::{DemoSession, DemoUsers};
use natter_runtime::commands::Commands;
use natter_runtime::config::Secret;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::clock::SystemClock;

/// Username and shown name.
const USERS: [(&str, &str); 2] = [("ada", "Ada Lovelace"), ("grace", "Grace Hopper")];

/// The demo users, who are ordinary users in everything.
pub(crate) struct Demo {
    commands: Commands,
    /// Their passwords come from the server's own secret: the same at every start, and no use to
    /// anybody who finds the data directory served without `--demo`.
    passwords: [String; 2],
    /// Held while signing in: of two that come at once to a new data directory, one makes the users.
    signing_in: Mutex<()>,
}

impl Demo {
    pub(crate) fn new(commands: Commands, secret: &Secret) -> Self {
        let passwords = USERS.map(|(username, _)| {
            let digest = Sha256::new()
                .chain_update(b"natter demo user\0")
                .chain_update(username)
                .chain_update(secret.expose())
                .finalize();
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        Self { commands, passwords, signing_in: Mutex::new(()) }
    }

    /// Prints where the page is, both tokens, and what to paste.
    pub(crate) async fn introduce(&self, address: SocketAddr) -> anyhow::Result<()> {
        let session = self.sign_in().await.context("no demo users")?;
        println!("\nThe demo is at http://{address}/\n");
        for signed_in in &session.users {
            let user = &signed_in.user.profile.user;
            println!("{} ({}): {}\n", user.name, user.id, signed_in.access_token);
        }
        let conversation = session.conversation;
        println!(
            "From Node, with `npm install socket.io-client` and one of these tokens (good for {} minutes):\n\n  \
             const {{ io }} = require(\"socket.io-client\");\n  \
             const socket = io(\"http://{address}\", {{ auth: {{ token: \"<token>\" }} }});\n  \
             socket.on(\"new:message\", ({{ message }}) => console.log(message.senderId.name, message.text));\n  \
             socket.on(\"session:ready\", async () => {{\n    \
             await socket.emitWithAck(\"join:conversation\", {{ conversationId: \"{conversation}\" }});\n    \
             await socket.emitWithAck(\"send:message\", {{ conversationId: \"{conversation}\", text: \"Hello\", messageType: \"text\" }});\n  \
             }});\n",
            session.users.first().map_or(0, |signed_in| signed_in.expires_in.as_secs() / 60),
        );
        Ok(())
    }

    async fn user(&self, place: usize) -> Result<SignedIn, Rejection> {
        let (Some((username, name)), Some(password)) = (USERS.get(place), self.passwords.get(place)) else {
            return Err(Rejection::UserNotFound);
        };
        let log_in = LogIn { identifier: (*username).to_owned(), password: password.clone() };
        match self.commands.call(log_in).await {
            Err(Rejection::InvalidCredentials) => {
                let register = Register {
                    id: UserId::generate(SystemClock.now()),
                    username: (*username).to_owned(),
                    email: format!("{username}@demo.invalid"),
                    password: password.clone(),
                    name: Some((*name).to_owned()),
                };
                self.commands.call(register).await
            }
            outcome => outcome,
        }
    }
}

#[async_trait]
impl DemoUsers for Demo {
    async fn sign_in(&self) -> Result<DemoSession, Rejection> {
        let _alone = self.signing_in.lock().await;
        let users = [self.user(0).await?, self.user(1).await?];
        let id = |signed_in: &SignedIn| -> UserId { signed_in.user.profile.user.id };
        let [first, second] = &users;
        let opened = self.commands.call(OpenDirect { user: id(first), other: id(second) }).await?;
        Ok(DemoSession { conversation: opened.conversation.conversation.id, users })
    }
}
