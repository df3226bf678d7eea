//! Every code of `Net` from a real server that provokes it, what a request and
//! its answer carry, and where requests do not go.

use super::*;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Answers that are being read may take as much as usual.
const ANSWER_BYTES: usize = 64 << 20;

fn http(allowed: &[SocketAddr], limits: &Limits) -> Http {
    let reach = Reach::new(allowed.iter().map(ToString::to_string));
    Http::new(reach, Trust::new(None).unwrap(), limits, ANSWER_BYTES).unwrap()
}

fn get(url: &str) -> HttpSpec {
    HttpSpec {
        method: "GET".into(),
        url: url.into(),
        timeout_ms: 5_000,
        connect_timeout_ms: 1_000,
        ..HttpSpec::default()
    }
}

/// A server on loopback: `speak` gets each connection with what it was first sent.
async fn server<F, Speaking>(speak: F) -> SocketAddr
where
    F: Fn(TcpStream, String) -> Speaking + Clone + Send + 'static,
    Speaking: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let speak = speak.clone();
            tokio::spawn(async move {
                let mut head = vec![0; 64 << 10];
                let length = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                speak(stream, head).await;
            });
        }
    });
    address
}

/// Says this and closes.
async fn says(text: impl Into<String>) -> SocketAddr {
    let text: String = text.into();
    server(move |mut stream, _| {
        let text = text.clone();
        async move {
            let _ = stream.write_all(text.as_bytes()).await;
        }
    })
    .await
}

async fn code_at(at: SocketAddr, path: &str) -> (i32, String) {
    let response = http(&[at], &Limits::default())
        .request(get(&format!("http://{at}{path}")))
        .await;
    (response.code, response.error.unwrap_or_default())
}

/// Every way that we know to write a private address. None is connected to.
pub(crate) const TRICKS: [&str; 66] = [
    // As it is.
    "http://127.0.0.1:1/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0.0.0.0/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.0.8/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    // Short, long, in other bases.
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://10.1/",
    "http://2130706433/",
    "http://2852039166/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0x7F.0x0.0x0.0x1/",
    "http://0xa9fea9fe/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0251.0376.0251.0376/",
    "http://0x7f.0.0.01/",
    "http://127.0.0.1./",
    // Dressed up.
    "http://example.com@127.0.0.1/",
    "http://user:secret@127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/",
    "http://127.0.0.1\\@example.com/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:///127.0.0.1/",
    "http://///127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "  http://127.0.0.1/  ",
    "http://127.0\t.0.1/",
    "ht\ntp://127.0.0.1/",
    "HTTP://127.0.0.1/",
    "http://%31%32%37.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
    "http://\u{2460}\u{2461}\u{2466}.0.0.1/",
    "http://127\u{3002}0\u{3002}0\u{3002}1/",
    "http://0x\u{ff17}f.1/",
    // By name.
    "http://localhost:1/",
    "http://LOCALHOST/",
    "http://loc\u{ff41}lhost/",
    // IPv6, and IPv4 in it.
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
];

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let http = http(&[], &Limits::default());
    for url in TRICKS {
        let response = http.request(get(url)).await;
        let error = response.error.unwrap_or_default();
        assert_eq!(response.code, -2, "{url}: {error}");
        assert!(error.contains("engine.allow_hosts"), "{url}: {error}");
    }
}

/// The same places are not reached by way of a server that is allowed.
#[tokio::test]
async fn a_redirect_reaches_no_private_address_either() {
    let secret = says("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").await;
    let near = format!("http://{secret}/");
    let named = format!("http://localhost:{}/", secret.port());
    let own = [near.as_str(), named.as_str()];
    for url in TRICKS.into_iter().filter(|url| url.is_ascii()).chain(own) {
        let url = url.trim();
        if url.contains(['\n', '\t']) {
            // Not to be had in a header.
            continue;
        }
        for status in [301, 307] {
            let leads = says(format!(
                "HTTP/1.1 {status} x\r\nLocation: {url}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            ))
            .await;
            // Even a place that may be asked for outright is not to be led to.
            let http = http(&[leads, secret], &Limits::default());
            let response = http.request(get(&format!("http://{leads}/"))).await;
            // Without `//` a place is one of the same server.
            let within = url.starts_with("http:1") || url.starts_with("http:/1");
            let refused = response.code == -2 || (within && response.code == -5);
            assert!(refused, "{url}: {response:?}");
        }
    }
    let away = says("HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\n\r\n").await;
    assert_eq!(code_at(away, "/").await.0, -2);
}

#[tokio::test]
async fn code_minus_1_is_a_request_that_cannot_be_sent() {
    let server = says("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    let http = http(&[server], &Limits::default());
    let url = format!("http://{server}/");
    for (name, value) in [("X Y", "1"), ("X-Y", "1\r\nX-Evil: 2"), ("", "1")] {
        let spec = HttpSpec {
            headers: vec![(name.into(), value.into())],
            ..get(&url)
        };
        assert_eq!(http.request(spec).await.code, -1, "{name}: {value}");
    }
    let spec = HttpSpec {
        method: "B REW".into(),
        ..get(&url)
    };
    assert_eq!(http.request(spec).await.code, -1);
}

#[tokio::test]
async fn code_minus_2_is_a_url_that_is_none() {
    let http = http(&[], &Limits::default());
    for url in [
        "file:///etc/passwd",
        "gopher://x/",
        "nonsense",
        "",
        "http://",
    ] {
        assert_eq!(http.request(get(url)).await.code, -2, "{url}");
    }
}

#[tokio::test]
async fn code_minus_3_is_an_unknown_host() {
    let reach = Reach::new(["known.invalid".to_owned()]);
    let trust = Trust::new(None).unwrap();
    let http = Http::new(reach, trust, &Limits::default(), ANSWER_BYTES).unwrap();
    for host in ["no-such-host.invalid", "known.invalid"] {
        let response = http.request(get(&format!("http://{host}/"))).await;
        assert_eq!(response.code, -3, "{response:?}");
    }
}

#[tokio::test]
async fn code_minus_4_is_a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(code_at(address, "/").await.0, -4);
}

#[tokio::test]
async fn code_minus_5_is_too_many_redirects() {
    let round = says(
        "HTTP/1.1 302 x\r\nLocation: /again\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(code_at(round, "/").await.0, -5);
    // Ten are followed.
    let count = server(|mut stream, head| async move {
        let step: u32 = head
            .trim_start_matches("GET /")
            .split(' ')
            .next()
            .and_then(|step| step.parse().ok())
            .unwrap_or(0);
        let answer = if step == 10 {
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            let next = step + 1;
            format!("HTTP/1.1 302 x\r\nLocation: /{next}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    assert_eq!(code_at(count, "/0").await.0, 200);
}

#[tokio::test]
async fn code_minus_6_is_a_connection_that_broke() {
    let silent = says("").await;
    assert_eq!(code_at(silent, "/").await.0, -6, "no answer at all");
    let half = says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
    assert_eq!(code_at(half, "/").await.0, -6, "in the body");
    let nonsense = says("SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    assert_eq!(code_at(nonsense, "/").await.0, -6, "no HTTP");
}

#[tokio::test]
async fn code_minus_8_is_an_engine_without_memory_for_the_answer() {
    let long = "x".repeat(200_000);
    let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{long}");
    let at = says(text).await;
    let reach = Reach::new([at.to_string()]);
    let limits = Limits::default();
    let http = Http::new(reach, Trust::new(None).unwrap(), &limits, 100 << 10).unwrap();
    let response = http.request(get(&format!("http://{at}/"))).await;
    assert_eq!(response.code, -8, "{response:?}");
    // What one answer took is there for the next.
    let short = says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let reach = Reach::new([short.to_string()]);
    let http = Http::new(reach, Trust::new(None).unwrap(), &limits, 1 << 10).unwrap();
    for _ in 0..3 {
        assert_eq!(
            http.request(get(&format!("http://{short}/"))).await.code,
            200
        );
    }
}

/// Too many connections wait to be taken: the next one hangs while it connects.
async fn deaf_server() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while waiting.len() < 64 {
        let connecting = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(300), connecting).await {
            Ok(Ok(stream)) => waiting.push(stream),
            Ok(Err(error)) => panic!("{error}"),
            Err(_) => return (address, waiting, listener),
        }
    }
    panic!("the system takes more connections than it was asked to");
}

#[tokio::test]
async fn code_minus_7_is_a_timeout_and_connecting_has_its_own_only_shorter() {
    let (deaf, _waiting, _listener) = deaf_server().await;
    let limits = Limits {
        http_connect_s: 2,
        ..Limits::default()
    };
    let http = http(&[deaf], &limits);
    for (connect_timeout_ms, took_ms) in [(500, 400..1_500), (60_000, 1_900..4_000)] {
        let spec = HttpSpec {
            timeout_ms: 30_000,
            connect_timeout_ms,
            ..get(&format!("http://{deaf}/"))
        };
        let began = Instant::now();
        assert_eq!(http.request(spec).await.code, -7);
        let took = began.elapsed().as_millis();
        assert!(took_ms.contains(&took), "{connect_timeout_ms}: {took} ms");
    }
    // A server that takes the call and is silent is not hurried by it.
    let slow = server(|mut stream, _| async move {
        tokio::time::sleep(Duration::from_millis(900)).await;
        let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(answer).await;
    })
    .await;
    let http = self::http(&[slow], &Limits::default());
    let url = format!("http://{slow}/");
    let spec = HttpSpec {
        connect_timeout_ms: 300,
        ..get(&url)
    };
    assert_eq!(http.request(spec).await.code, 200);
    let spec = HttpSpec {
        timeout_ms: 300,
        ..get(&url)
    };
    assert_eq!(http.request(spec).await.code, -7);
}

#[tokio::test]
async fn a_redirected_post_becomes_a_get_or_stays_as_the_status_says() {
    for (status, method, body) in [
        (301, "GET", ""),
        (302, "GET", ""),
        (303, "GET", ""),
        (307, "POST", "a=1"),
        (308, "POST", "a=1"),
    ] {
        let at = server(move |mut stream, head| async move {
            let answer = if head.starts_with("POST /first") {
                format!("HTTP/1.1 {status} x\r\nLocation: /second\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            } else {
                let length = head.len();
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}")
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let spec = HttpSpec {
            method: "POST".into(),
            headers: vec![("Content-Type".into(), "text/x".into())],
            body: b"a=1".to_vec(),
            ..get(&format!("http://{at}/first"))
        };
        let response = http(&[at], &Limits::default()).request(spec).await;
        let heard = response.text;
        assert!(heard.starts_with(&format!("{method} /second")), "{heard}");
        assert!(heard.ends_with(&format!("\r\n\r\n{body}")), "{heard}");
        assert_eq!(heard.contains("text/x"), !body.is_empty(), "{heard}");
    }
}

#[tokio::test]
async fn headers_and_bodies_arrive_as_they_are() {
    let at = server(|mut stream, head| async move {
        let body: Vec<u8> = head.split("x-word: ").nth(1).map_or_else(Vec::new, |rest| {
            rest.lines().next().unwrap_or_default().as_bytes().to_vec()
        });
        let head = "HTTP/1.1 200 OK\r\nX-One: 1\r\nX-One: 2\r\nContent-Length: ";
        let _ = stream
            .write_all(format!("{head}{}\r\n\r\n", body.len()).as_bytes())
            .await;
        let _ = stream.write_all(&body).await;
    })
    .await;
    let spec = HttpSpec {
        headers: vec![(
            "X-Word".into(),
            "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}".into(),
        )],
        ..get(&format!("http://{at}/"))
    };
    let response = http(&[at], &Limits::default()).request(spec).await;
    assert_eq!(response.text, "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}");
    let ones = response.headers.iter().filter(|(name, _)| name == "x-one");
    assert_eq!(ones.count(), 2, "{:?}", response.headers);
}

/// A server on loopback that answers every connection with these bytes, after so long.
async fn serve(answer: Vec<u8>, after: Duration) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head).await;
            tokio::time::sleep(after).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    address
}

async fn asked(address: std::net::SocketAddr, limits: &Limits) -> HttpResponse {
    let http = http(&[address], limits);
    let spec = HttpSpec {
        method: "GET".into(),
        url: format!("http://{address}/"),
        timeout_ms: 600_000,
        connect_timeout_ms: 6_000,
        ..HttpSpec::default()
    };
    http.request(spec).await
}

#[tokio::test]
async fn limit_http_response_bytes() {
    let limits = Limits {
        http_response_bytes: 2_000,
        ..Limits::default()
    };
    let fits = serve(vec![b'x'; 2_000], Duration::ZERO).await;
    assert_eq!(asked(fits, &limits).await.code, 200);
    let above = serve(vec![b'x'; 2_001], Duration::ZERO).await;
    assert_eq!(asked(above, &limits).await.code, -9);
    let cloud = serve(vec![b'x'; (2 << 20) + 1], Duration::ZERO).await;
    assert_eq!(asked(cloud, &Limits::default()).await.code, -9);
}

#[tokio::test]
async fn limit_http_timeout_s() {
    let limits = Limits {
        http_timeout_s: 1,
        ..Limits::default()
    };
    let silent = serve(Vec::new(), Duration::from_secs(60)).await;
    assert_eq!(asked(silent, &limits).await.code, -7);
}

#[tokio::test]
async fn limit_audio_bytes() {
    let limits = Limits {
        audio_bytes: 2_000,
        ..Limits::default()
    };
    let address = serve(vec![b'x'; 2_001], Duration::ZERO).await;
    let http = http(&[address], &limits);
    let folder = tempfile::tempdir().unwrap();
    let tunes = crate::tune_cache::TuneCache::new(http, folder.path().to_owned(), &limits);
    let error = tunes.get(&format!("http://{address}/")).await.unwrap_err();
    assert!(error.contains("too large"), "{error}");
}

#[tokio::test]
async fn limit_audio_fetch_s() {
    let limits = Limits {
        audio_fetch_s: 1,
        ..Limits::default()
    };
    let address = serve(Vec::new(), Duration::from_secs(60)).await;
    let http = http(&[address], &limits);
    let folder = tempfile::tempdir().unwrap();
    let tunes = crate::tune_cache::TuneCache::new(http, folder.path().to_owned(), &limits);
    let error = tunes.get(&format!("http://{address}/")).await.unwrap_err();
    assert!(error.contains("in time"), "{error}");
}
