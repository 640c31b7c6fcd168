//! A client that writes its requests byte by byte, so that nothing is done to them.

use crate::support::{Served, config, serve_over, service};
use enrich_runtime::{Asset, Chassis, Http, HttpConfig, HttpListen, Limits, ServerConfig, StartError, Switch};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::service::Routes;

pub(super) const PATH: &str = "/v1/language";
pub(super) const ASSETS: &[Asset] =
    &[Asset { path: "/", content_type: "text/html; charset=utf-8", bytes: b"<!doctype html><title>a</title>" }];

/// A server with both doors.
pub(super) struct Doors {
    pub(super) served: Served,
    pub(super) address: SocketAddr,
}

pub(super) fn anywhere() -> HttpConfig {
    HttpConfig { http_listen: Some(HttpListen::At(([127, 0, 0, 1], 0).into())), ..HttpConfig::default() }
}

pub(super) async fn open_with(limits: Limits, config: ServerConfig, http: HttpConfig) -> Doors {
    let chassis = Chassis::new(limits);
    let routes = Routes::new(service(&chassis).0);
    open_when(chassis, config, http, async { Ok::<_, StartError>(routes) }).await
}

pub(super) async fn open_when(
    chassis: Chassis,
    config: ServerConfig,
    config_http: HttpConfig,
    load: impl Future<Output = Result<Routes, StartError>> + Send + 'static,
) -> Doors {
    let http = Http { config: config_http, by_default: Switch::Off, assets: ASSETS };
    let (served, address) = serve_over(chassis, config, Some(http), load).await;
    Doors { served, address: address.unwrap() }
}

pub(super) async fn open() -> Doors {
    open_with(Limits::default(), config(), anywhere()).await
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn parse(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { code, head, body: bytes[end + 4..].to_vec() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub(super) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.head);
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Asserts that this is an error with google.rpc.Status for a body.
    pub(super) fn assert_refused(&self, code: u16, grpc: tonic::Code, reason: &str) {
        let json = self.json();
        let info = self.detail("ErrorInfo");
        let told = (self.code, json["code"].as_i64(), info["reason"].as_str());
        assert_eq!(told, (code, Some(grpc as i64), Some(reason)), "{json}");
        assert_eq!(info["domain"], "enrich.v1");
    }

    /// The detail of a status that is a google.rpc message of this name.
    pub(super) fn detail(&self, name: &str) -> Value {
        let details = self.json()["details"].as_array().unwrap().clone();
        let kind = format!("type.googleapis.com/google.rpc.{name}");
        details.into_iter().find(|detail| detail["@type"] == kind.as_str()).unwrap_or_default()
    }
}

/// A request with `headers`, each "name: value", and a body of known length.
pub(super) fn request(verb: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("{verb} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}{length}\r\n");
    [head.as_bytes(), body].concat()
}

pub(super) async fn exchange(stream: &mut (impl AsyncReadExt + AsyncWrite + Unpin), request: &[u8]) -> Answer {
    // A server that refuses early may close before all is written.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Answer::parse(&answer)
}

impl Doors {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub(super) async fn ask(&self, verb: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        exchange(&mut self.connect().await, &request(verb, path, headers, body)).await
    }

    /// A text with further headers.
    pub(super) async fn say(&self, text: &str, headers: &[&str]) -> Answer {
        let body = serde_json::json!({ "id": "a", "text": text }).to_string();
        self.ask("POST", PATH, &[&["content-type: application/json"], headers].concat(), body.as_bytes()).await
    }
}
