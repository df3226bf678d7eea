//! Calls of one far end, written by hand: what no phone at hand does by command, an
//! attended transfer, needs the tags of its dialogs.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;
use tokio::net::UdpSocket;

/// A far end with a socket of its own; it offers G.711 and hears nothing.
#[derive(Debug)]
pub struct TrunkPhone {
    socket: UdpSocket,
    server: SocketAddr,
    /// What came while something else was waited for.
    heard: Mutex<Vec<String>>,
}

/// One of its calls.
#[derive(Debug, Clone)]
pub struct TrunkCall {
    number: String,
    call_id: String,
    /// The server's tag.
    remote_tag: String,
}

/// It has so long to hear something.
const PATIENCE: Duration = Duration::from_secs(15);

impl TrunkPhone {
    /// A far end at this address.
    ///
    /// # Panics
    /// If the address cannot be had.
    pub async fn at(ip: &str, server: SocketAddr) -> Self {
        Self::at_port(ip, 0, server).await
    }

    /// The same at a port that the server knows.
    ///
    /// # Panics
    /// If the address cannot be had.
    pub async fn at_port(ip: &str, port: u16, server: SocketAddr) -> Self {
        let address = (ip, port);
        let socket = UdpSocket::bind(address).await.expect("a loopback address");
        Self {
            socket,
            server,
            heard: Mutex::default(),
        }
    }

    /// Calls a number until it is answered.
    ///
    /// # Panics
    /// If it is refused, or not answered in time.
    pub async fn call(&self, number: &str) -> TrunkCall {
        let mut call = TrunkCall {
            number: number.to_owned(),
            call_id: format!("trunk-{number}"),
            remote_tag: String::new(),
        };
        self.send(&self.request(&call, "INVITE", 1, &with_sdp()))
            .await;
        let answer = self
            .hears(|text| is_final(text) && text.contains(&call.call_id))
            .await;
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
        call.remote_tag = tag(&answer, "To:");
        self.send(&self.request(&call, "ACK", 1, "Content-Length: 0\r\n\r\n"))
            .await;
        call
    }

    /// Waits for a call of the server, which is answered at once.
    ///
    /// # Panics
    /// If none comes.
    pub async fn is_called(&self) -> TrunkCall {
        let invite = self.hears(|text| text.starts_with("INVITE")).await;
        TrunkCall {
            number: TAKEN.to_owned(),
            call_id: header(&invite, "Call-ID:").to_owned(),
            remote_tag: tag(&invite, "From:"),
        }
    }

    /// Asks that `call` be joined with `other`; what the server said to the REFER, and
    /// the status in its last NOTIFY.
    pub async fn join(&self, call: &TrunkCall, other: &TrunkCall) -> (u16, Option<u16>) {
        let replaces = format!(
            "{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}",
            other.call_id,
            other.remote_tag,
            own_tag(other)
        );
        let more = format!(
            "Refer-To: <sip:{}@{}?Replaces={replaces}>\r\nContent-Length: 0\r\n\r\n",
            other.number, self.server
        );
        self.send(&self.request(call, "REFER", 2, &more)).await;
        let answer = self
            .hears(|text| is_final(text) && text.contains("2 REFER"))
            .await;
        let code = status(&answer);
        if code >= 300 {
            return (code, None);
        }
        let last = self
            .hears(|text| text.starts_with("NOTIFY") && !text.contains("SIP/2.0 100"))
            .await;
        let fragment = last.rsplit("\r\n\r\n").next().unwrap_or_default();
        (code, Some(status(fragment)))
    }

    /// Waits until the server hangs up a call.
    pub async fn is_hung_up(&self, call: &TrunkCall) {
        self.hears(|text| text.starts_with("BYE") && text.contains(&call.call_id))
            .await;
    }

    fn request(&self, call: &TrunkCall, method: &str, cseq: u32, rest: &str) -> String {
        let us = self.socket.local_addr().expect("a bound socket");
        let (server, number) = (self.server, &call.number);
        let tag = match call.remote_tag.as_str() {
            "" => String::new(),
            tag => format!(";tag={tag}"),
        };
        format!(
            "{method} sip:{number}@{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {us};branch=z9hG4bK{method}{cseq}{};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:74950000000@{us}>;tag={}\r\n\
             To: <sip:{number}@{server}>{tag}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:74950000000@{us}>\r\n{rest}",
            call.call_id,
            own_tag(call),
            call.call_id
        )
    }

    async fn send(&self, text: &str) {
        let sent = self.socket.send_to(text.as_bytes(), self.server).await;
        sent.expect("loopback takes datagrams");
    }

    /// A message that is meant, heard before or to come; requests are answered with
    /// 200 on the way.
    async fn hears(&self, meant: impl Fn(&str) -> bool) -> String {
        {
            let mut heard = self.heard.lock().expect("no test panics here");
            if let Some(at) = heard.iter().position(|text| meant(text)) {
                return heard.remove(at);
            }
        }
        let listening = async {
            let mut buffer = vec![0; 65_536];
            loop {
                let length = self.socket.recv(&mut buffer).await.expect("a datagram");
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if !text.starts_with("SIP/2.0") && !text.starts_with("ACK") {
                    let us = self.socket.local_addr().expect("a bound socket");
                    self.send(&ok(&text, us)).await;
                }
                if meant(&text) {
                    return text;
                }
                self.heard.lock().expect("no test panics here").push(text);
            }
        };
        let heard = tokio::time::timeout(PATIENCE, listening).await;
        heard.expect("the server says what is waited for")
    }
}

/// Stands for the number of a call that it was called by.
const TAKEN: &str = "taken";

/// The last headers and the body of a message with an offer or an answer of audio.
fn with_sdp() -> String {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
               m=audio 9 RTP/AVP 0\r\n";
    let length = sdp.len();
    format!("Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{sdp}")
}

fn own_tag(call: &TrunkCall) -> String {
    format!("own{}", call.number)
}

fn is_final(text: &str) -> bool {
    text.starts_with("SIP/2.0") && status(text) >= 200
}

fn status(text: &str) -> u16 {
    let code = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or(0)
}

fn tag(text: &str, name: &str) -> String {
    let tag = header(text, name).split("tag=").nth(1);
    tag.unwrap_or_default().trim().to_owned()
}

fn header<'t>(text: &'t str, name: &str) -> &'t str {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name));
    value.unwrap_or_default().trim()
}

/// 200 to a request; to a call with an answer of audio.
fn ok(request: &str, us: SocketAddr) -> String {
    let is_call = request.starts_with("INVITE");
    let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request.lines() {
        let copied = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
        if copied.iter().any(|name| line.starts_with(name)) {
            answer.push_str(line);
            if is_call && line.starts_with("To:") && !line.contains("tag=") {
                answer.push_str(&format!(";tag=own{TAKEN}"));
            }
            answer.push_str("\r\n");
        }
    }
    if is_call {
        answer.push_str(&format!("Contact: <sip:{us}>\r\n"));
        return answer + &with_sdp();
    }
    answer + "Content-Length: 0\r\n\r\n"
}
