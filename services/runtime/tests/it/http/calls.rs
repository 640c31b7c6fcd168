use super::client::{PATH, anywhere, open, open_when, open_with};
use crate::support::{config, service};
use enrich_runtime::{AccessConfig, Chassis, Limits, ServerConfig};
use std::fs;
use tokio::sync::oneshot;
use tonic::{Code, service::Routes};

const JSON: &str = "content-type: application/json";

#[tokio::test]
async fn a_text_in_json_is_answered_in_json_with_every_field_that_has_a_default() {
    let answer = open().await.say("water", &[]).await;
    assert_eq!(answer.code, 200);
    assert_eq!(answer.json(), serde_json::json!({ "id": "a", "stageTimes": [] }));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn both_spellings_of_a_field_are_read_and_a_charset_may_be_named() {
    let doors = open().await;
    for field in ["offsetUnit", "offset_unit"] {
        let body = format!(r#"{{"text": "water", "{field}": "OFFSET_UNIT_UTF8_BYTE"}}"#);
        let answer = doors.ask("POST", PATH, &["content-type: application/json; charset=utf-8"], body.as_bytes()).await;
        assert_eq!(answer.code, 200, "{field}");
    }
}

#[tokio::test]
async fn what_the_service_refuses_has_the_code_of_http_and_the_status_as_its_body() {
    let doors = open().await;
    doors.say("", &[]).await.assert_refused(400, Code::InvalidArgument, "EMPTY_TEXT");
    let long = doors.say(&"a".repeat((1 << 20) + 1), &[]).await;
    long.assert_refused(400, Code::InvalidArgument, "TEXT_TOO_LONG");
    assert_eq!(long.json()["message"], "text is 1048577 bytes; the limit is 1048576");
    assert_eq!(long.detail("ErrorInfo")["metadata"]["bytesMax"], "1048576");
    doors.say("panic secret", &[]).await.assert_refused(500, Code::Internal, "PANIC");
    doors.say("sleep 5000", &["x-timeout-ms: 50"]).await.assert_refused(
        504,
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
    );
    // This process serves one of the services only.
    let absent = doors.ask("GET", "/v1/info", &[], b"").await;
    assert_eq!((absent.code, absent.json()["code"].as_i64()), (501, Some(Code::Unimplemented as i64)));
}

#[tokio::test]
async fn what_is_not_the_json_of_a_request_is_refused_with_what_is_wrong() {
    let doors = open().await;
    for (body, says) in [
        (&br#"{"texts": "water"}"#[..], "unrecognized field name 'texts'"),
        (br#"{"text": "water""#, "EOF while parsing"),
        (br#"{"text": "water"} x"#, "trailing characters"),
        (br#"{"text": 5}"#, "invalid type"),
        (br#"["water"]"#, "DetectLanguageRequest cannot be read"),
        (br#"{"text": "\ud800"}"#, "hex escape"),
        (b"{\"text\": \"\xff\"}", "unicode"),
        (b"", "EOF while parsing"),
    ] {
        let answer = doors.ask("POST", PATH, &[JSON], body).await;
        answer.assert_refused(400, Code::InvalidArgument, "MALFORMED_MESSAGE");
        let json = answer.json();
        let words = json["message"].as_str().unwrap();
        assert!(words.contains(says), "{words} does not say {says}");
    }
    let field = format!(r#"{{"{}": 1}}"#, "é".repeat(5000));
    let answer = doors.ask("POST", PATH, &[JSON], field.as_bytes()).await;
    assert_eq!(answer.json()["message"].as_str().unwrap().chars().count(), 300);
}

#[tokio::test]
async fn other_types_paths_and_methods_are_refused() {
    let doors = open().await;
    for header in ["content-type: text/plain", "content-type: application/x-www-form-urlencoded", "x-none: a"] {
        let answer = doors.ask("POST", PATH, &[header], br#"{"text": "water"}"#).await;
        answer.assert_refused(415, Code::InvalidArgument, "NOT_JSON");
    }
    let packed = doors.ask("POST", PATH, &[JSON, "content-encoding: gzip"], b"\x1f\x8b").await;
    packed.assert_refused(415, Code::InvalidArgument, "NOT_JSON");
    for path in ["/v1", "/v1/", "/v1/languages", "/v1/language/", "/v2/language", "/%2e%2e/etc/passwd", "//"] {
        doors.ask("POST", path, &[JSON], b"{}").await.assert_refused(404, Code::NotFound, "PATH_UNKNOWN");
    }
    for (verb, path, allowed) in
        [("GET", PATH, "POST"), ("PUT", PATH, "POST"), ("POST", "/v1/info", "GET"), ("POST", "/", "GET, HEAD")]
    {
        let answer = doors.ask(verb, path, &[], b"").await;
        answer.assert_refused(405, Code::Unimplemented, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), Some(allowed));
    }
}

#[tokio::test]
async fn the_deadline_is_that_of_either_header() {
    let doors = open().await;
    let left = async |headers: &[&str]| -> u64 {
        let json = doors.say("left", headers).await.json();
        json["id"].as_str().unwrap().parse().unwrap()
    };
    for (headers, most) in [
        (&["x-timeout-ms: 3000"][..], 3000),
        (&["grpc-timeout: 2S"], 2000),
        (&["x-timeout-ms: 3000", "grpc-timeout: 2S"], 2000),
        (&[], 10_000),
        (&["x-timeout-ms: 99999999"], 120_000),
    ] {
        let left = left(headers).await;
        assert!(left <= most && left > most - 1000, "{left} of {most}");
    }
    for value in ["", "1.5", "-1", "1s", "100000000", "٣"] {
        let answer = doors.say("water", &[&format!("x-timeout-ms: {value}")]).await;
        answer.assert_refused(400, Code::InvalidArgument, "HEADER_INVALID");
        assert_eq!(answer.json()["message"], "x-timeout-ms must be a whole number from 0 to 99999999");
    }
    doors.say("water", &["x-timeout-ms: 0"]).await.assert_refused(504, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn both_doors_share_the_places_for_calls_and_a_refused_caller_is_told_to_wait() {
    let doors = open_with(Limits { in_flight_max: 1, ..Limits::default() }, config(), anywhere()).await;
    let mut client = doors.served.client();
    let call = tokio::spawn(async move { client.detect_language(crate::support::say("sleep 400")).await });
    while doors.served.chassis.in_flight() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let answer = doors.say("water", &[]).await;
    answer.assert_refused(429, Code::ResourceExhausted, "OVERLOADED");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.detail("RetryInfo")["retryDelay"], "0.200s");
    call.await.unwrap().unwrap();
    assert_eq!(doors.say("water", &[]).await.code, 200);
}

#[tokio::test]
async fn until_the_models_are_loaded_the_answer_is_503() {
    let chassis = Chassis::new(Limits::default());
    let routes = Routes::new(service(&chassis).0);
    let (loaded, load) = oneshot::channel::<()>();
    let load = async move {
        let _ = load.await;
        Ok(routes)
    };
    let doors = open_when(chassis, config(), anywhere(), load).await;
    let answer = doors.say("water", &[]).await;
    answer.assert_refused(503, Code::Unavailable, "LOADING");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(doors.ask("GET", "/", &[], b"").await.code, 200);
    loaded.send(()).unwrap();
    while doors.say("water", &[]).await.code != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_key_is_asked_for_where_grpc_asks_for_one() {
    // "first" as SHA-256.
    let key = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.toml");
    let methods = r#"methods = ["enrich.v1.LanguageService/DetectLanguage"]"#;
    fs::write(&path, format!("[[tenants]]\nname = \"desk\"\nkeys_sha256 = [\"{key}\"]\ntokens_per_second = 1\nburst_tokens = 1\n{methods}\n")).unwrap();
    let access = AccessConfig { tenants: Some(path), ..AccessConfig::default() };
    let doors = open_with(Limits::default(), ServerConfig { access, ..config() }, anywhere()).await;

    let missing = doors.say("water", &[]).await;
    missing.assert_refused(401, Code::Unauthenticated, "CREDENTIALS_MISSING");
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    doors.say("water", &["x-api-key: second"]).await.assert_refused(401, Code::Unauthenticated, "CREDENTIALS_INVALID");
    let other = doors.ask("GET", "/v1/info", &["x-api-key: first"], b"").await;
    other.assert_refused(403, Code::PermissionDenied, "METHOD_DENIED");
    assert_eq!(doors.say("water", &["x-api-key: first"]).await.code, 200);
    let spent = doors.say("water", &["authorization: Bearer first"]).await;
    spent.assert_refused(429, Code::ResourceExhausted, "QUOTA_EXCEEDED");
    // What every caller may see needs none.
    for path in ["/", "/openapi.json"] {
        assert_eq!(doors.ask("GET", path, &[], b"").await.code, 200, "{path}");
    }
}
