//! The scripts that Redis runs, each of them one step that happens whole or not at all.
//!
//! Each touches the keys it is given and no other, all of them of one shard.

use std::sync::LazyLock;

use fred::interfaces::ClientLike as _;
use fred::prelude::{Client, Error, FromValue};
use fred::types::{ClusterHash, CustomCommand};
use fred::util::sha1_hash;

/// A script, and the hash by which Redis knows it once it has seen it.
pub(crate) struct Script {
    text: &'static str,
    hash: LazyLock<String>,
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident $file:literal)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: Script =
            Script { text: include_str!($file), hash: LazyLock::new(|| sha1_hash(include_str!($file))) };
    )*};
}

scripts! {
    /// Renews or begins a gateway's lease and sets numbers of sockets.
    REPORT "report.lua"
    /// Takes users out of a gateway whose lease is over.
    VACATE "vacate.lua"
    /// Gives transitions to tell, with those whose grace is over.
    PART "part.lua"
    /// Forgets transitions that have been told.
    ACKNOWLEDGE "acknowledge.lua"
    /// Tells who is online or connected.
    PRESENT "present.lua"
}

impl Script {
    /// Runs it on these keys, at least one and all of one slot.
    pub(crate) async fn run<R: FromValue>(
        &self,
        client: &Client,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<R, Error> {
        let mut rest = vec![keys.len().to_string()];
        rest.extend(keys);
        rest.extend(arguments);
        match call(client, "EVALSHA", &self.hash, rest.clone()).await {
            // The text goes to the node that answered so: with a cluster, others may know it already.
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                call(client, "EVAL", self.text, rest).await
            }
            result => result,
        }
    }
}

/// The client's own `evalsha` fails where the cluster's slots are not known yet; this waits.
async fn call<R: FromValue>(
    client: &Client,
    name: &'static str,
    script: &str,
    rest: Vec<String>,
) -> Result<R, Error> {
    // Arguments are the script, the number of keys, the keys: the first of them names the slot.
    let command = CustomCommand::new_static(name, ClusterHash::Offset(2), false);
    let mut arguments = vec![script.to_owned()];
    arguments.extend(rest);
    client.custom(command, arguments).await
}
