//! A real SIP phone without a person: baresip, which plays a tone into its
//! microphone and writes down what comes out of its loudspeaker. Driven over its
//! `ctrl_tcp` module (netstrings of JSON); keys go to its `cons` module (a datagram
//! a key).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, UdpSocket};

use crate::audio::{self, Heard};
use crate::eventually::{eventually, seconds};
use crate::port;
use crate::program::Program;

/// Length of the tone a phone plays, seconds: longer than any test talks.
const TONE_S: u32 = 90;
/// Largest message of baresip's control link that is believed, bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What a phone shall be.
#[derive(Debug, Clone)]
pub struct PhonePlan {
    /// SIP user.
    pub user: String,
    /// Digest secret; without one the phone does not register.
    pub secret: Option<String>,
    /// Where it registers and what it dials through.
    pub server: SocketAddr,
    /// The tone it plays into the call, Hz.
    pub tone_hz: f64,
    /// Keys that it plays as tones instead, from the start of the call.
    pub plays_keys: Option<String>,
    /// A wav file of 8 kHz that it plays instead, from the start of the call; then silence.
    pub plays_file: Option<PathBuf>,
    /// The codec that it has.
    pub codec: PhoneCodec,
    /// Whether it picks up by itself.
    pub answers: bool,
    /// Where it can be called without a registration; `None` is any free port.
    pub listens: Option<SocketAddr>,
    /// Whether its RTCP may share the port of RTP (RFC 5761).
    pub shares_rtcp: bool,
}

/// The codec of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneCodec {
    /// G.711 µ-law.
    Pcmu,
    /// G.722: plays and hears 16 kHz.
    G722,
}

impl PhonePlan {
    /// An outside caller: no account, plays [`audio::CALLER_HZ`].
    pub fn caller(server: SocketAddr) -> Self {
        Self {
            user: "4951234567".into(),
            secret: None,
            server,
            tone_hz: audio::CALLER_HZ,
            plays_keys: None,
            plays_file: None,
            codec: PhoneCodec::Pcmu,
            answers: false,
            shares_rtcp: false,
            listens: None,
        }
    }

    /// An agent's phone that registers and picks up, plays [`audio::AGENT_HZ`].
    pub fn agent(server: SocketAddr, user: &str, secret: &str) -> Self {
        Self {
            user: user.into(),
            secret: Some(secret.into()),
            server,
            tone_hz: audio::AGENT_HZ,
            plays_keys: None,
            plays_file: None,
            codec: PhoneCodec::Pcmu,
            answers: true,
            shares_rtcp: false,
            listens: None,
        }
    }

    /// The same phone with G.722 and nothing else.
    #[must_use]
    pub fn wideband(mut self) -> Self {
        self.codec = PhoneCodec::G722;
        self
    }

    /// The same phone, but it only rings.
    #[must_use]
    pub fn that_only_rings(mut self) -> Self {
        self.answers = false;
        self
    }
}

/// A running phone.
#[derive(Debug)]
pub struct Phone {
    program: Program,
    server: SocketAddr,
    codec: PhoneCodec,
    control: tokio::sync::Mutex<OwnedWriteHalf>,
    keyboard: UdpSocket,
    events: Arc<Mutex<Vec<Value>>>,
    reader: tokio::task::JoinHandle<()>,
    /// Last, so that the logs are still there when the programs end.
    dir: tempfile::TempDir,
}

impl Phone {
    /// Starts a phone and, if it has a secret, waits until it is registered.
    ///
    /// # Panics
    /// If baresip is not installed, or does not register in 10 s.
    pub async fn start(plan: &PhonePlan) -> Self {
        let phone = Self::start_unregistered(plan).await;
        if plan.secret.is_some() {
            phone.event("REGISTER_OK", seconds(10)).await;
        }
        phone
    }

    /// Starts a phone and does not wait for its registration.
    ///
    /// # Panics
    /// If baresip is not installed or does not start.
    pub async fn start_unregistered(plan: &PhonePlan) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (control_port, key_port) = (port::free(), port::free());
        write_files(dir.path(), plan, control_port, key_port);
        let mut command = Command::new("baresip");
        command.arg("-f").arg(dir.path());
        let name = format!("phone of {}", plan.user);
        let program = Program::start(&name, &dir.path().join("baresip.log"), &command);
        let link = eventually("baresip's control link", seconds(10), || async {
            TcpStream::connect(("127.0.0.1", control_port)).await.ok()
        })
        .await;
        let keyboard = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let keys_to = ("127.0.0.1", key_port);
        keyboard.connect(keys_to).await.expect("a loopback address");
        let (read, write) = link.into_split();
        let events = Arc::new(Mutex::new(Vec::new()));
        let reader = tokio::spawn(read_messages(read, Arc::clone(&events)));
        let phone = Self {
            dir,
            program,
            server: plan.server,
            codec: plan.codec,
            control: tokio::sync::Mutex::new(write),
            keyboard,
            events,
            reader,
        };
        // An event may come between its start and our link: ask for the state instead.
        if plan.secret.is_some() {
            phone.command("reginfo", "").await;
        }
        phone
    }

    /// An outside caller of this number who has dialled 100 and was answered.
    ///
    /// # Panics
    /// If that does not come about.
    pub async fn waiting(server: SocketAddr, user: &str) -> Self {
        let mut plan = PhonePlan::caller(server);
        plan.user = user.into();
        let phone = Self::start(&plan).await;
        phone.dial("100").await;
        phone.event("CALL_ESTABLISHED", seconds(5)).await;
        phone
    }

    /// Dials a number at the phone's server; the outcome comes as events.
    pub async fn dial(&self, number: &str) {
        let uri = format!("sip:{number}@{}", self.server);
        self.command("dial", &uri).await;
    }

    /// Picks up.
    pub async fn answer(&self) {
        self.command("accept", "").await;
    }

    /// Hangs up, cancels or rejects, whatever fits the call's state.
    pub async fn hang_up(&self) {
        self.command("hangup", "").await;
    }

    /// Asks the far end to call somebody else instead (REFER).
    pub async fn transfer(&self, number: &str) {
        let uri = format!("sip:{number}@{}", self.server);
        self.command("transfer", &uri).await;
    }

    /// Presses a key; a digit in a call is sent as RFC 4733 says.
    pub async fn press(&self, key: char) {
        let key = key.to_string();
        let sent = self.keyboard.send(key.as_bytes()).await;
        sent.expect("baresip takes keys");
    }

    async fn command(&self, command: &str, params: &str) {
        let message = json!({"command": command, "params": params, "token": "t"}).to_string();
        let netstring = format!("{}:{message},", message.len());
        let mut control = self.control.lock().await;
        control
            .write_all(netstring.as_bytes())
            .await
            .expect("baresip takes commands");
    }

    /// Waits for the first event of a type (`CALL_INCOMING`, `CALL_ESTABLISHED`,
    /// `CALL_CLOSED`, `REGISTER_OK`, ...), seen or to come.
    ///
    /// # Panics
    /// If none comes `within`.
    pub async fn event(&self, kind: &str, within: Duration) -> Value {
        self.nth_event(kind, 0, within).await
    }

    /// Waits for the event of a type that comes after `skip` others of it.
    ///
    /// # Panics
    /// If it does not come `within`.
    pub async fn nth_event(&self, kind: &str, skip: usize, within: Duration) -> Value {
        let what = format!("event {kind} number {skip} of {:?}", self.program);
        eventually(&what, within, || async {
            self.events_of(kind).into_iter().nth(skip)
        })
        .await
    }

    /// All events of a type so far.
    pub fn events_of(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().expect("no reader panics");
        events
            .iter()
            .filter(|e| e["type"] == kind)
            .cloned()
            .collect()
    }

    /// Samples at 8 kHz heard so far, all calls after one another. Of a wideband
    /// phone every other one: enough for tones below 4 kHz.
    pub fn samples_heard(&self) -> Vec<i16> {
        let all = self.own_samples_heard();
        match self.codec {
            PhoneCodec::Pcmu => all,
            PhoneCodec::G722 => all.into_iter().step_by(2).collect(),
        }
    }

    /// The same at the rate of the phone's codec.
    pub fn own_samples_heard(&self) -> Vec<i16> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.dir.path())
            .expect("the phone's folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        files.sort();
        files
            .iter()
            .flat_map(|f| audio::read_growing_wav(f))
            .collect()
    }

    /// What each 100 ms so far sounded like.
    pub fn heard(&self) -> Vec<Heard> {
        audio::classify(&self.samples_heard())
    }

    /// Waits until `windows` windows of 100 ms in a row, all of them after the first
    /// `from` windows, sound like `what`; returns the number of windows heard by then.
    ///
    /// # Panics
    /// If that does not happen `within`, showing what was heard.
    pub async fn hears(&self, what: Heard, windows: usize, from: usize, within: Duration) -> usize {
        let started = std::time::Instant::now();
        loop {
            let heard = self.heard();
            let late = heard.get(from..).unwrap_or_default();
            if late.windows(windows).any(|w| w.iter().all(|h| *h == what)) {
                return heard.len();
            }
            assert!(
                started.elapsed() < within,
                "{what:?} was not heard for {windows} windows; heard: {}",
                audio::picture(&heard)
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many windows of 100 ms it has heard so far: a mark for [`Self::hears`].
    pub fn windows_heard(&self) -> usize {
        self.heard().len()
    }

    /// Ends the phone without a word to anybody, as a power cut would.
    pub fn pull_the_plug(&mut self) {
        self.program.kill();
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Keeps every event of the control link.
async fn read_messages(mut link: OwnedReadHalf, events: Arc<Mutex<Vec<Value>>>) {
    let mut pending = Vec::new();
    let mut chunk = [0_u8; 4096];
    loop {
        match link.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(n) => pending.extend_from_slice(&chunk[..n]),
        }
        while let Some((message, used)) = first_netstring(&pending) {
            if message["event"] == true {
                events.lock().expect("no other panics").push(message);
            } else if is_registered(&message) {
                let known = json!({"event": true, "type": "REGISTER_OK"});
                events.lock().expect("no other panics").push(known);
            }
            pending.drain(..used);
        }
        assert!(pending.len() < MESSAGE_BYTES_MAX, "baresip talks nonsense");
    }
}

/// Whether an answer to `reginfo` says that the account is registered.
fn is_registered(answer: &Value) -> bool {
    answer["data"]
        .as_str()
        .is_some_and(|text| text.contains("OK") && text.contains("User Agents"))
}

/// The first whole netstring as JSON and the number of bytes it took.
fn first_netstring(bytes: &[u8]) -> Option<(Value, usize)> {
    let colon = bytes.iter().position(|b| *b == b':')?;
    let length: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
    let end = colon + 1 + length;
    if bytes.len() <= end {
        return None;
    }
    let value = serde_json::from_slice(&bytes[colon + 1..end]).unwrap_or(Value::Null);
    Some((value, end + 1))
}

fn write_files(dir: &Path, plan: &PhonePlan, control_port: u16, key_port: u16) {
    let tone = dir.join("tone.wav");
    match (&plan.plays_file, &plan.plays_keys, plan.codec) {
        (Some(file), _, _) => {
            std::fs::copy(file, &tone).expect("the file to play");
        }
        (None, Some(keys), _) => audio::write_keys(&tone, keys, TONE_S),
        (None, None, PhoneCodec::Pcmu) => audio::write_tone(&tone, plan.tone_hz, TONE_S),
        (None, None, PhoneCodec::G722) => audio::write_wide_tone(&tone, plan.tone_hz, TONE_S),
    }
    let config = config(dir, plan, &tone, control_port, key_port);
    let account = account(plan);
    for (name, text) in [
        ("config", config),
        ("accounts", account),
        ("contacts", String::new()),
    ] {
        std::fs::write(dir.join(name), text).expect("the phone's files can be written");
    }
}

/// baresip 1.0's configuration: loopback only, tone in, recording out. `aubridge`
/// with a name of its own is a loudspeaker that nobody listens to.
fn config(dir: &Path, plan: &PhonePlan, tone: &Path, control_port: u16, key_port: u16) -> String {
    let (dir, tone) = (dir.display(), tone.display());
    let listens = match plan.listens {
        Some(address) => address.to_string(),
        None => "127.0.0.1:0".to_owned(),
    };
    let mux = if plan.shares_rtcp { "yes" } else { "no" };
    let (module, rate) = match plan.codec {
        PhoneCodec::Pcmu => ("g711", audio::RATE_HZ),
        PhoneCodec::G722 => ("g722", audio::WIDE_RATE_HZ),
    };
    format!(
        "poll_method epoll\n\
         sip_listen {listens}\n\
         net_interface 127.0.0.1\n\
         audio_player aubridge,nobody\n\
         audio_source aufile,{tone}\n\
         audio_level no\n\
         ausrc_srate {rate}\nauplay_srate {rate}\nausrc_channels 1\nauplay_channels 1\n\
         rtp_ports 27000-31999\n\
         rtcp_mux {mux}\n\
         jitter_buffer_delay 1-5\n\
         module_path /usr/lib/baresip/modules\n\
         module {module}.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         snd_path {dir}\n\
         module_app account.so\nmodule_app menu.so\n\
         module ctrl_tcp.so\n\
         ctrl_tcp_listen 127.0.0.1:{control_port}\n\
         module cons.so\n\
         cons_listen 127.0.0.1:{key_port}\n"
    )
}

fn account(plan: &PhonePlan) -> String {
    let mode = if plan.answers { "auto" } else { "manual" };
    let login = match &plan.secret {
        Some(secret) => format!("auth_user={};auth_pass={secret};regint=60", plan.user),
        None => "regint=0".into(),
    };
    let codec = match plan.codec {
        PhoneCodec::Pcmu => "PCMU",
        PhoneCodec::G722 => "G722",
    };
    format!(
        "<sip:{}@{}>;{login};answermode={mode};audio_codecs={codec};ptime=20\n",
        plan.user, plan.server
    )
}
