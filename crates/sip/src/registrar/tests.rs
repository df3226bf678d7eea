use super::*;
use rsipstack::sip::Transport as WireTransport;

fn uri(text: &str) -> Uri {
    Uri::try_from(text).unwrap()
}

fn wish(contacts: &[(&str, Option<u32>)], expires_s: Option<u32>, cseq: u32) -> Wish {
    let contacts = contacts
        .iter()
        .map(|(text, expires_s)| WishedContact {
            uri: uri(text),
            expires_s: *expires_s,
        })
        .collect();
    let source = Some("10.0.0.9:5070".parse().unwrap());
    let flow = Flow {
        transport: WireTransport::Udp,
        source,
        connection: None,
    };
    Wish {
        contacts,
        all: false,
        expires_s,
        call_id: "c".into(),
        cseq,
        flow,
    }
}

fn after(now: Instant, s: u64) -> Instant {
    now + Duration::from_secs(s)
}

const PHONE: &str = "sip:anna@10.0.0.9:5070";
const MOBILE: &str = "sip:anna@10.0.0.7:5060";

#[test]
fn contacts_come_and_expire_and_each_change_is_told() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    let first = registrar
        .register(now, "anna", &wish(&[(PHONE, Some(60))], None, 1))
        .unwrap();
    assert_eq!(
        first,
        Registered {
            contacts: vec![(uri(PHONE), 60)],
            changed: true
        }
    );
    let both = registrar
        .register(now, "anna", &wish(&[(MOBILE, None)], Some(120), 2))
        .unwrap();
    assert_eq!(both.contacts.len(), 2);
    assert_eq!(registrar.users(now), ["anna"]);
    assert_eq!(registrar.expire(after(now, 59)), []);
    assert_eq!(registrar.expire(after(now, 60)), [("anna".to_string(), 1)]);
    assert_eq!(registrar.expire(after(now, 120)), [("anna".to_string(), 0)]);
    assert_eq!(registrar.contacts(after(now, 120), "anna").len(), 0);
}

#[test]
fn a_refresh_prolongs_without_a_change() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    registrar
        .register(now, "anna", &wish(&[(PHONE, Some(60))], None, 1))
        .unwrap();
    let again = registrar
        .register(after(now, 50), "anna", &wish(&[(PHONE, Some(60))], None, 2))
        .unwrap();
    assert!(!again.changed);
    assert_eq!(registrar.contacts(after(now, 100), "anna").len(), 1);
}

#[test]
fn a_replayed_register_changes_nothing() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    registrar
        .register(now, "anna", &wish(&[(PHONE, Some(60))], None, 2))
        .unwrap();
    let replay = registrar.register(now, "anna", &wish(&[(PHONE, Some(0))], None, 2));
    assert_eq!(replay, Err(Denial::OutOfOrder));
    assert_eq!(registrar.contacts(now, "anna").len(), 1);
}

#[test]
fn expires_zero_and_star_remove() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    registrar
        .register(
            now,
            "anna",
            &wish(&[(PHONE, None), (MOBILE, None)], Some(60), 1),
        )
        .unwrap();
    let left = registrar
        .register(now, "anna", &wish(&[(PHONE, Some(0))], None, 2))
        .unwrap();
    assert_eq!(left.contacts, [(uri(MOBILE), 60)]);
    let star = |expires_s, contacts: &[_]| Wish {
        all: true,
        ..wish(contacts, expires_s, 3)
    };
    let wrong = registrar.register(now, "anna", &star(Some(60), &[]));
    assert_eq!(wrong, Err(Denial::BadStar));
    let mixed = registrar.register(now, "anna", &star(Some(0), &[(PHONE, None)]));
    assert_eq!(mixed, Err(Denial::BadStar));
    let none = registrar
        .register(now, "anna", &star(Some(0), &[]))
        .unwrap();
    assert_eq!(
        none,
        Registered {
            contacts: vec![],
            changed: true
        }
    );
    assert!(registrar.users.is_empty());
}

#[test]
fn too_brief_is_refused_whole_and_too_long_is_cut() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    let mixed = wish(&[(PHONE, Some(60)), (MOBILE, Some(9))], None, 1);
    assert_eq!(
        registrar.register(now, "anna", &mixed),
        Err(Denial::TooBrief { min_s: 10 })
    );
    assert_eq!(registrar.contacts(now, "anna").len(), 0);
    let long = wish(&[(PHONE, Some(u32::MAX))], None, 1);
    let granted = registrar.register(now, "anna", &long).unwrap();
    assert_eq!(granted.contacts, [(uri(PHONE), EXPIRES_S_MAX)]);
}

#[test]
fn the_contact_that_expires_first_gives_way() {
    let (mut registrar, now) = (Registrar::new(10), Instant::now());
    for n in 0..=CONTACTS_MAX as u32 {
        let text = format!("sip:anna@10.0.0.9:{}", 6000 + n);
        registrar
            .register(now, "anna", &wish(&[(&text, Some(100 + n))], None, n + 1))
            .unwrap();
    }
    let kept = registrar.contacts(now, "anna");
    assert_eq!(kept.len(), CONTACTS_MAX);
    assert!(
        !kept
            .iter()
            .any(|binding| binding.uri == uri("sip:anna@10.0.0.9:6000"))
    );
}
