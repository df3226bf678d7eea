//! Users: registration and calls to and from them.

use crate::harness::{Centre, Setup, Sipp};
use sip::{SipEvent, Target};

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
