//! Start-up and memory: time from the start of the process to health SERVING, and resident memory when it is ready and
//! after work. Prints Markdown tables; `cargo bench -p enrich-tests --bench start`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is wrong and prints"
)]

mod server;

use enrich_proto::v1::{EnrichRequest, enrichment_service_client::EnrichmentServiceClient};
use server::Server;
use std::time::{Duration, Instant};

const STARTS: usize = 5;
/// Articles enriched before the memory after work is read: enough that every buffer has been needed at once.
const ARTICLES: usize = 200;
const ARTICLE: &str = include_str!("../../services/all-in-one/samples/article.ar.txt");

/// Starts a binary five times; prints how long it took to be ready and returns the last one.
async fn starts(name: &str, args: &[&str]) -> Server {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        drop(last.take());
        let begun = Instant::now();
        let mut server = Server::start(name, args);
        server.ready().await;
        times.push(begun.elapsed().as_secs_f64());
        last = Some(server);
    }
    times.sort_by(f64::total_cmp);
    println!("| {name} | {:.2} | {:.2} | {:.2} |", times[0], times[STARTS / 2], times[STARTS - 1]);
    last.unwrap()
}

fn row(when: &str, server: &Server) {
    let (now, highest) = server.memory();
    println!("| {when} | {now:.0} | {highest:.0} |");
}

#[tokio::main]
async fn main() {
    println!("| start to ready, s, of {STARTS} | fastest | median | slowest |\n|---|---|---|---|");
    let entities = starts("enrich-entities", &[]).await;
    let all = starts("enrich", &["serve"]).await;
    println!("\n| resident memory, MiB | now | highest so far |\n|---|---|---|");
    row("enrich-entities, ready", &entities);
    drop(entities);
    row("all-in-one, ready", &all);
    let mut client = EnrichmentServiceClient::connect(all.uri.clone()).await.unwrap();
    for _ in 0..ARTICLES {
        client.enrich(EnrichRequest { text: ARTICLE.to_owned(), ..Default::default() }).await.unwrap();
    }
    row("all-in-one, after 200 articles, one at a time", &all);
    let long = ARTICLE.repeat((1 << 20) / ARTICLE.len());
    let mut request = tonic::Request::new(EnrichRequest { text: long, ..Default::default() });
    request.set_timeout(Duration::from_secs(120));
    client.max_decoding_message_size(usize::MAX).enrich(request).await.unwrap();
    row("all-in-one, after a text of 1 MiB", &all);
}
