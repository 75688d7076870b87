//! The side that asks.

use std::time::Duration;

use async_nats::{Message, Request, RequestError, RequestErrorKind};
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{Address, CommandError};
use natter_proto::{decode_reply, encode_command, subjects};
use tokio::time::timeout;

use super::lease;
use super::refusal::Refusal;
use super::roster::Roster;
use crate::connection::Connection;
use crate::error::failed;
use crate::trace;

/// Sends a command to whoever owns its partition, as soon as there is a connection.
pub(crate) async fn request(
    connection: &Connection,
    roster: &Roster,
    address: Address,
    command: &Command,
    deadline: Duration,
) -> Result<Reply, CommandError> {
    let answered = async {
        connection.up().await;
        let owner = roster.owner(address.partition).await?;
        let mut headers = trace::inject().unwrap_or_default();
        lease::say(&mut headers, owner.heard);
        let request = Request {
            payload: Some(encode_command(command)),
            headers: Some(headers),
            // The deadline is below: it includes the wait for a connection.
            timeout: Some(None),
            inbox: None,
        };
        let link = connection.now();
        tokio::select! {
            answer = connection.client.send_request(subjects::command(address, owner.replica), request) => {
                let answer = answer.map_err(unanswered);
                if matches!(answer, Err(CommandError::NoResponder)) {
                    roster.gone(owner.replica);
                }
                read(&answer?)
            }
            () = roster.until_gone(owner.replica) => Err(CommandError::Lost),
            // The reply may have come while nobody was there to take it.
            () = connection.up_again(link) => Err(CommandError::Lost),
        }
    };
    timeout(deadline, answered).await.unwrap_or(Err(CommandError::TimedOut))
}

fn read(answer: &Message) -> Result<Reply, CommandError> {
    if let Some(refusal) = Refusal::read(answer.headers.as_ref()) {
        return Err(refusal.into());
    }
    decode_reply(&answer.payload)
        .map_err(|error| failed("reading a reply", error))?
        .map_err(CommandError::Rejected)
}

fn unanswered(error: RequestError) -> CommandError {
    let what = match error.kind() {
        RequestErrorKind::NoResponders => return CommandError::NoResponder,
        RequestErrorKind::TimedOut => return CommandError::TimedOut,
        RequestErrorKind::MaxPayloadExceeded => "sending more than the broker's payload limit",
        RequestErrorKind::InvalidSubject | RequestErrorKind::Other => "sending a command",
    };
    CommandError::Bus(failed(what, error))
}
