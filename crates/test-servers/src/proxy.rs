//! A link to a server that can be cut.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A port of 127.0.0.1 whose connections go on to a server's, as long as the link is not cut.
/// Dropping it ends them.
pub struct Proxy {
    port: u16,
    link: Arc<Link>,
}

#[derive(Default)]
struct Link {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    cut: bool,
    ended: bool,
    connections: Vec<TcpStream>,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the link is cut.
    fn pass(&self) {
        let whole = self.changed.wait_while(self.state(), |state| state.cut && !state.ended);
        drop(whole.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Proxy {
    /// To the port of 127.0.0.1 on which a server listens.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let link = Arc::new(Link::default());
        let accepting = Arc::clone(&link);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.state().ended {
                    return;
                }
                // Where the server is not there, the client sees its connection end.
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) {
                    accepting.join(client, server);
                }
            }
        });
        Self { port, link }
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing comes through any more, and nobody is told: as when a cable is pulled.
    pub fn cut(&self) {
        self.link.state().cut = true;
    }

    /// Ends the connections there are; new ones come through.
    pub fn reset(&self) {
        for connection in self.link.state().connections.drain(..) {
            // It may have ended before.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Ends the connections there are, of which much may be lost, and lets new ones through.
    pub fn restore(&self) {
        self.reset();
        self.link.state().cut = false;
        self.link.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.link.state().ended = true;
        self.restore();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Link {
    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
        let kept = client.try_clone().into_iter().chain(server.try_clone());
        self.state().connections.extend(kept);
        for (from, to) in [(from_client, server), (from_server, client)] {
            let link = Arc::clone(self);
            thread::spawn(move || link.copy(from, to));
        }
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            self.pass();
            if to.write_all(buffer.get(..read).unwrap_or_default()).is_err() {
                break;
            }
        }
        for end in [from, to] {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_comes_through_a_cut_link_until_it_is_restored() {
        let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let proxy = Proxy::to(echo.local_addr().unwrap().port());
        thread::spawn(move || {
            for mut stream in echo.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
            }
        });
        let connect = || {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            stream
        };
        let answers = |stream: &mut TcpStream| {
            let mut answer = [0; 2];
            stream.write_all(b"ab").is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"ab"
        };
        let mut stream = connect();
        assert!(answers(&mut stream));
        proxy.cut();
        assert!(!answers(&mut stream));
        assert!(!answers(&mut connect()));
        proxy.restore();
        assert!(!answers(&mut stream));
        assert!(answers(&mut connect()));
    }
}
