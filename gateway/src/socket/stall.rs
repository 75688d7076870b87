//! Connections whose other end stops reading.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
    time::Sleep,
};

/// A connection that fails, for its reader too, once a write has made no progress for a while.
///
/// The engine's writer waits for the connection outside of everything that could end it, so a client
/// that stops reading would be kept for ever. It holds no timer while writes go through.
pub(super) struct Stall<T> {
    io: T,
    timeout: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    dead: bool,
    reader: Option<Waker>,
    /// The connection's place among those that are allowed, on whatever task it lives.
    _place: OwnedSemaphorePermit,
}

impl<T> Stall<T> {
    pub(super) fn new(io: T, timeout: Duration, place: OwnedSemaphorePermit) -> Self {
        Self { io, timeout, waiting: None, dead: false, reader: None, _place: place }
    }

    /// Passes on what a write says, unless it has said `Pending` for too long.
    fn watch<R>(&mut self, cx: &mut Context<'_>, write: Poll<io::Result<R>>) -> Poll<io::Result<R>> {
        if write.is_ready() {
            self.waiting = None;
            return write;
        }
        let timeout = self.timeout;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        self.dead = true;
        metrics::counter!("natter_connections_stalled_total").increment(1);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Err(stalled()))
    }
}

fn stalled() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the other end stopped reading")
}

impl<T: AsyncRead + Unpin> AsyncRead for Stall<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.dead {
            return Poll::Ready(Err(stalled()));
        }
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        self.reader = read.is_pending().then(|| cx.waker().clone());
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stall<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.dead {
            return Poll::Ready(Err(stalled()));
        }
        let write = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.watch(cx, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.dead {
            return Poll::Ready(Err(stalled()));
        }
        let write = Pin::new(&mut self.io).poll_write_vectored(cx, bytes);
        self.watch(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.io).poll_flush(cx);
        self.watch(cx, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.io).poll_shutdown(cx);
        self.watch(cx, shutdown)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        sync::Semaphore,
        time::Instant,
    };

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(2);

    async fn pair() -> (Stall<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(64);
        let place = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        (Stall::new(near, TIMEOUT, place), far)
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_fails_both_sides() {
        let (near, _far) = pair().await;
        let (mut reader, mut writer) = tokio::io::split(near);
        let started = Instant::now();
        let reading = tokio::spawn(async move { reader.read(&mut [0; 8]).await });
        let error = writer.write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(reading.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_that_goes_on_is_kept() {
        let (mut near, mut far) = pair().await;
        let slow = tokio::spawn(async move {
            let mut read = 0;
            while read < 1000 {
                tokio::time::sleep(TIMEOUT / 2).await;
                read += far.read(&mut [0; 64]).await.unwrap();
            }
        });
        near.write_all(&[0; 1000]).await.unwrap();
        slow.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_kept() {
        let (mut near, mut far) = pair().await;
        tokio::time::sleep(TIMEOUT * 100).await;
        near.write_all(b"x").await.unwrap();
        assert_eq!(far.read_u8().await.unwrap(), b'x');
    }
}
