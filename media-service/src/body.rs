//! A request's body as it comes in.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures::{Stream, StreamExt};

/// Bytes that may come in before something comes out of them: headers of parts, other parts.
const MARGIN: usize = 64 * 1024;
/// How much of a refused body is read on, and for how long.
const LINGER: u64 = 64 * 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(10);

/// Why there is no more of a body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// More than [`MARGIN`] came in around the file.
    #[error("too much around the file")]
    Overhead,
    /// The client went away, or broke the protocol.
    #[error("the body broke off")]
    BrokenOff(#[source] axum::Error),
}

/// A request's body.
///
/// Dropped before its end, the rest is read and thrown away for a while: a server that answers and
/// closes while the client still sends makes the client see a broken connection, and no answer.
pub(crate) struct Incoming {
    body: Option<BodyDataStream>,
    unclaimed: Unclaimed,
    /// The client waits to be asked for the body, by the first attempt to read it.
    waits: bool,
    /// It gave a piece, and makes its reader come again before it gives the next one: the multipart
    /// parser takes all it can get at once, which would be the whole body on a fast connection.
    gave: bool,
}

/// How much came in since something came out. The reader resets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unclaimed(Arc<AtomicUsize>);

impl Unclaimed {
    pub(crate) fn claimed(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Incoming {
    /// The body of a request with these headers.
    pub(crate) fn new(headers: &HeaderMap, body: Body) -> Self {
        Self {
            body: Some(body.into_data_stream()),
            unclaimed: Unclaimed::default(),
            waits: headers.contains_key(header::EXPECT),
            gave: false,
        }
    }

    pub(crate) fn unclaimed(&self) -> Unclaimed {
        self.unclaimed.clone()
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.unclaimed.0.load(Ordering::Relaxed) > MARGIN {
            return Poll::Ready(Some(Err(BodyError::Overhead)));
        }
        self.waits = false;
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let next = std::task::ready!(body.poll_next_unpin(cx));
        match &next {
            Some(Ok(bytes)) => {
                self.unclaimed.0.fetch_add(bytes.len(), Ordering::Relaxed);
                self.gave = true;
            }
            Some(Err(_)) | None => self.body = None,
        }
        Poll::Ready(next.map(|next| next.map_err(BodyError::BrokenOff)))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let (Some(body), false) = (self.body.take(), self.waits) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LINGER_TIME, throw_away(body)));
        }
    }
}

async fn throw_away(mut body: BodyDataStream) {
    let mut left = LINGER;
    while let Some(Ok(bytes)) = body.next().await {
        left = left.saturating_sub(bytes.len() as u64);
        if left == 0 {
            return;
        }
    }
}
