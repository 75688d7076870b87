//! [`RedisPresence`] keeps to the laws of presence, on one Redis and on a cluster (which refuses a
//! script that touches two slots).

#![expect(clippy::expect_used, reason = "a test")]

use natter_adapter_redis::RedisPresence;
use natter_test_servers::Server;

mod single {
    use super::{RedisPresence, Server};

    struct Shared {
        presence: RedisPresence,
        _server: Server,
    }

    fn make() -> Shared {
        let server = Server::redis();
        Shared { presence: RedisPresence::connect(&server.url()).expect("a URL"), _server: server }
    }

    natter_contract_tests::presence_suite!(make());
}

mod cluster {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    use super::{RedisPresence, Server};

    /// A cluster takes seconds to be ready, so one test after the other has it, emptied.
    static CLUSTER: LazyLock<Mutex<Server>> = LazyLock::new(|| Mutex::new(Server::redis_cluster()));

    struct Shared {
        presence: RedisPresence,
        _turn: MutexGuard<'static, Server>,
    }

    fn make() -> Shared {
        let turn = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = TcpStream::connect(("127.0.0.1", turn.port())).expect("a server");
        stream.write_all(b"FLUSHALL\r\n").expect("written");
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).expect("answered");
        assert_eq!(&answer, b"+OK\r\n");
        Shared { presence: RedisPresence::connect(&turn.url()).expect("a URL"), _turn: turn }
    }

    natter_contract_tests::presence_suite!(make());
}
