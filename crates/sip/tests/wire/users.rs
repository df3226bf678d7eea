//! Users: registration and calls to and from them.

use crate::harness::{Baresip, Centre, REALM, SDP, Setup, Sipp, trunk};
use sip::{SipEvent, Source, Target, TrunkCredentials};

/// Runs a REGISTER scenario for a contact.
async fn register(
    centre: &Centre,
    scenario: &str,
    user: &str,
    secret: &str,
    contact: &str,
    expires: &str,
) {
    let udp = centre.udp.to_string();
    let keys = [
        "-key", "user", user, "-au", user, "-ap", secret, "-key", "contact", contact, "-key",
        "expires", expires, &udp,
    ];
    Sipp::start(scenario, &keys).succeeds().await;
}

/// The next event must be a change of the user's contacts.
async fn registered(centre: &mut Centre) -> (String, usize) {
    match centre.next().await {
        SipEvent::Registered { user, contacts } => (user, contacts),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_phone_registers_is_called_and_unregisters() {
    let mut centre = Centre::start().await;
    let phone = Sipp::start("uas", &[]);
    phone.listening().await;
    let contact = phone.address.to_string();
    register(
        &centre,
        "register",
        "anna",
        "secret-of-anna",
        &contact,
        "60",
    )
    .await;
    assert_eq!(registered(&mut centre).await, ("anna".into(), 1));
    assert_eq!(centre.sip.registered(), ["anna"]);
    let leg = centre.dial(Target::User("anna".into()));
    assert!(matches!(
        centre.next().await,
        SipEvent::Progress { code: 180, .. }
    ));
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    phone.succeeds().await;
    register(&centre, "register", "anna", "secret-of-anna", &contact, "0").await;
    assert_eq!(registered(&mut centre).await, ("anna".into(), 0));
    centre.dial(Target::User("anna".into()));
    assert!(matches!(
        centre.next().await,
        SipEvent::Failed { code: 480, .. }
    ));
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let mut centre = Centre::with(Setup {
        closed: true,
        ..Setup::default()
    })
    .await;
    register(
        &centre,
        "register-refused",
        "anna",
        "guess",
        "127.0.0.1:9",
        "60",
    )
    .await;
    register(
        &centre,
        "register-refused",
        "nobody",
        "guess",
        "127.0.0.1:9",
        "60",
    )
    .await;
    assert!(centre.sip.registered().is_empty());
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_user_calls_in_with_proof_and_a_liar_does_not() {
    let mut centre = Centre::start().await;
    let udp = centre.udp.to_string();
    let call = |secret| {
        Sipp::start(
            "user-calls",
            &["-key", "user", "anna", "-au", "anna", "-ap", secret, &udp],
        )
    };
    let phone = call("secret-of-anna");
    match centre.next().await {
        SipEvent::Incoming { leg, source, .. } => {
            assert_eq!(source, Source::User("anna".into()));
            centre.sip.answer(leg, vec![], SDP.to_vec());
        }
        other => panic!("{other:?}"),
    }
    phone.succeeds().await;
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: false, .. }
    ));
    assert!(call("guess").fails().await, "403 is not in the scenario");
    centre.is_quiet().await;
}

#[tokio::test]
async fn two_phones_ring_and_the_one_that_does_not_answer_is_told() {
    let mut centre = Centre::start().await;
    let slow = Sipp::start("uas-rings", &[]);
    let quick = Sipp::start("uas", &[]);
    for phone in [&slow, &quick] {
        phone.listening().await;
        let contact = phone.address.to_string();
        register(
            &centre,
            "register",
            "anna",
            "secret-of-anna",
            &contact,
            "60",
        )
        .await;
    }
    assert_eq!(registered(&mut centre).await, ("anna".into(), 1));
    assert_eq!(registered(&mut centre).await, ("anna".into(), 2));
    let leg = centre.dial(Target::User("anna".into()));
    loop {
        match centre.next().await {
            SipEvent::Progress { .. } => {}
            SipEvent::Answered { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    slow.succeeds().await;
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    quick.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_does_not_come_back_expires() {
    let mut centre = Centre::with(Setup {
        hasty: true,
        ..Setup::default()
    })
    .await;
    register(
        &centre,
        "register",
        "boris",
        "secret-of-boris",
        "127.0.0.1:9",
        "2",
    )
    .await;
    assert_eq!(registered(&mut centre).await, ("boris".into(), 1));
    assert_eq!(registered(&mut centre).await, ("boris".into(), 0));
    assert!(centre.sip.registered().is_empty());
}

#[tokio::test]
async fn a_trunk_registers_with_its_provider() {
    let mut provider = Centre::start().await;
    let mut line = trunk(provider.udp, None);
    line.register_every_s = Some(60);
    line.credentials = Some(TrunkCredentials {
        user: "anna".into(),
        password: "secret-of-anna".into(),
        realm: Some(REALM.into()),
    });
    let mut centre = Centre::with(Setup {
        trunks: vec![line],
        ..Setup::default()
    })
    .await;
    assert_eq!(registered(&mut provider).await, ("anna".into(), 1));
    // The provider calls us there, and we are a stranger's open listener to it.
    let out = provider.dial(Target::User("anna".into()));
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    assert!(matches!(provider.next().await, SipEvent::Answered { .. }));
    provider.sip.hangup(out, vec![], None);
    assert!(matches!(
        provider.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: false, .. }
    ));
    centre.is_quiet().await;
    provider.is_quiet().await;
}

#[tokio::test]
async fn a_real_phone_registers_is_called_and_signs_off() {
    let centre = Centre::start().await;
    let phone = Baresip::start(centre.udp, "udp", "anna", "secret-of-anna");
    serves(centre, phone).await;
}

#[tokio::test]
async fn a_real_phone_is_called_over_the_connection_it_registered_by() {
    let centre = Centre::start().await;
    let phone = Baresip::start(centre.tcp, "tcp", "anna", "secret-of-anna");
    serves(centre, phone).await;
}

/// A phone comes, is called, is hung up on, and goes.
async fn serves(mut centre: Centre, phone: Baresip) {
    assert_eq!(registered(&mut centre).await, ("anna".into(), 1));
    let leg = centre.dial(Target::User("anna".into()));
    loop {
        match centre.next().await {
            SipEvent::Progress { .. } => {}
            SipEvent::Answered { sdp, .. } => {
                assert!(sdp.starts_with(b"v=0"));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    phone.quits().await;
    assert_eq!(registered(&mut centre).await, ("anna".into(), 0));
    centre.is_quiet().await;
}
