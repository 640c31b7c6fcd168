//! The HTTP door beside that of gRPC: the same process, the same texts, in turns.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first thing that is wrong"
)]

mod server;

use bytes::Bytes;
use enrich_load::{Door, Load, Method, closed};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use server::Server;
use std::net::{SocketAddr, TcpListener};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::time::{Duration, Instant};
use tokio::{net::TcpStream, task::JoinSet};

const ARTICLE: &str = include_str!("../../services/all-in-one/samples/article.ar.txt");
/// Callers that each wait for their answer; gRPC's share four connections, those of HTTP have one each.
const CALLERS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);
const DEADLINE: Duration = Duration::from_secs(10);
/// Texts that differ: the same question at the same time would be answered once for all.
const TEXTS: usize = 1000;

async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn post(sender: &mut SendRequest<Full<Bytes>>, path: &str, text: &str) -> StatusCode {
    let body = serde_json::json!({ "text": text }).to_string();
    let request = Request::post(path).header("host", "bench").header("content-type", "application/json");
    sender.ready().await.unwrap();
    let response = sender.send_request(request.body(Full::from(body)).unwrap()).await.unwrap();
    let status = response.status();
    response.into_body().collect().await.unwrap();
    status
}

/// Answers a second over HTTP.
async fn over_http(address: SocketAddr, path: &'static str, texts: &Arc<[String]>) -> f64 {
    let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut work = JoinSet::new();
    for _ in 0..CALLERS {
        let (texts, next) = (Arc::clone(texts), Arc::clone(&next));
        work.spawn(async move {
            let mut sender = connect(address).await;
            let mut answered = 0_u32;
            while begun.elapsed() < ROUND {
                let text = &texts[next.fetch_add(1, Ordering::Relaxed) % texts.len()];
                assert_eq!(post(&mut sender, path, text).await, StatusCode::OK);
                answered += 1;
            }
            answered
        });
    }
    let answered: u32 = work.join_all().await.into_iter().sum();
    f64::from(answered) / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let http: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Server::start("enrich", &["serve", "--http-listen", &http.to_string()]);
    server.ready().await;
    let sentence = ARTICLE.lines().next().unwrap();
    println!("| asked | text, bytes | gRPC, answers/s | HTTP, answers/s | share, median | least | most |");
    println!("|---|---|---|---|---|---|---|");
    for (method, path, base) in [
        (Method::Enrich, "/v1/enrich", ARTICLE),
        (Method::Enrich, "/v1/enrich", sentence),
        (Method::Language, "/v1/language", ARTICLE),
    ] {
        let texts: Arc<[String]> = (0..TEXTS).map(|number| format!("{base} {number}")).collect();
        let door = Door::open(&server.uri, 4, method, DEADLINE).await.unwrap();
        let load = Load { door, texts: Arc::clone(&texts), duration: ROUND };
        let (mut grpc, mut http_rates) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            // Each is first in turn, so that what slows the machine for a while slows both.
            if round % 2 == 0 {
                grpc.push(closed(&load, CALLERS).await.goodput());
            }
            http_rates.push(over_http(http, path, &texts).await);
            if round % 2 == 1 {
                grpc.push(closed(&load, CALLERS).await.goodput());
            }
        }
        let shares: Vec<f64> = http_rates.iter().zip(&grpc).map(|(http, grpc)| 100.0 * http / grpc).collect();
        let (least, most) =
            (shares.iter().copied().fold(f64::MAX, f64::min), shares.iter().copied().fold(0.0, f64::max));
        println!(
            "| {method:?} | {} | {:.0} | {:.0} | {:.0}% | {least:.0}% | {most:.0}% |",
            texts[0].len(),
            median(grpc),
            median(http_rates),
            median(shares),
        );
    }
    let (now, highest) = server.memory();
    println!("\nResident memory of the server after that: {now:.0} MiB, at its highest {highest:.0} MiB.");
}
