//! A server of S3's API.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::server::Server;

/// The one user's name.
const USER: &str = "natter";
/// What may be done by whom is not what tests of it are about.
const POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";

/// A server of S3's API with empty buckets, kept in memory, and one user whose credentials it asks
/// for. Dropping it kills it.
pub struct S3 {
    server: Server,
    access_key: String,
    secret_key: String,
}

impl S3 {
    /// Starts it with buckets of these names.
    pub fn start(buckets: &[&str]) -> Self {
        let server = Server::start("moto_server", "http", answers, |port, _| {
            ["--host", "127.0.0.1", "--port", port].map(str::to_owned).to_vec()
        });
        let mut started = Self { server, access_key: String::new(), secret_key: String::new() };
        for bucket in buckets {
            started.ask("PUT", &format!("/{bucket}"), "s3", "", "text/plain");
        }
        started.iam(&format!("Action=CreateUser&UserName={USER}"));
        started.iam(&format!("Action=PutUserPolicy&UserName={USER}&PolicyName=all&PolicyDocument={POLICY}"));
        let keys = started.iam(&format!("Action=CreateAccessKey&UserName={USER}"));
        started.access_key = element(&keys, "AccessKeyId");
        started.secret_key = element(&keys, "SecretAccessKey");
        // From now on it looks at credentials.
        started.ask("POST", "/moto-api/reset-auth", "s3", "0", "text/plain");
        started
    }

    /// What a client's environment has to have, with the right credentials.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment_with(&self.access_key, &self.secret_key)
    }

    /// The same with other credentials.
    pub fn environment_with(&self, access_key: &str, secret_key: &str) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL", &*self.server.url()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", access_key),
            ("AWS_SECRET_ACCESS_KEY", secret_key),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// The key that is known.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The server itself.
    pub fn server(&mut self) -> &mut Server {
        &mut self.server
    }

    fn iam(&self, form: &str) -> String {
        let form = format!("{form}&Version=2010-05-08");
        self.ask("POST", "/", "iam", &form, "application/x-www-form-urlencoded")
    }

    /// A request of a service, which the server tells by the header.
    fn ask(&self, method: &str, path: &str, service: &str, body: &str, content_type: &str) -> String {
        let mut stream = self.server.connect().expect("the server is there");
        let scope = format!("Credential=none/20260101/us-east-1/{service}/aws4_request");
        let answer = exchange(
            &mut stream,
            &format!(
                "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\
                 Authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none\r\n\
                 Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        let answer = answer.unwrap_or_default();
        assert!(answer.contains(" 200 "), "{method} {path} {body}: {answer}");
        answer
    }
}

fn answers(mut stream: TcpStream) -> bool {
    exchange(&mut stream, "GET /moto-api/data.json HTTP/1.0\r\n\r\n")
        .is_some_and(|answer| answer.contains(" 200 "))
}

fn exchange(stream: &mut TcpStream, request: &str) -> Option<String> {
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).ok()?;
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// The text of an element of XML.
fn element(xml: &str, name: &str) -> String {
    let after = xml.split(&format!("<{name}>")).nth(1).and_then(|rest| rest.split('<').next());
    after.unwrap_or_else(|| panic!("there is no {name} in {xml}")).to_owned()
}
