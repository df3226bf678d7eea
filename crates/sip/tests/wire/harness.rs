//! A running stack with its events, and sipp beside it.

use sip::{
    DialRequest, Directory, Ha1, LegId, ListenerConfig, Sip, SipConfig, SipEvent, Target, Timing,
    Transport, TrunkConfig, futures_free::BoxFuture,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The realm of every test.
pub(crate) const REALM: &str = "centre.test";
/// An event that has not come by then does not come: machines are shared.
const PATIENCE: Duration = Duration::from_secs(30);

/// SDP that any phone takes.
pub(crate) const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

struct Users;

impl Directory for Users {
    fn ha1(&self, user: &str) -> BoxFuture<Option<Ha1>> {
        let known = matches!(user, "anna" | "boris");
        let ha1 = known.then(|| sip::ha1(user, REALM, &format!("secret-of-{user}")));
        Box::pin(async move { ha1 })
    }
}

/// A stack under test.
pub(crate) struct Centre {
    pub(crate) sip: Sip,
    pub(crate) udp: SocketAddr,
    pub(crate) tcp: SocketAddr,
    events: mpsc::UnboundedReceiver<SipEvent>,
}

/// How a stack under test differs from the usual.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) closed: bool,
    pub(crate) legs_max: Option<usize>,
    pub(crate) trunks: Vec<TrunkConfig>,
    /// Short protocol times, for tests that wait for them to run out.
    pub(crate) hasty: bool,
    /// Seconds of session timers (RFC 4028) take 20 ms.
    pub(crate) brief_sessions: bool,
}

impl Centre {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let listener = |transport| ListenerConfig {
            transport,
            bind: (Ipv4Addr::LOCALHOST, 0).into(),
            advertised: None,
            open: !setup.closed,
        };
        let config = SipConfig {
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            trunks: setup.trunks.clone(),
            realm: REALM.into(),
            user_agent: "Cordboard test".into(),
            legs_max: setup.legs_max.unwrap_or(1000),
        };
        let (sender, events) = mpsc::unbounded_channel();
        let sink = Arc::new(move |event| {
            let _ = sender.send(event);
        });
        let mut timing = match setup.hasty {
            true => Timing {
                t1: Duration::from_millis(40),
                expires_s_min: 1,
                probe_every: Duration::from_secs(1),
                ..Timing::default()
            },
            false => Timing::default(),
        };
        if setup.brief_sessions {
            timing.session_second = Duration::from_millis(20);
        }
        let sip = Sip::start_with(config, Arc::new(Users), sink, timing)
            .await
            .unwrap();
        let bound = sip.bound();
        Self {
            sip,
            udp: bound[0].1,
            tcp: bound[1].1,
            events,
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> SipEvent {
        let next = tokio::time::timeout(PATIENCE, self.events.recv()).await;
        next.expect("no event in time").expect("the stack lives")
    }

    /// The next event, which must be an incoming call.
    pub(crate) async fn incoming(&mut self) -> LegId {
        match self.next().await {
            SipEvent::Incoming { leg, .. } => leg,
            other => panic!("expected a call, got {other:?}"),
        }
    }

    /// Nothing is left and nothing more is told.
    pub(crate) async fn is_quiet(&mut self) {
        assert_eq!(self.sip.legs(), 0, "legs are left");
        assert_eq!(self.sip.kept().1, 0, "dialogs are left");
        // Only a wait can show that something does not happen.
        let more = tokio::time::timeout(Duration::from_millis(300), self.events.recv()).await;
        assert!(more.is_err(), "one event too many: {more:?}");
    }

    /// Calls a SIP address.
    pub(crate) fn call(&self, uri: String) -> LegId {
        self.dial(Target::Uri {
            uri,
            auth: None,
            proxy: None,
        })
    }

    pub(crate) fn dial(&self, target: Target) -> LegId {
        self.sip.dial(DialRequest {
            target,
            caller: "100".into(),
            display_name: "Hot \"line\"".into(),
            headers: vec![("X-Call".into(), "c-1".into())],
            sdp: SDP.to_vec(),
            timeout_ms: 20_000,
        })
    }
}

/// A UDP and TCP port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.local_addr().unwrap().port()
}

/// A trunk at this address whose calls come from `source`.
pub(crate) fn trunk(address: SocketAddr, source: Option<IpAddr>) -> TrunkConfig {
    TrunkConfig {
        name: "acme".into(),
        address: address.to_string(),
        transport: Transport::Udp,
        sources: source.into_iter().collect(),
        credentials: None,
        register_every_s: None,
    }
}

/// sipp running one scenario; killed when dropped.
pub(crate) struct Sipp {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Sipp {
    /// A scenario of tests/sipp, or `uac` / `uas` of sipp itself.
    pub(crate) fn start(scenario: &str, more: &[&str]) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new("sipp");
        if let "uac" | "uas" = scenario {
            command.args(["-sn", scenario]);
        } else {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sipp");
            command.arg("-sf").arg(format!("{folder}/{scenario}.xml"));
        }
        command
            .args(["-i", "127.0.0.1", "-p", &address.port().to_string()])
            .args(["-mp", &free_port().to_string(), "-m", "1", "-nostdin"])
            .args(["-timeout", "40", "-timeout_error", "-s", "100"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self {
            child: command.spawn().expect("sipp is installed"),
            address,
        }
    }

    /// Waits until it ends; it must have seen what its scenario expects.
    pub(crate) async fn succeeds(self) {
        let output = tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await;
        let output = output.expect("sipp ends").unwrap();
        assert!(
            output.status.success(),
            "sipp: {} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Waits until it ends; says whether it saw something unexpected.
    pub(crate) async fn fails(self) -> bool {
        let output = tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await;
        !output.expect("sipp ends").unwrap().status.success()
    }

    /// Waits until it answers on UDP, so that a test may call it.
    pub(crate) async fn listening(&self) {
        let proc = format!(":{:04X} ", self.address.port());
        for _ in 0..3000 {
            let tables = ["/proc/net/udp", "/proc/net/tcp"];
            if tables
                .iter()
                .any(|t| std::fs::read_to_string(t).is_ok_and(|s| s.contains(&proc)))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("sipp does not listen");
    }
}

/// baresip with one account that registers and answers; killed when dropped.
pub(crate) struct Baresip {
    child: Child,
    _folder: Folder,
}

/// A folder that goes with its owner.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Baresip {
    pub(crate) fn start(at: SocketAddr, transport: &str, user: &str, secret: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("baresip-{}", free_port()));
        std::fs::create_dir_all(&folder).unwrap();
        let account = format!(
            "<sip:{user}@{at};transport={transport}>;auth_user={user};auth_pass={secret};regint=60;answermode=auto\n"
        );
        std::fs::write(folder.join("accounts"), account).unwrap();
        let wav = folder.join("silence.wav");
        std::fs::write(&wav, silence()).unwrap();
        let config = format!(
            "sip_listen 127.0.0.1:0\nmodule_path /usr/lib/baresip/modules\n\
            module g711.so\nmodule aufile.so\nmodule stdio.so\nmodule_app account.so\nmodule_app menu.so\n\
            audio_player aufile,/dev/null\naudio_source aufile,{wav}\naudio_alert aufile,/dev/null\n",
            wav = wav.display()
        );
        std::fs::write(folder.join("config"), config).unwrap();
        let child = Command::new("baresip")
            .arg("-f")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("baresip is installed");
        Self {
            child,
            _folder: Folder(folder),
        }
    }

    /// Asks it to end: it hangs up and unregisters.
    pub(crate) async fn quits(mut self) {
        let id = self.child.id().expect("it runs").to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(killed.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        assert!(ended.expect("baresip ends").is_ok());
    }
}

/// A second of silence as WAV: 8 kHz, 16 bits, mono.
fn silence() -> Vec<u8> {
    let (rate, octets) = (8000u32, 16_000u32);
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + octets).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * 2).to_le_bytes());
    wav.extend(2u16.to_le_bytes());
    wav.extend(16u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(octets.to_le_bytes());
    wav.resize(wav.len() + octets as usize, 0);
    wav
}
