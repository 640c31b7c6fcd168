//! Callers who mean no good, frame by frame.

use crate::support::{config, say, serve};
use bytes::Bytes;
use enrich_proto::v1::language_service_client::LanguageServiceClient;
use enrich_runtime::{Limits, ServerConfig};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PATH: &str = "/enrich.v1.LanguageService/DetectLanguage";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const FRAME_SIZE_ERROR: u32 = 6;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The headers of a call, by HPACK's static table and without compression.
fn call_headers() -> Vec<u8> {
    let text = |prefix: &[u8], value: &str| [prefix, &[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
    // POST, http, then literals by the indices of :path, :authority and content-type.
    [vec![0x83, 0x86], text(&[0x04], PATH), text(&[0x01], "a"), text(&[0x0f, 0x10], "application/grpc")].concat()
}

async fn connect(served: &crate::support::Served) -> TcpStream {
    TcpStream::connect(served.address).await.unwrap()
}

/// What the server says until it closes; a reset counts as that.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    said
}

/// Kind and payload of each frame.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some((head, tail)) = bytes.split_at_checked(9) {
        let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap();
        let (payload, left) = tail.split_at(length.min(tail.len()));
        found.push((head[3], payload.to_vec()));
        bytes = left;
    }
    found
}

/// The error code of the server's farewell.
fn farewell(said: &[u8]) -> Option<u32> {
    let goaway = frames(said).into_iter().rfind(|(kind, _)| *kind == GOAWAY)?.1;
    goaway.get(4..8).map(|code| u32::from_be_bytes(code.try_into().unwrap()))
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_a_place_comes_back() {
    let served = serve(Limits::default(), ServerConfig { connections_max: 1, ..config() }).await;
    // By connections of their own: an upstream has one more, for health.
    let client = || LanguageServiceClient::connect(format!("http://{}", served.address));
    let mut first = client().await.unwrap();
    first.detect_language(say("water")).await.unwrap();
    assert_eq!(rest(&mut connect(&served).await).await, b"");
    first.detect_language(say("water")).await.unwrap();
    drop(first);
    let answered = async || match client().await {
        Ok(mut client) => client.detect_language(say("water")).await.is_ok(),
        Err(_) => false,
    };
    while !answered().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_is_slow_to_say_what_it_speaks_is_cut_off() {
    let served = serve(Limits::default(), ServerConfig { handshake_seconds_max: 1, ..config() }).await;
    let (mut silent, mut slow) = (connect(&served).await, connect(&served).await);
    slow.write_all(&PREFACE[..10]).await.unwrap();
    assert_eq!((rest(&mut silent).await, rest(&mut slow).await), (vec![], vec![]));
}

#[tokio::test]
async fn who_speaks_something_else_is_cut_off() {
    let served = serve(Limits::default(), config()).await;
    let mut stream = connect(&served).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: enrich.example\r\n\r\n").await.unwrap();
    assert_eq!(rest(&mut stream).await, b"");
}

#[tokio::test]
async fn a_call_whose_message_does_not_come_ends_by_its_deadline() {
    let served = serve(Limits::default(), config()).await;
    let (mut sender, connection) = h2::client::handshake(connect(&served).await).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!("http://a{PATH}"))
        .header("content-type", "application/grpc")
        .header("grpc-timeout", "200m")
        .body(())
        .unwrap();
    let (response, mut body) = sender.send_request(request, false).unwrap();
    // Five bytes announce a message of a hundred; two of it come.
    body.send_data(Bytes::from_static(&[0, 0, 0, 0, 100, 1, 2]), false).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.headers().get("grpc-status").unwrap(), "4");
    assert_eq!(served.chassis.in_flight(), 0);
}

#[tokio::test]
async fn an_oversized_frame_ends_the_connection() {
    let served = serve(Limits::default(), config()).await;
    let mut stream = connect(&served).await;
    let mut bytes = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    bytes.extend(frame(HEADERS, END_HEADERS, 1, &call_headers()));
    // A head that announces 16 MiB of data.
    bytes.extend([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]);
    stream.write_all(&bytes).await.unwrap();
    assert_eq!(farewell(&rest(&mut stream).await), Some(FRAME_SIZE_ERROR));
    served.client().detect_language(say("water")).await.unwrap();
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let served = serve(Limits::default(), ServerConfig { header_bytes_max: 2048, ..config() }).await;
    let send = async |bytes: usize| {
        let mut request = say("water");
        request.metadata_mut().insert("x-padding", "a".repeat(bytes).parse().unwrap());
        served.client().detect_language(request).await.is_ok()
    };
    assert!(send(1000).await);
    assert!(!send(4000).await);
    assert!(send(1000).await);
}

#[tokio::test]
async fn streams_that_are_reset_as_soon_as_they_are_opened_end_the_connection() {
    let served = serve(Limits::default(), config()).await;
    let mut stream = connect(&served).await;
    let mut bytes = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    for id in (1..4000).step_by(2) {
        bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, id, &call_headers()));
        bytes.extend(frame(RST_STREAM, 0, id, &CANCEL.to_be_bytes()));
    }
    // The server may hang up before all is written.
    let (mut reads, mut writes) = stream.split();
    let mut said = Vec::new();
    let _ = tokio::join!(writes.write_all(&bytes), reads.read_to_end(&mut said));
    assert_eq!(farewell(&said), Some(ENHANCE_YOUR_CALM), "{:?}", frames(&said));
    served.client().detect_language(say("water")).await.unwrap();
    assert_eq!(served.chassis.in_flight(), 0);
}

#[tokio::test]
async fn a_connection_is_told_how_many_streams_it_may_open() {
    let served = serve(Limits::default(), ServerConfig { connection_streams_max: 7, ..config() }).await;
    let mut stream = connect(&served).await;
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
    let mut said = vec![0; 9];
    stream.read_exact(&mut said).await.unwrap();
    let mut settings = vec![0; usize::from(said[2])];
    stream.read_exact(&mut settings).await.unwrap();
    let streams = settings.chunks(6).find(|pair| pair[..2] == [0, 3]).unwrap();
    assert_eq!((said[3], &streams[2..]), (SETTINGS, &[0, 0, 0, 7][..]));
}
