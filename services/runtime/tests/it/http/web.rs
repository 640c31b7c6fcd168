//! What browsers need besides: files, other origins, gRPC-Web.

use super::client::{PATH, anywhere, open, open_with};
use crate::support::config;
use enrich_proto::v1::{DetectLanguageRequest, DetectLanguageResponse};
use enrich_runtime::{HttpConfig, Limits};
use prost::Message;

#[tokio::test]
async fn files_come_with_a_strict_policy_and_are_not_sent_twice() {
    let doors = open().await;
    let page = doors.ask("GET", "/", &[], b"").await;
    assert_eq!((page.code, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));

    let tag = format!("if-none-match: {}", page.header("etag").unwrap());
    let again = doors.ask("GET", "/", &[&tag], b"").await;
    assert_eq!((again.code, again.body.len()), (304, 0));
    let head = doors.ask("HEAD", "/", &[], b"").await;
    assert_eq!((head.code, head.body.len()), (200, 0));
    let paths = doors.ask("GET", "/openapi.json", &[], b"").await.json();
    assert_eq!((paths["openapi"].as_str(), paths["paths"].as_object().unwrap().len()), (Some("3.1.0"), 6));
}

fn origins(list: &str) -> HttpConfig {
    HttpConfig { http_cors_origins: list.split(',').map(|origin| origin.parse().unwrap()).collect(), ..anywhere() }
}

#[tokio::test]
async fn pages_of_the_origins_that_are_named_may_call_and_no_others() {
    let doors = open_with(Limits::default(), config(), origins("https://desk.example,http://localhost:3000")).await;
    for (origin, allowed) in [
        ("https://desk.example", true),
        ("http://localhost:3000", true),
        ("https://other.example", false),
        ("null", false),
    ] {
        let origin_header = format!("origin: {origin}");
        let asked = ["access-control-request-method: POST", "access-control-request-headers: content-type,x-api-key"];
        let preflight = doors.ask("OPTIONS", PATH, &[&[origin_header.as_str()], &asked[..]].concat(), b"").await;
        let answer = doors.say("water", &[&origin_header]).await;
        for answer in [&preflight, &answer] {
            assert_eq!(answer.code, 200);
            assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        }
        let headers = preflight.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("x-api-key") && headers.contains("x-timeout-ms"), "{headers}");
    }
    let all = open_with(Limits::default(), config(), origins("*")).await;
    let answer = all.say("water", &["origin: https://other.example"]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn without_origins_no_other_page_may_call() {
    let doors = open().await;
    let answer = doors.say("water", &["origin: https://desk.example"]).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let preflight = ["origin: https://desk.example", "access-control-request-method: POST"];
    let refused = doors.ask("OPTIONS", PATH, &preflight, b"").await;
    assert_eq!((refused.code, refused.header("access-control-allow-origin")), (405, None));
}

/// A message or trailers behind their prefix.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&[kind], &u32::try_from(payload.len()).unwrap().to_be_bytes()[..], payload].concat()
}

#[tokio::test]
async fn grpc_web_is_spoken() {
    let doors = open().await;
    let path = "/enrich.v1.LanguageService/DetectLanguage";
    let ask = async |text: &str| {
        let request = DetectLanguageRequest { id: "a".into(), text: text.into(), ..Default::default() };
        let body = frame(0, &request.encode_to_vec());
        doors.ask("POST", path, &["content-type: application/grpc-web+proto", "x-grpc-web: 1"], &body).await
    };
    let answer = ask("water").await;
    assert_eq!((answer.code, answer.header("content-type")), (200, Some("application/grpc-web+proto")));
    let response = DetectLanguageResponse { id: "a".into(), ..Default::default() };
    let message = frame(0, &response.encode_to_vec());
    // The body comes in chunks; what they hold is found whole.
    let holds = |part: &[u8]| answer.body.windows(part.len()).any(|window| window == part);
    assert!(holds(&message) && holds(b"grpc-status:0"), "{:?}", String::from_utf8_lossy(&answer.body));

    let refused = ask("").await;
    let said = format!("{}{}", refused.head, String::from_utf8_lossy(&refused.body));
    assert!(refused.code == 200 && (said.contains("grpc-status: 3") || said.contains("grpc-status:3")), "{said}");
}
