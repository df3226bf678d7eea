//! The page and the sounds.

use crate::centre::Centre;
use reqwest::{Method, StatusCode, header};

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() {
    let centre = Centre::start().await;
    let response = centre.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert!(
        headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn a_sound_has_its_type_and_is_not_sent_twice() {
    let centre = Centre::start().await;
    let path = "/sounds/hold-music.wav";
    let response = centre.request(Method::GET, path).send().await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()[header::CONTENT_TYPE]),
        (StatusCode::OK, &"audio/wav".parse().unwrap())
    );
    assert!(
        response.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("max-age")
    );
    let tag = response.headers()[header::ETAG].clone();
    let sound = response.bytes().await.unwrap();
    assert_eq!(&sound[..4], b"RIFF");
    let again = centre
        .request(Method::GET, path)
        .header(header::IF_NONE_MATCH, tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let head = centre.request(Method::HEAD, path).send().await.unwrap();
    assert_eq!(
        head.headers()[header::CONTENT_LENGTH],
        sound.len().to_string()
    );
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_owners_sound_goes_before_the_built_in_one() {
    let centre = Centre::start().await;
    let own = centre.sounds_dir();
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("place.en.wav"), "RIFF of the owner").unwrap();
    std::fs::write(own.join("jingle.mp3"), "ID3").unwrap();
    std::fs::write(own.join("notes.txt"), "not a sound").unwrap();
    std::fs::write(own.join("../secret.wav"), "outside").unwrap();
    let get = async |name: &str| {
        let path = format!("/sounds/{name}");
        let response = centre.request(Method::GET, &path).send().await.unwrap();
        let status = response.status();
        let kind = response.headers()[header::CONTENT_TYPE].clone();
        let kind = kind.to_str().unwrap().to_owned();
        (status, kind, response.bytes().await.unwrap())
    };
    let (_, kind, sound) = get("place.en.wav").await;
    assert_eq!(
        (&*kind, &sound[..]),
        ("audio/wav", &b"RIFF of the owner"[..])
    );
    let (_, kind, sound) = get("jingle.mp3").await;
    assert_eq!((&*kind, &sound[..]), ("audio/mpeg", &b"ID3"[..]));
    let (status, _, sound) = get("hold-music.wav").await;
    assert_eq!((status, &sound[..4]), (StatusCode::OK, &b"RIFF"[..]));
    for name in [
        "notes.txt",
        "..%2Fsecret.wav",
        "%2e%2e%2fsecret.wav",
        ".wav",
        "nothing.wav",
    ] {
        assert_eq!(get(name).await.0, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn answers_of_the_api_are_never_cached() {
    let centre = Centre::start().await;
    let response = centre
        .request(Method::GET, "/api/v1/session")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
}
