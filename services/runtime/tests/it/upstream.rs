//! Upstreams behind a name: fake resolver, real sockets.

use crate::support::{Client, Served, assert_refused, config, say, say_within, serve, serve_when};
use enrich_runtime::{
    Chassis, DialConfig, Limits, StartError, dial_with,
    upstream::{Resolve, SystemResolver},
};
use std::{
    future::{Future, pending, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tonic::{Code, service::Routes};
use tonic_types::StatusExt;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A name whose addresses the test can change.
#[derive(Clone, Default)]
struct Name(Arc<Mutex<Vec<SocketAddr>>>);

impl Name {
    fn of<const N: usize>(addresses: [SocketAddr; N]) -> Name {
        let name = Name::default();
        name.set(addresses);
        name
    }

    fn set<const N: usize>(&self, addresses: [SocketAddr; N]) {
        *self.0.lock().unwrap() = addresses.into();
    }

    fn client(&self, config: &DialConfig) -> Client {
        let uri = "http://analysers.example:50052".parse().unwrap();
        Client::new(dial_with(uri, config, Arc::new(self.clone())).unwrap())
    }
}

impl Resolve for Name {
    fn resolve(&self, _host: &str, _port: u16) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
        Box::pin(ready(Ok(self.0.lock().unwrap().clone())))
    }
}

fn quick() -> DialConfig {
    DialConfig { upstream_resolve_seconds: 1, upstream_breaker_open_ms: 100, ..DialConfig::default() }
}

async fn server() -> Served {
    serve(Limits::default(), config()).await
}

/// A server that is gone: nothing listens at its address.
async fn gone() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Waits until twenty calls in a row succeed.
async fn settled(client: &mut Client) {
    let begun = Instant::now();
    let mut row = 0;
    while row < 20 {
        row = if client.detect_language(say("water")).await.is_ok() { row + 1 } else { 0 };
        assert!(begun.elapsed() < PATIENCE, "calls still fail");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn calls_take_turns_among_all_addresses_of_a_name() {
    let servers = [server().await, server().await, server().await];
    let client = Name::of([servers[0].address, servers[1].address, servers[2].address]).client(&quick());
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let mut client = client.clone();
            tokio::spawn(async move { client.detect_language(say("sleep 500")).await })
        })
        .collect();
    let begun = Instant::now();
    while servers.iter().any(|server| server.chassis.in_flight() != 2) {
        assert!(begun.elapsed() < Duration::from_millis(400), "the calls are not shared out");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_address_where_nobody_is_gets_no_calls() {
    let here = server().await;
    settled(&mut Name::of([here.address, gone().await]).client(&quick())).await;
}

#[tokio::test]
async fn an_address_that_says_it_does_not_serve_gets_no_calls() {
    let here = server().await;
    let loading = serve_when(Chassis::new(Limits::default()), config(), pending::<Result<Routes, StartError>>()).await;
    settled(&mut Name::of([loading.address, here.address]).client(&quick())).await;
}

#[tokio::test]
async fn a_name_is_looked_up_again() {
    let (old, new) = (server().await, server().await);
    let name = Name::of([old.address]);
    let mut client = name.client(&quick());
    client.detect_language(say("water")).await.unwrap();
    name.set([new.address]);
    old.stop.send(()).unwrap();
    old.ended.await.unwrap().unwrap();
    settled(&mut client).await;
}

#[tokio::test]
async fn a_name_without_addresses_is_unavailable() {
    let status = Name::default().client(&quick()).detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    let uri = "http://no-such-host.invalid:1".parse().unwrap();
    let mut client = Client::new(dial_with(uri, &quick(), Arc::new(SystemResolver)).unwrap());
    let status = client.detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
}

#[tokio::test]
async fn a_connection_of_age_is_left_and_calls_on_it_go_on() {
    let server = server().await;
    let config = DialConfig { upstream_connection_age_seconds_max: 1, ..quick() };
    let mut client = Name::of([server.address]).client(&config);
    let mut slow = client.clone();
    let call = tokio::spawn(async move { slow.detect_language(say("sleep 1500")).await });
    tokio::time::sleep(Duration::from_millis(1100)).await;
    client.detect_language(say("water")).await.unwrap();
    call.await.unwrap().unwrap();
}

/// Whether a call was refused without asking anybody.
async fn is_open(client: &mut Client) -> bool {
    let status = client.detect_language(say("water")).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "UPSTREAM_UNAVAILABLE");
    status.get_details_error_info().unwrap().metadata.contains_key("addresses")
}

#[tokio::test]
async fn failures_in_a_row_open_the_circuit_until_the_upstream_is_back() {
    let address = gone().await;
    let config = DialConfig { upstream_breaker_failures_max: 3, upstream_breaker_open_ms: 2000, ..quick() };
    let mut client = Name::of([address]).client(&config);
    for _ in 0..3 {
        assert!(!is_open(&mut client).await);
    }
    assert!(is_open(&mut client).await);
    let _back =
        serve(Limits::default(), enrich_runtime::ServerConfig { listen: address, ..crate::support::config() }).await;
    settled(&mut client).await;
}

#[tokio::test]
async fn an_upstream_that_hangs_opens_the_circuit_and_short_deadlines_do_not() {
    // Accepts nothing: the system does, and no byte is ever read.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = DialConfig { upstream_breaker_failures_max: 1, upstream_breaker_open_ms: 60_000, ..quick() };
    let mut client = Name::of([listener.local_addr().unwrap()]).client(&config);
    for ms in [50, 50, 1000] {
        let status = client.detect_language(say_within("water", Duration::from_millis(ms))).await.unwrap_err();
        assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    }
    assert!(is_open(&mut client).await);
}

#[test]
fn the_default_of_the_type_is_that_of_the_command_line() {
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        dial: DialConfig,
    }

    assert_eq!(Line::parse_from(["enrich"]).dial, DialConfig::default());
}
