//! `Net` from the scenario's side, against real servers: forms of headers and
//! bodies, bytes both ways, and every code that a server or its absence provokes.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers by path: what came in, or what goes wrong.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut sent = Vec::new();
                let mut piece = vec![0; 64 << 10];
                // A head, and the few bytes of body that these tests send.
                while !is_whole(&sent) {
                    match stream.read(&mut piece).await {
                        Ok(length) if length > 0 => sent.extend_from_slice(&piece[..length]),
                        _ => return,
                    }
                }
                let answer = answer(&sent).await;
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    address
}

fn parts(sent: &[u8]) -> Option<(String, &[u8])> {
    let end = sent.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&sent[..end]).into_owned();
    Some((head, &sent[end + 4..]))
}

fn is_whole(sent: &[u8]) -> bool {
    parts(sent).is_some_and(|(head, body)| {
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        body.len() >= length.unwrap_or(0)
    })
}

async fn answer(sent: &[u8]) -> Vec<u8> {
    let (head, body) = parts(sent).unwrap();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let plain = |body: &[u8], more: &str| {
        let length = body.len();
        let mut all = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        all.extend_from_slice(body);
        all
    };
    match path.as_str() {
        "/head" => plain(head.as_bytes(), "X-Answer: one\r\nX-Answer: two\r\n"),
        "/body" => plain(body, ""),
        "/round" => {
            b"HTTP/1.1 302 x\r\nConnection: close\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n"
                .to_vec()
        }
        "/broken" => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec(),
        "/large" => plain(&vec![b'x'; (2 << 20) + 1], ""),
        "/medium" => plain(&vec![b'x'; (3 << 20) / 2], ""),
        _ => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Vec::new()
        }
    }
}

/// Runs a scenario without a call; what it wrote to its log.
async fn wrote(centre: &Centre, last: &str) -> String {
    let api_key = centre.command(&["key", "add", "--api", "--note", "net"]);
    let path =
        format!("/platform_api/StartScenarios/?account_id=1&rule_name=rule0&api_key={api_key}");
    centre.http().get(&path).await.ok();
    eventually("the scenario's last word", seconds(40), || async {
        let log = centre.session_logs();
        log.contains(last).then_some(log)
    })
    .await
}

#[tokio::test]
async fn every_code_comes_from_what_provokes_it() {
    let server = server().await;
    let closed = port::free_address();
    let scenario = format!(
        "VoxEngine.addEventListener(AppEvents.Started, async () => {{
           const codes = [];
           const ask = async (url, options) => {{
             const result = await Net.httpRequestAsync(url, options);
             codes.push(result.code);
             if (result.code < 100 && !result.error) codes.push('no error told');
           }};
           await ask('http://{server}/head');
           await ask('http://{server}/head', {{ method: 'BREW' }});
           await ask('nonsense');
           await ask('http://10.1.2.3/');
           await ask('http://no-such-host.invalid/');
           await ask('http://{closed}/');
           await ask('http://{server}/round');
           await ask('http://{server}/broken');
           await ask('http://{server}/silent', {{ timeout: 1 }});
           await ask('http://{server}/large');
           Logger.write('CODES ' + codes.join(' ') + ';');
           const many = [];
           for (let n = 0; n < 40; n += 1) many.push(Net.httpRequestAsync('http://{server}/head'));
           const refused = (await Promise.all(many)).filter(({{ code }}) => code === 0);
           Logger.write(`REFUSED ${{refused.length}};`);
           VoxEngine.terminate();
         }});"
    );
    let plan = CentrePlan::new()
        .scenario("777", "net.js", &scenario)
        .setting(
            "CORDBOARD__ENGINE__ALLOW_HOSTS",
            &format!("[\"{server}\", \"{closed}\"]"),
        );
    let centre = Centre::start(plan).await;
    let log = wrote(&centre, "REFUSED").await;
    let expected = "CODES 200 -1 -2 -2 -3 -4 -5 -6 -7 -9;";
    assert!(log.contains(expected), "{log}");
    assert!(log.contains("REFUSED 5;"), "{log}");
    centre.is_empty_again().await;
}

#[tokio::test]
async fn an_engine_without_memory_for_an_answer_says_minus_8() {
    let server = server().await;
    let scenario = format!(
        "VoxEngine.addEventListener(AppEvents.Started, () => {{
           Net.httpRequest('http://{server}/medium', (result) => {{
             Logger.write(`CODE ${{result.code}};`);
             VoxEngine.terminate();
           }});
         }});"
    );
    let plan = CentrePlan::new()
        .scenario("777", "net.js", &scenario)
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", &format!("[\"{server}\"]"))
        .setting("CORDBOARD__ENGINE__HTTP_ANSWERS_MIB", "1");
    let centre = Centre::start(plan).await;
    let log = wrote(&centre, "CODE").await;
    assert!(log.contains("CODE -8;"), "{log}");
}

#[tokio::test]
async fn headers_and_bodies_go_in_every_form_and_come_back() {
    let server = server().await;
    let scenario = format!(
        "VoxEngine.addEventListener(AppEvents.Started, async () => {{
           const http = (path, options) => Net.httpRequestAsync('http://{server}/' + path, options);
           const saw = (text, line) => text.toLowerCase().includes(line.toLowerCase());
           const asObject = await http('head', {{ headers: {{ 'X-One': 'a', 'X-Two': 7 }} }});
           Logger.write('OBJECT ' + (saw(asObject.text, 'X-One: a') && saw(asObject.text, 'X-Two: 7')));
           const asArray = await http('head', {{ headers: ['X-One: a:b', 'X-Two:7'] }});
           Logger.write('ARRAY ' + (saw(asArray.text, 'X-One: a:b') && saw(asArray.text, 'X-Two: 7')));
           Logger.write('AGENT ' + saw(asArray.text, 'User-Agent: VoxEngine/1.0'));
           const answers = asArray.headers.filter(({{ key }}) => key.toLowerCase() === 'x-answer');
           Logger.write('HEADERS ' + answers.map(({{ value }}) => value).join());
           Logger.write('RAW ' + saw(asArray.raw_headers, 'x-answer: one\\r\\nx-answer: two'));
           const bytes = [0, 255, 128, 10, 13, 0];
           for (const postData of [bytes, new Uint8Array(bytes)]) {{
             const back = await http('body', {{ method: 'POST', postData, rawOutput: true }});
             Logger.write('BYTES ' + Array.from(back.data).join());
           }}
           const text = await http('body', {{ method: 'post', postData: 'приём' }});
           Logger.write('TEXT ' + text.text + ' ' + (text.data === undefined));
           const options = new Net.HttpRequestOptions();
           options.method = 'PUT';
           options.postData = '5';
           Net.httpRequest('http://{server}/body', (result) => {{
             Logger.write('LAST ' + result.text + ';');
             VoxEngine.terminate();
           }}, options);
         }});"
    );
    let plan = CentrePlan::new()
        .scenario("777", "net.js", &scenario)
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", &format!("[\"{server}\"]"));
    let centre = Centre::start(plan).await;
    let log = wrote(&centre, "LAST").await;
    for line in [
        "OBJECT true",
        "ARRAY true",
        "AGENT true",
        "HEADERS one,two",
        "RAW true",
        "TEXT приём true",
        "LAST 5;",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert_eq!(log.matches("BYTES 0,255,128,10,13,0").count(), 2, "{log}");
}
