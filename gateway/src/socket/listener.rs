//! The listener that HTTP and sockets share.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{ListenConfig, stall::Stall};

/// Connections that may wait to be accepted: as many as come back at once after a restart.
const BACKLOG: u32 = 4096;

/// How long to wait where the process can't take a connection, such as when it has no file left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address, with the kernel's send buffer as configured.
///
/// # Errors
/// When the address can't be bound.
pub fn bind(address: SocketAddr, config: &ListenConfig) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    // Connections inherit it from the listener.
    socket.set_send_buffer_size(config.kernel_send_buffer)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves HTTP/1.1, with upgrades, until `shutdown`; requests find the other end's address as
/// `ConnectInfo<SocketAddr>`. Then it accepts no more, lets requests under way end for
/// [`shutdown_grace`](ListenConfig::shutdown_grace), and returns. WebSockets aren't requests: close
/// the sockets before. Not cancel safe; dropping it leaves connections running.
pub async fn serve(listener: TcpListener, router: Router, config: ListenConfig, shutdown: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_header_size(config.max_header);
    let places = Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS)));
    let connections = TaskTracker::new();
    let abort = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !is_of_one_connection(&error) {
                    tracing::warn!(%error, "can't accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics::counter!("natter_connections_refused_total").increment(1);
            continue;
        };
        stream.set_nodelay(true).ok();
        let stream = Stall::new(stream, config.write_timeout, place);
        connections.spawn(connection(
            http.clone(),
            stream,
            remote,
            router.clone(),
            shutdown.clone(),
            abort.clone(),
        ));
    }
    drop(listener);
    connections.close();
    let ended = tokio::time::timeout(config.shutdown_grace, connections.wait()).await;
    if ended.is_err() {
        abort.cancel();
        connections.wait().await;
    }
}

async fn connection(
    http: http1::Builder,
    stream: Stall<TcpStream>,
    remote: SocketAddr,
    router: Router,
    shutdown: CancellationToken,
    abort: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(remote));
        router.clone().oneshot(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                outcome = connection => outcome,
                () = abort.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
