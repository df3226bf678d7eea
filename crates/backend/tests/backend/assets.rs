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
