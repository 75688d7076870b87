//! The side that asks.

use std::time::Duration;

use async_nats::{Message, Request, RequestError, RequestErrorKind};
use natter_domain::command::{Command, Reply};
use natter_domain::ports::{Address, CommandError};
use natter_proto::{decode_reply, encode_command, subjects};
use tokio::time::timeout;

use super::refusal::Refusal;
use crate::connection::Connection;
use crate::error::failed;
use crate::trace;

/// Sends a command to whoever owns its partition, as soon as there is a connection.
pub(crate) async fn request(
    connection: &Connection,
    address: Address,
    command: &Command,
    deadline: Duration,
) -> Result<Reply, CommandError> {
    let request = Request {
        payload: Some(encode_command(command)),
        headers: trace::inject(),
        // The deadline is below: it includes the wait for a connection.
        timeout: Some(None),
        inbox: None,
    };
    let answered = async {
        connection.up().await;
        connection.client.send_request(subjects::command(address), request).await
    };
    let answer = timeout(deadline, answered).await.map_err(|_| CommandError::TimedOut)?;
    read(&answer.map_err(unanswered)?)
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
