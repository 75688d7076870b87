//! Who may connect.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use natter_auth::Identity;
use natter_domain::Rejection;
use natter_runtime::api::bearer_of;
use serde_json::Value;
use tokio::task::AbortHandle;

use super::Session;
use super::place::DirectPlaces;
use crate::connection::Connection;
use crate::dialect::{ConnectRefusal, DialectId, SessionEnd, UNKNOWN_DIALECT};
use crate::gateway::Gateway;
use crate::socket::{Handshake, Opened, Refusal, Socket};

/// Authenticates a client and makes everything that concerns it reach its socket.
pub(super) async fn open(
    gateway: &Arc<Gateway>,
    handshake: Handshake,
    socket: Socket,
) -> Result<Opened<Session>, Refusal> {
    let dialect = dialect(&handshake, gateway.default_dialect)?;
    let refuse = |refusal| Refusal::from(dialect.get().refusal(refusal));
    let token = token(&handshake).map_err(refuse)?;
    let _turn = gateway.openings.acquire().await;
    if socket.is_closed() {
        return Err(refuse(ConnectRefusal::Unavailable));
    }
    let identity = gateway.authenticator.authenticate_afresh(token).await;
    let Identity { bearer, user } = identity.map_err(|rejection| refuse(refusal(&rejection)))?;
    let address = gateway.addresses.of(handshake.remote.ip(), handshake.forwarded_for.as_deref());
    let connection = Arc::new(Connection::new(socket, dialect, address, user, bearer));
    gateway.feeds.attach(&connection).map_err(|_too_many| refuse(ConnectRefusal::TooManyConnections))?;
    if gateway.feeds.follow(&connection).await.is_err() {
        gateway.feeds.detach(&connection);
        return Err(refuse(ConnectRefusal::Unavailable));
    }
    gateway.presence.arrived(connection.user_id());
    let now = gateway.clock.now();
    let greeting = vec![connection.dialect().session_ready(
        connection.user_id(),
        connection.id().as_str(),
        now,
        connection.expires_at(),
    )];
    let session = Session {
        expiry: expire(gateway.clone(), connection.clone()),
        gateway: gateway.clone(),
        limiter: gateway.limits.events(),
        relay_limiter: gateway.limits.relays(),
        connection,
        joined: HashSet::new(),
        typing: HashMap::new(),
        direct_places: DirectPlaces::default(),
        partners: HashMap::new(),
        rate_noticed: None,
        flooded: None,
    };
    Ok(Opened { session, greeting })
}

/// The dialect that the handshake names; what it says itself wins over the query.
fn dialect(handshake: &Handshake, default: DialectId) -> Result<DialectId, Refusal> {
    let named = match said(handshake, "dialect") {
        Some(Value::String(name)) => Some(name.as_str()),
        Some(_) => return Err(Refusal::from(UNKNOWN_DIALECT)),
        None => handshake.query.get("dialect").map(String::as_str),
    };
    match named {
        None => Ok(default),
        Some(name) => DialectId::named(name).ok_or_else(|| Refusal::from(UNKNOWN_DIALECT)),
    }
}

fn token(handshake: &Handshake) -> Result<&str, ConnectRefusal> {
    match said(handshake, "token") {
        Some(Value::String(token)) if !token.is_empty() => return Ok(token),
        Some(Value::String(_)) | None => {}
        Some(_) => return Err(ConnectRefusal::InvalidToken),
    }
    handshake.authorization.as_deref().and_then(bearer_of).ok_or(ConnectRefusal::NoToken)
}

/// A field of what the client said when it connected.
fn said<'a>(handshake: &'a Handshake, field: &str) -> Option<&'a Value> {
    handshake.auth.as_ref()?.get(field).filter(|value| !value.is_null())
}

fn refusal(rejection: &Rejection) -> ConnectRefusal {
    match rejection {
        Rejection::UserNotFound => ConnectRefusal::UserNotFound,
        Rejection::Unauthenticated | Rejection::SessionRevoked => ConnectRefusal::InvalidToken,
        _ => ConnectRefusal::Unavailable,
    }
}

/// Tells the client some time before its token expires, and ends the session when it has. Goes by
/// whatever the token is by then: a refresh moves both.
pub(super) fn expire(gateway: Arc<Gateway>, connection: Arc<Connection>) -> AbortHandle {
    let task = tokio::spawn(async move {
        let mut told = None;
        loop {
            let now = gateway.clock.now();
            let expires_at = connection.expires_at();
            let left = expires_at.since(now);
            if left.is_zero() {
                return connection.end(SessionEnd::TokenExpired);
            }
            if told != Some(expires_at) && left <= gateway.expiring_notice {
                connection.send(&[connection.dialect().session_expiring(expires_at)]);
                told = Some(expires_at);
            }
            let next = if told == Some(expires_at) { left } else { left - gateway.expiring_notice };
            tokio::time::sleep(next + ROUNDING).await;
        }
    });
    task.abort_handle()
}

/// Times are whole milliseconds: a little later is past them for sure.
const ROUNDING: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::net::SocketAddr;

    fn handshake(auth: Option<Value>, authorization: Option<&str>) -> Handshake {
        Handshake {
            auth,
            query: HashMap::new(),
            authorization: authorization.map(str::to_owned),
            origin: None,
            remote: SocketAddr::from(([127, 0, 0, 1], 1)),
            forwarded_for: None,
            transport: crate::socket::Transport::WebSocket,
        }
    }

    #[test]
    fn a_token_is_taken_from_the_handshake_before_the_header() {
        let cases = [
            (None, None, Err(ConnectRefusal::NoToken)),
            (Some(json!({})), Some("Bearer x"), Ok("x")),
            (Some(json!({"token": "a"})), Some("Bearer x"), Ok("a")),
            (Some(json!({"token": ""})), None, Err(ConnectRefusal::NoToken)),
            (Some(json!({"token": 7})), Some("Bearer x"), Err(ConnectRefusal::InvalidToken)),
            (Some(json!([1])), Some("bearer  x "), Ok("x")),
            (None, Some("Basic x"), Err(ConnectRefusal::NoToken)),
            (None, Some("Bearer"), Err(ConnectRefusal::NoToken)),
        ];
        for (auth, header, expected) in cases {
            let handshake = handshake(auth, header);
            assert_eq!(token(&handshake), expected, "{:?} {header:?}", handshake.auth);
        }
    }

    #[test]
    fn a_dialect_is_taken_from_the_handshake_before_the_query() {
        let colon = DialectId::named("colon").unwrap();
        let mut asked = handshake(Some(json!({"dialect": "colon"})), None);
        asked.query.insert("dialect".to_owned(), "nonsense".to_owned());
        assert_eq!(dialect(&asked, colon), Ok(colon));
        asked.auth = None;
        assert_eq!(dialect(&asked, colon), Err(Refusal::from(UNKNOWN_DIALECT)));
        asked.auth = Some(json!({"dialect": 7}));
        assert!(dialect(&asked, colon).is_err());
        assert_eq!(dialect(&handshake(None, None), colon), Ok(colon));
    }
}
