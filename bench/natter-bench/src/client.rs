//! One socket: Engine.IO over WebSocket, from the TCP connection to the packets.
//!
//! Reads what is there into one buffer for all sockets and hands packets out where they lie in it.
//! Writes at once; what the kernel doesn't take waits, in order. All of a generator's sockets
//! live on one thread. Knows no event but the one that says that a socket is ready.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail, ensure};
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use url::Url;

use crate::frame::{self, Kind};
use crate::packet::{self, Packet};

/// How much is read at once: many deliveries.
const READ: usize = 64 * 1024;
/// The longest head of an answer to an upgrade.
const LONGEST_HEAD: usize = 16 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// The end of a socket that sends. Clones are the same socket.
#[derive(Clone)]
pub(crate) struct Client(Rc<Link>);

struct Link {
    /// `None` while a task waits until the kernel takes more.
    writer: RefCell<Option<OwnedWriteHalf>>,
    waiting: RefCell<Vec<u8>>,
    last_ack: Cell<u64>,
}

/// The end of a socket that receives. Dropping it and all clients closes the connection.
pub(crate) struct Reader {
    stream: OwnedReadHalf,
    client: Client,
    /// The beginning of a frame whose end has not come yet.
    rest: Vec<u8>,
}

impl Client {
    /// Sends an event with one argument, which is JSON already.
    pub(crate) fn tell(&self, name: &str, argument: &str) {
        self.send(Kind::Text, packet::emit(None, name, argument).as_bytes());
    }

    /// The same, asking for an ack. Returns the ack's id; ids count up from 1.
    pub(crate) fn ask(&self, name: &str, argument: &str) -> u64 {
        let id = self.0.last_ack.get() + 1;
        self.0.last_ack.set(id);
        self.send(Kind::Text, packet::emit(Some(id), name, argument).as_bytes());
        id
    }

    /// Says goodbye; the server then closes.
    pub(crate) fn leave(&self) {
        self.send(Kind::Text, packet::DISCONNECT);
    }

    fn send(&self, kind: Kind, payload: &[u8]) {
        let mut waiting = self.0.waiting.borrow_mut();
        frame::encode(kind, payload, &mut waiting);
        let mut writer = self.0.writer.borrow_mut();
        let Some(open) = writer.as_ref() else { return };
        // An error shows to the reader, who ends the socket.
        let written = open.try_write(&waiting).unwrap_or_else(|error| match error.kind() {
            ErrorKind::WouldBlock => 0,
            _ => waiting.len(),
        });
        waiting.drain(..written);
        if !waiting.is_empty()
            && let Some(writer) = writer.take()
        {
            tokio::task::spawn_local(Rc::clone(&self.0).flush(writer));
        }
    }
}

impl Link {
    async fn flush(self: Rc<Self>, mut writer: OwnedWriteHalf) {
        loop {
            let bytes = self.waiting.take();
            if bytes.is_empty() || writer.write_all(&bytes).await.is_err() {
                break;
            }
        }
        self.writer.replace(Some(writer));
    }
}

/// Opens a socket for the bearer of the token, and waits until the server says that every later
/// event will reach it.
///
/// # Errors
/// The server refuses, or speaks something else.
pub(crate) async fn open(server: &Url, token: &str) -> anyhow::Result<(Client, Reader)> {
    let host = server.host_str().context("a server's URL needs a host")?;
    let port = server.port_or_known_default().context("a server's URL needs a port")?;
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let (stream, mut writer) = stream.into_split();
    let upgrade = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    writer.write_all(upgrade.as_bytes()).await?;
    let link =
        Link { writer: RefCell::new(Some(writer)), waiting: RefCell::default(), last_ack: Cell::default() };
    let client = Client(Rc::new(link));
    let mut reader = Reader { stream, client: client.clone(), rest: Vec::new() };
    reader.head().await?;
    let mut ready = false;
    let mut refused = None;
    while !ready {
        reader
            .next(&mut |packet, _| match packet {
                Packet::Open => client.send(Kind::Text, packet::connect(token).as_bytes()),
                Packet::Event { name: b"session:ready", .. } => ready = true,
                Packet::Refused(reason) => refused = Some(String::from_utf8_lossy(reason).into_owned()),
                _ => {}
            })
            .await?;
        if let Some(reason) = refused {
            bail!("the server refuses: {reason}");
        }
    }
    Ok((client, reader))
}

impl Reader {
    /// Reads the answer to the upgrade.
    async fn head(&mut self) -> anyhow::Result<()> {
        let end = loop {
            self.read(|bytes| Ok((bytes.len(), bytes.to_vec())))
                .await
                .map(|bytes| self.rest.extend(bytes))?;
            if let Some(end) = memchr::memmem::find(&self.rest, b"\r\n\r\n") {
                break end;
            }
            ensure!(self.rest.len() < LONGEST_HEAD, "the server's answer has no end");
        };
        let line = self.rest.split(|byte| *byte == b'\r').next().unwrap_or_default();
        ensure!(line.starts_with(b"HTTP/1.1 101"), "no WebSocket: {}", String::from_utf8_lossy(line));
        self.rest.drain(..end + 4);
        Ok(())
    }

    /// Waits for packets and hands out all that have come, with the time at which they were read.
    /// Pings are answered here.
    ///
    /// # Errors
    /// The connection has ended, or the server has disconnected the socket.
    pub(crate) async fn next(&mut self, on: &mut impl FnMut(Packet<'_>, Instant)) -> anyhow::Result<()> {
        let client = self.client.clone();
        // What came with the answer to the upgrade is there already.
        let mut handle = |bytes: &[u8]| packets(bytes, &client, on);
        if !self.rest.is_empty() {
            let used = handle(&self.rest)?;
            self.rest.drain(..used);
            if used > 0 {
                return Ok(());
            }
        }
        self.read(|bytes| Ok((handle(bytes)?, ()))).await
    }

    /// Waits for bytes and shows them to `look`, after what was left of those before. `look` says
    /// how many it has used.
    async fn read<T>(
        &mut self,
        mut look: impl FnMut(&[u8]) -> anyhow::Result<(usize, T)>,
    ) -> anyhow::Result<T> {
        let Self { stream, rest, .. } = self;
        poll_fn(|context| {
            BUFFER.with_borrow_mut(|buffer| {
                let before = rest.len();
                if buffer.len() < before + READ {
                    buffer.resize(before + READ, 0);
                }
                let Some((old, new)) = buffer.split_at_mut_checked(before) else {
                    return Poll::Ready(Err(anyhow!("a buffer that was just made has its size")));
                };
                let mut new = ReadBuf::new(new);
                match Pin::new(&mut *stream).poll_read(context, &mut new) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                    Poll::Ready(Ok(())) => {}
                }
                let read = new.filled().len();
                if read == 0 {
                    return Poll::Ready(Err(io::Error::from(ErrorKind::UnexpectedEof).into()));
                }
                old.copy_from_slice(rest);
                rest.clear();
                let bytes = buffer.get(..before + read).unwrap_or_default();
                Poll::Ready(look(bytes).map(|(used, value)| {
                    rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
                    value
                }))
            })
        })
        .await
    }

    /// Sends an event and waits for its ack, whose arguments are returned. Packets that come
    /// meanwhile are handed out.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub(crate) async fn call(
        &mut self,
        name: &str,
        argument: &str,
        on: &mut impl FnMut(Packet<'_>, Instant),
    ) -> anyhow::Result<Vec<u8>> {
        let asked = self.client.ask(name, argument);
        let mut answer = None;
        loop {
            self.next(&mut |packet, at| match packet {
                Packet::Ack { id, arguments } if id == asked => answer = Some(arguments.to_vec()),
                other => on(other, at),
            })
            .await?;
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    }
}

/// Hands out the packets of the whole frames in `bytes`; returns how many bytes those take.
fn packets(bytes: &[u8], client: &Client, on: &mut impl FnMut(Packet<'_>, Instant)) -> anyhow::Result<usize> {
    let at = Instant::now();
    let mut used = 0;
    while let Some(frame) = frame::decode(bytes.get(used..).unwrap_or_default())? {
        used += frame.length;
        match frame.kind {
            Kind::Text => match packet::parse(frame.payload) {
                Packet::Ping => client.send(Kind::Text, packet::PONG),
                Packet::Disconnected => bail!("the server has disconnected the socket"),
                packet => on(packet, at),
            },
            Kind::Ping => client.send(Kind::Pong, frame.payload),
            Kind::Close => bail!("the server has closed the connection"),
            Kind::Binary | Kind::Pong => {}
        }
    }
    Ok(used)
}
