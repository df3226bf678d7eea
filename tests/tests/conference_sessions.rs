//! Callers of one conference meet in one session, however they and it came
//! there; in every race each of them is answered.

use std::time::Duration;

use crate::conference::each_hears_the_others;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A room for all who come; it closes behind the last one.
const ROOM: &str = "
let conf;
let guests = 0;
let inside = 0;
VoxEngine.addEventListener(AppEvents.Started, (e) => {
  Logger.write('ROOM ' + e.conference_name);
  conf = VoxEngine.createConference();
});
VoxEngine.addEventListener(AppEvents.HttpRequest, () => `${guests} came`);
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  guests += 1;
  inside += 1;
  Logger.write(`GUEST ${guests} DIALLED ${destination} ID ${call.id()}`);
  call.answer();
  call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conf));
  call.addEventListener(CallEvents.Disconnected, () => {
    inside -= 1;
    if (inside === 0) VoxEngine.terminate();
  });
});
";

/// Leads its caller into the room.
const GATE: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  Logger.write('GATE');
  const call = VoxEngine.callConference('301', e.callerid, 'Guest', {'X-Gate': 'north'});
  VoxEngine.easyProcess(e.call, call);
});
";

#[tokio::test]
async fn three_phones_meet_in_one_session_two_of_them_by_call_conference() {
    let tones = [440.0, 880.0, 1_320.0];
    let plan = CentrePlan::new()
        .agent("anna")
        .agent("boris")
        .scenario("302", "gate.js", GATE)
        .conference("301", "room.js", ROOM);
    let centre = Centre::start(plan).await;
    let agent = |name: &str, hz| {
        let mut plan = PhonePlan::agent(centre.sip(), name, centre.sip_secret(name));
        plan.tone_hz = hz;
        plan
    };
    let anna = Phone::start(&agent("anna", tones[1])).await;
    let boris = Phone::start(&agent("boris", tones[2])).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    anna.dial("302").await;
    caller.dial("301").await;
    boris.dial("302").await;
    each_hears_the_others([&caller, &anna, &boris], tones, seconds(10), seconds(15)).await;
    for phone in [&anna, &caller, &boris] {
        phone.hang_up().await;
    }
    centre.is_empty_again().await;
    let log = centre.session_logs();
    assert_eq!(log.matches("ROOM 301").count(), 1, "{log}");
    assert_eq!(log.matches("GATE").count(), 2, "{log}");
    let guests = log.matches("DIALLED 301").count();
    assert_eq!(guests, 3, "{log}");
    assert!(log.contains("GUEST 3 "), "in one session: {log}");
}

#[tokio::test]
async fn a_call_joins_the_session_that_start_conference_made() {
    let centre = Centre::start(CentrePlan::new().conference("301", "room.js", ROOM)).await;
    let api_key = centre.command(&["key", "add", "--api", "--note", "rooms"]);
    let start = || async {
        let path =
            "/platform_api/StartConference/?account_id=1&rule_name=rule0&conference_name=301";
        let path = format!("{path}&api_key={api_key}");
        let answer: Value = centre.http().get(&path).await.ok();
        assert_eq!(answer["result"], 1, "{answer}");
        answer["media_session_access_url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let url = start().await;
    let phone = Phone::start(&PhonePlan::caller(centre.sip())).await;
    phone.dial("301").await;
    phone.event("CALL_ESTABLISHED", seconds(8)).await;
    assert_eq!(start().await, url, "the same session");
    let said = centre.http().send("POST", &url, Some("?")).await.unwrap();
    assert_eq!(said.text, "1 came");
    phone.hang_up().await;
    centre.is_empty_again().await;
    // The other way round: a call opens it, the command finds it.
    phone.dial("301").await;
    phone.nth_event("CALL_ESTABLISHED", 1, seconds(8)).await;
    let next = start().await;
    assert_ne!(next, url);
    let said = centre.http().send("POST", &next, Some("?")).await.unwrap();
    assert_eq!(said.text, "1 came");
    phone.hang_up().await;
    centre.is_empty_again().await;
    assert_eq!(centre.session_logs().matches("ROOM 301").count(), 2);
}

/// Ends when so many have been connected.
fn room_for(guests: u32) -> String {
    format!(
        "let connected = 0;
         VoxEngine.addEventListener(AppEvents.Started, () => Logger.write('ROOM'));
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{
           call.answer();
           call.addEventListener(CallEvents.Connected, () => {{
             connected += 1;
             if (connected === {guests}) VoxEngine.terminate();
           }});
         }});"
    )
}

#[tokio::test]
async fn forty_callers_in_one_instant_meet_in_one_session() {
    const CALLERS: u32 = 40;
    let plan = CentrePlan::new().conference("301", "room.js", &room_for(CALLERS));
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("301").calls(CALLERS, 4_000);
    let callers = Sipp::call("caller", centre.sip(), &dials);
    callers.succeeds(seconds(60)).await;
    centre.is_empty_again().await;
    assert_eq!(centre.session_logs().matches("ROOM").count(), 1);
}

/// A hundred in one room: three who speak are heard by each other and not by themselves.
async fn a_hundred_meet(hd: bool) {
    const SILENT: u32 = 97;
    let tones = [440.0, 880.0, 1_320.0];
    let room = ROOM.replace(
        "createConference()",
        &format!("createConference({{ hd_audio: {hd} }})"),
    );
    let plan = CentrePlan::new()
        .agent("anna")
        .agent("boris")
        .conference("301", "room.js", &room);
    let centre = Centre::start(plan).await;
    let agent = |name: &str, hz| {
        let mut plan = PhonePlan::agent(centre.sip(), name, centre.sip_secret(name));
        plan.tone_hz = hz;
        plan
    };
    let dials = SippPlan::new()
        .dials("301")
        .calls(SILENT, 50)
        .pause(seconds(12));
    let silent = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    let anna = Phone::start(&agent("anna", tones[1])).await;
    let boris = Phone::start(&agent("boris", tones[2])).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    for phone in [&caller, &anna, &boris] {
        phone.dial("301").await;
    }
    eventually("all to be there", seconds(10), || async {
        centre.session_logs().contains("GUEST 100 ").then_some(())
    })
    .await;
    each_hears_the_others([&caller, &anna, &boris], tones, seconds(10), seconds(15)).await;
    for phone in [&anna, &caller, &boris] {
        phone.hang_up().await;
    }
    silent.succeeds(seconds(40)).await;
    centre.is_empty_again().await;
    let log = centre.session_logs();
    assert_eq!(log.matches("ROOM 301").count(), 1, "{log}");
    assert!(!log.contains("more than 100 members"), "{log}");
}

#[tokio::test]
async fn a_hundred_meet_at_8_khz() {
    a_hundred_meet(false).await;
}

#[tokio::test]
async fn a_hundred_meet_at_16_khz() {
    a_hundred_meet(true).await;
}

/// A web server that takes its time.
async fn slow_server() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4_096];
                let _ = stream.read(&mut head).await;
                tokio::time::sleep(Duration::from_millis(60)).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                let _ = stream.write_all(answer).await;
            });
        }
    });
    address
}

/// The session ends again and again while others arrive: at once, or while it
/// still waits for its last request. Whoever comes too late opens the next one.
#[tokio::test]
async fn a_session_that_is_ending_loses_no_caller() {
    const CALLERS: u32 = 150;
    let server = slow_server().await;
    let room = format!(
        "VoxEngine.addEventListener(AppEvents.Started, () => Logger.write('ROOM'));
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{
           call.answer();
           call.addEventListener(CallEvents.Connected, () => setTimeout(VoxEngine.terminate, 15));
         }});
         VoxEngine.addEventListener(AppEvents.Terminating, () => {{
           if (Math.random() < 0.5) Net.httpRequest('http://{server}/', () => Logger.write('LAST'));
         }});"
    );
    let plan = CentrePlan::new()
        .conference("301", "room.js", &room)
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", &format!("[\"{server}\"]"));
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("301").calls(CALLERS, 300);
    let callers = Sipp::call("caller", centre.sip(), &dials);
    let seen = callers.succeeds(seconds(90)).await;
    let answered = seen.iter().filter(|seen| seen.word == "200").count();
    assert_eq!(answered, CALLERS as usize);
    centre.is_empty_again().await;
    let log = centre.session_logs();
    let rooms = log.matches("ROOM").count();
    assert!(rooms > 3, "sessions ended while callers came: {rooms}");
    assert!(log.contains("LAST"), "some of them slowly");
}

#[tokio::test]
async fn limit_conference_calls() {
    let plan = CentrePlan::new()
        .conference("301", "room.js", ROOM)
        .setting("CORDBOARD__SCENARIOS__LIMITS__CONFERENCE_CALLS", "1");
    let centre = Centre::start(plan).await;
    let phone = Phone::start(&PhonePlan::caller(centre.sip())).await;
    phone.dial("301").await;
    phone.event("CALL_ESTABLISHED", seconds(8)).await;
    let refused = SippPlan::new().dials("301").calls(1, 1);
    let late = Sipp::call("caller_is_refused", centre.sip(), &refused);
    let seen = late.succeeds(seconds(10)).await;
    assert!(seen.iter().any(|seen| seen.word == "486"), "{seen:?}");
    phone.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn conferences_that_call_each_other_in_a_row_come_to_an_end() {
    let chain = "
      VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
        const next = VoxEngine.callConference(String(Number(e.destination) + 1), '1');
        Logger.write('HOP ' + e.destination);
        next.addEventListener(CallEvents.Failed, ({ code }) => {
          Logger.write(`REFUSED ${code}`);
          e.call.reject(486);
          VoxEngine.terminate();
        });
      });";
    let plan = CentrePlan::new().conference("4..", "chain.js", chain);
    let centre = Centre::start(plan).await;
    let refused = SippPlan::new().dials("400").calls(1, 1);
    let caller = Sipp::call("caller_is_refused", centre.sip(), &refused);
    caller.succeeds(seconds(10)).await;
    centre.is_empty_again().await;
    let log = centre.session_logs();
    assert!(log.contains("REFUSED 483"), "{log}");
    assert!(log.contains("HOP 405") && !log.contains("HOP 406"), "{log}");
}

#[tokio::test]
async fn names_of_conferences_have_at_most_255_characters() {
    let calls = "
      VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
        const name = e.destination + '0'.repeat(256 - e.destination.length);
        const long = VoxEngine.callConference(name, '1');
        long.addEventListener(CallEvents.Failed, ({ code }) => {
          Logger.write(`LONG ${code};`);
          const fits = VoxEngine.callConference(name.slice(1), '1');
          fits.addEventListener(CallEvents.Failed, (f) => {
            Logger.write(`FITS ${f.code};`);
            e.call.reject(486);
            VoxEngine.terminate();
          });
        });
      });";
    let plan = CentrePlan::new().conference("4..", "names.js", calls);
    let centre = Centre::start(plan).await;
    let refused = SippPlan::new().dials("400").calls(1, 1);
    let caller = Sipp::call("caller_is_refused", centre.sip(), &refused);
    caller.succeeds(seconds(10)).await;
    centre.is_empty_again().await;
    let log = centre.session_logs();
    // No rule fits the second name.
    assert!(
        log.contains("LONG 414;") && log.contains("FITS 404;"),
        "{log}"
    );
}
