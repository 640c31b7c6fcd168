//! Callers who mean no good, and those who are merely slow.

use super::client::{Answer, PATH, anywhere, exchange, open, open_when, open_with, request};
use crate::support::{config, service};
use enrich_runtime::{Chassis, Limits, ServerConfig, StartError};
use proptest::prelude::*;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::{Code, service::Routes};

const JSON: &str = "content-type: application/json";

#[tokio::test]
async fn a_body_over_the_limit_is_refused_however_it_is_sent() {
    let limits = Limits { message_bytes_max: 1000, ..Limits::default() };
    let doors = open_with(limits, config(), anywhere()).await;
    let body = format!(r#"{{"text": "{}"}}"#, "a".repeat(2000));
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = request("POST", PATH, &[JSON, "transfer-encoding: chunked"], b"");
    for sent in [request("POST", PATH, &[JSON], body.as_bytes()), [&head, chunked.as_bytes()].concat()] {
        let answer = exchange(&mut doors.connect().await, &sent).await;
        answer.assert_refused(413, Code::OutOfRange, "MESSAGE_TOO_LARGE");
        assert_eq!(answer.json()["message"], "message is too large; the limit is 1000 bytes");
    }
    let fits = format!(r#"{{"text": "{}"}}"#, "a".repeat(900));
    assert_eq!(doors.ask("POST", PATH, &[JSON], fits.as_bytes()).await.code, 200);
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_by_the_deadline_and_gives_back_its_place() {
    let doors = open().await;
    let mut stream = doors.connect().await;
    let begun = Instant::now();
    let head = request("POST", PATH, &[JSON, "x-timeout-ms: 200", "content-length: 100"], b"");
    let answer = exchange(&mut stream, &head).await;
    answer.assert_refused(504, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(doors.served.chassis.in_flight(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_its_call() {
    let doors = open().await;
    let mut stream = doors.connect().await;
    stream.write_all(&request("POST", PATH, &[JSON, "content-length: 100"], b"")).await.unwrap();
    while doors.served.chassis.in_flight() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    while doors.served.chassis.in_flight() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_or_does_not_end_is_not_waited_for() {
    let config = ServerConfig { handshake_seconds_max: 1, header_bytes_max: 8 << 10, ..config() };
    let doors = open_with(Limits::default(), config, anywhere()).await;
    for begin in [&b""[..], b"POST /v1/language HTTP/1.1\r\nhost: a\r\nx-"] {
        let mut stream = doors.connect().await;
        stream.write_all(begin).await.unwrap();
        let begun = Instant::now();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
    let long = format!("x-long: {}", "a".repeat(20_000));
    assert_eq!(doors.ask("GET", "/", &[&long], b"").await.code, 431);
}

#[tokio::test]
async fn a_connection_too_many_is_closed_at_once_and_an_idle_one_makes_room() {
    let config = ServerConfig { connections_max: 1, handshake_seconds_max: 1, ..config() };
    let doors = open_with(Limits::default(), config, anywhere()).await;
    let idle = doors.connect().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut rest = Vec::new();
    let _ = doors.connect().await.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(doors.say("water", &[]).await.code, 200);
    drop(idle);
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_the_work() {
    let chassis = Chassis::new(Limits::default());
    let (service, busy) = service(&chassis);
    let routes = Routes::new(service);
    let doors = open_when(chassis, config(), anywhere(), async { Ok::<_, StartError>(routes) }).await;
    let mut stream = doors.connect().await;
    stream.write_all(&request("POST", PATH, &[JSON], br#"{"text": "sleep 9000"}"#)).await.unwrap();
    while busy.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    let begun = Instant::now();
    while busy.load(Ordering::SeqCst) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "the work goes on for nobody");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_connection_serves_one_call_after_the_other_whatever_they_end_with() {
    let doors = open().await;
    let mut stream = doors.connect().await;
    for (body, code) in [(&br#"{"text": "water"}"#[..], 200), (br#"{"no": 1}"#, 400), (br#"{"text": "panic"}"#, 500)] {
        let head = format!("POST {PATH} HTTP/1.1\r\nhost: a\r\n{JSON}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        assert_eq!(Answer::parse(&answer[..read]).code, code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Near misses of JSON: pieces of it in any order, with bytes of any kind between.
    #[test]
    fn no_body_makes_the_door_fail(
        pieces in prop::collection::vec(
            prop_oneof![
                Just(b"{\"text\":".to_vec()), Just(b"\"water\"".to_vec()), Just(b"}".to_vec()), Just(b"[".to_vec()),
                Just(b",\"options\":{".to_vec()), Just(b"null".to_vec()), Just(b"1e400".to_vec()), Just(b"\"\\ud800\"".to_vec()),
                prop::collection::vec(any::<u8>(), 1..9),
            ],
            0..9,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let code = runtime.block_on(async { open().await.ask("POST", PATH, &[JSON], &pieces.concat()).await.code });
        prop_assert!(code == 200 || code == 400, "{}", code);
    }
}
