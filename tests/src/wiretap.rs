//! Between an engine and its backend: every request of the contract is passed on
//! and kept, so that a test can see what was really said.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request that went by.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// Body as JSON, null if it is none.
    pub body: Value,
}

/// A listening tap. Dropping it cuts the line.
#[derive(Debug)]
pub struct Wiretap {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Wiretap {
    /// Listens on a free port and passes everything on to `backend`.
    pub async fn before(backend: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A backend that is down: the client sees its connection close.
                if let Ok(server) = TcpStream::connect(backend).await {
                    tokio::spawn(pass_on(client, server, Arc::clone(&kept)));
                }
            }
        });
        Self {
            address,
            requests,
            accepting,
        }
    }

    /// Where the engine finds it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bodies of all `POST .../events` so far, in the order sent.
    pub fn events(&self) -> Vec<Value> {
        self.posted("/events")
    }

    /// The bodies of all `POST` to paths with this end.
    pub fn posted(&self, end: &str) -> Vec<Value> {
        let requests = self.requests.lock().expect("no other panics");
        requests
            .iter()
            .filter(|r| r.line.starts_with("POST") && r.line.ends_with(end))
            .map(|r| r.body.clone())
            .collect()
    }
}

impl Drop for Wiretap {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, kept: Arc<Mutex<Vec<Request>>>) {
    let (mut client_read, mut client_write) = client.into_split();
    let (mut server_read, mut server_write) = server.into_split();
    let answers = tokio::spawn(async move {
        tokio::io::copy(&mut server_read, &mut client_write)
            .await
            .ok();
    });
    let mut pending = Vec::new();
    let mut chunk = [0_u8; 16 * 1024];
    while let Ok(n @ 1..) = client_read.read(&mut chunk).await {
        if server_write.write_all(&chunk[..n]).await.is_err() {
            break;
        }
        pending.extend_from_slice(&chunk[..n]);
        while let Some((request, used)) = first_request(&pending) {
            kept.lock().expect("no other panics").push(request);
            pending.drain(..used);
        }
    }
    answers.abort();
}

/// The first whole request with a `Content-Length` (or without a body), and how
/// many bytes it took.
fn first_request(bytes: &[u8]) -> Option<(Request, usize)> {
    let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    let body = bytes.get(head_end..head_end + length)?;
    let mut words = head.split(' ');
    let line = format!("{} {}", words.next()?, words.next()?);
    let body = serde_json::from_slice(body).unwrap_or(Value::Null);
    Some((Request { line, body }, head_end + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_in_a_stream() {
        let stream = b"POST /a/events HTTP/1.1\r\ncontent-length: 7\r\n\r\n{\"a\":1}GET /b HTTP/1.1\r\n\r\nPO";
        let (first, used) = first_request(stream).unwrap();
        assert_eq!(
            (first.line.as_str(), &first.body["a"]),
            ("POST /a/events", &Value::from(1))
        );
        let (second, more) = first_request(&stream[used..]).unwrap();
        assert_eq!(second.line, "GET /b");
        assert!(first_request(&stream[used + more..]).is_none());
    }
}
