//! How the door opens and closes.

use super::client::{ASSETS, PATH, anywhere, exchange, open, open_with, request};
use crate::certificates::{Authority, Files, trusting};
use crate::support::config;
use enrich_proto::v1::language_service_server::SERVICE_NAME;
use enrich_runtime::{Chassis, Http, HttpConfig, HttpListen, Limits, Server, ServerConfig, Switch};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tonic::Code;

#[tokio::test]
async fn a_drain_lets_calls_in_flight_end_and_closes_idle_connections() {
    let doors = open().await;
    let idle = doors.connect().await;
    let mut slow = doors.connect().await;
    let call = tokio::spawn(async move {
        let body = br#"{"text": "sleep 400"}"#;
        exchange(&mut slow, &request("POST", PATH, &["content-type: application/json"], body)).await
    });
    while doors.served.chassis.in_flight() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    doors.served.stop.send(()).unwrap();
    assert_eq!(call.await.unwrap().code, 200);
    doors.served.ended.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "an idle connection held up the drain: {:?}", begun.elapsed());
    assert!(TcpStream::connect(doors.address).await.is_err(), "the door is still open");
    drop(idle);
}

#[tokio::test]
async fn a_drain_is_bounded() {
    let doors = open_with(Limits::default(), ServerConfig { drain_seconds_max: 1, ..config() }, anywhere()).await;
    let mut slow = doors.connect().await;
    let call = tokio::spawn(async move {
        let body = br#"{"text": "sleep 9000"}"#;
        exchange(&mut slow, &request("POST", PATH, &["content-type: application/json"], body)).await
    });
    while doors.served.chassis.in_flight() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    doors.served.stop.send(()).unwrap();
    doors.served.ended.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    call.await.unwrap().assert_refused(503, Code::Unavailable, "SHUTTING_DOWN");
}

async fn bind(listen: SocketAddr, http: HttpConfig, by_default: Switch) -> Result<Option<SocketAddr>, String> {
    let config = ServerConfig { listen, ..ServerConfig::default() };
    let http = Http { config: http, by_default, assets: ASSETS };
    let server = Server::new(config, &Chassis::new(Limits::default()), &[SERVICE_NAME]).with_http(http);
    server.bind().await.map(|server| server.http_addr()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_door_opens_where_it_is_told_to_and_by_default_where_the_process_has_one() {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let off = HttpConfig { http_listen: Some(HttpListen::Off), ..HttpConfig::default() };
    assert_eq!(bind(any, off, Switch::On).await, Ok(None));
    assert_eq!(bind(any, HttpConfig::default(), Switch::Off).await, Ok(None));
    let beside = bind(any, HttpConfig::default(), Switch::On).await.unwrap().unwrap();
    assert!(beside.ip().is_loopback() && beside.port() != 0);
    assert!(bind(any, anywhere(), Switch::Off).await.unwrap().is_some());
}

#[tokio::test]
async fn a_taken_address_is_named_where_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let holder = TcpListener::bind(taken).await.unwrap();
    let asked = HttpConfig { http_listen: Some(HttpListen::At(taken)), ..HttpConfig::default() };
    let error = bind(([127, 0, 0, 1], 0).into(), asked, Switch::On).await.unwrap_err();
    assert!(error.starts_with(&format!("cannot serve HTTP on {taken}")) && error.contains("--http-listen"), "{error}");
    drop(holder);
}

#[tokio::test]
async fn the_port_by_default_is_done_without_where_it_is_taken() {
    // Whoever holds the port, this test or another process: it is taken.
    let holder = TcpListener::bind("127.0.0.1:8080").await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(bind(free, HttpConfig::default(), Switch::On).await, Ok(None));
    drop(holder);
}

#[tokio::test]
async fn with_a_certificate_the_door_speaks_tls_and_nothing_else() {
    let (authority, files) = (Authority::new(), Files::new());
    files.certify(&authority, "localhost");
    let trusted = trusting(&authority);
    let doors = open_with(Limits::default(), ServerConfig { tls: files.server(), ..config() }, anywhere()).await;
    let mut roots = RootCertStore::empty();
    let pem = std::fs::read(trusted.path("authority.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut client =
        builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let connector = TlsConnector::from(Arc::new(client));
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, doors.connect().await).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(exchange(&mut stream, &request("GET", "/", &[], b"")).await.code, 200);

    let mut plain = doors.connect().await;
    let mut said = Vec::new();
    tokio::io::AsyncWriteExt::write_all(&mut plain, &request("GET", "/", &[], b"")).await.unwrap();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut plain, &mut said).await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}
