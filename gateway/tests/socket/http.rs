//! The listener, and who may come.

use std::{net::SocketAddr, time::Duration};

use natter_gateway::socket::{ListenConfig, OriginPolicy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    BOUND, eventually, probe,
    raw::{Ws, refused},
};

async fn guarded() -> probe::Server {
    let origins = OriginPolicy::Only(vec!["https://a.example".parse().unwrap()]);
    probe::start_with(Default::default(), Default::default(), origins).await
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_are_refused_on_both_transports() {
    let server = guarded().await;
    let polling = format!("http://{}/socket.io/?EIO=4&transport=polling", server.address);
    let http = reqwest::Client::new();
    for (origin, ws, poll) in
        [("https://a.example", 101, 200), ("https://b.example", 403, 403), ("null", 403, 403)]
    {
        assert_eq!(refused(server.address, &[("origin", origin)]).await, ws);
        let response = http.get(&polling).header("origin", origin).send().await.unwrap();
        assert_eq!(response.status(), poll);
        let allowed =
            response.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(allowed, (poll == 200).then_some(origin));
        let post =
            http.post(format!("{polling}&sid=x")).header("origin", origin).body("40").send().await.unwrap();
        assert_eq!(post.status(), if poll == 200 { 400 } else { 403 });
    }
    assert_eq!(refused(server.address, &[]).await, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn preflights_are_answered_as_the_policy_says() {
    let http = reqwest::Client::new();
    let preflight = |address: SocketAddr| {
        http.request(reqwest::Method::OPTIONS, format!("http://{address}/socket.io/?EIO=4&transport=polling"))
            .header("origin", "https://a.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
            .send()
    };
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let any = probe::start().await;
    let response = preflight(any.address).await.unwrap();
    assert_eq!(header(&response, "access-control-allow-origin").as_deref(), Some("*"));
    assert_eq!(header(&response, "access-control-allow-credentials"), None);
    assert_eq!(
        header(&response, "access-control-allow-headers").as_deref(),
        Some("authorization,content-type")
    );
    let only = guarded().await;
    let response = preflight(only.address).await.unwrap();
    assert_eq!(header(&response, "access-control-allow-origin").as_deref(), Some("https://a.example"));
    assert_eq!(header(&response, "access-control-allow-credentials").as_deref(), Some("true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_no_socket_io_are_refused() {
    let server = probe::start().await;
    for query in [
        "",
        "?EIO=4",
        "?EIO=3&transport=polling",
        "?EIO=4&transport=x",
        "?EIO=4&transport=websocket",
        "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA",
        "?EIO=4&transport=polling&sid=%00",
    ] {
        let url = format!("http://{}/socket.io/{query}", server.address);
        assert_eq!(reqwest::get(url).await.unwrap().status(), 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_dribbles_is_cut_off() {
    let listen = ListenConfig { header_timeout: Duration::from_millis(200), ..Default::default() };
    let server = probe::start_with(Default::default(), listen, OriginPolicy::Any).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut dribble = async || {
        while stream.write_all(b"G").await.is_ok() {
            let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut [0; 64])).await;
            if let Ok(Ok(0) | Err(_)) = read {
                return;
            }
        }
    };
    tokio::time::timeout(BOUND, dribble()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded_upgraded_ones_too() {
    let listen = ListenConfig { max_connections: 2, ..Default::default() };
    let server = probe::start_with(Default::default(), listen, OriginPolicy::Any).await;
    let first = Ws::connect(server.address).await;
    let _second = Ws::connect(server.address).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(third.read(&mut [0; 1]).await.unwrap_or_default(), 0);
    drop(first);
    eventually("a place", || server.probe.alive() == 1).await;
    let open = async {
        loop {
            if let Ok(response) = reqwest::get(format!("http://{}/x", server.address)).await {
                return response.status();
            }
        }
    };
    assert_eq!(tokio::time::timeout(BOUND, open).await.unwrap(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_told_to() {
    let listen = ListenConfig { shutdown_grace: Duration::from_millis(200), ..Default::default() };
    let mut server = probe::start_with(Default::default(), listen, OriginPolicy::Any).await;
    // One idle connection, and one with a poll under way that nothing ends.
    let idle = TcpStream::connect(server.address).await.unwrap();
    let polling = crate::raw::Polling::open(server.address).await;
    let poll = tokio::spawn(async move { reqwest::get(&polling.url).await });
    server.shutdown.cancel();
    tokio::time::timeout(BOUND, &mut server.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    drop(idle);
    poll.abort();
}
