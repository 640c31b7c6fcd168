//! Whether the server's memory stays where it is: half an hour of mixed calls at a share of the capacity, resident memory
//! beside it minute by minute. Prints a Markdown table; the texts are the news passages of ENRICH_DATA_DIR.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is wrong and prints"
)]

mod passages;
mod server;

use enrich_load::{Door, Load, Method, closed, open};
use server::Server;
use std::{sync::Arc, time::Duration};

const MINUTES: usize = 30;
/// The minute that the last one is compared with: caches and allocator have found their size.
const WARM_MINUTES: usize = 5;
const CALLERS: usize = 64;
/// Of the capacity measured at the start.
const SHARE: f64 = 0.25;
const DEADLINE: Duration = Duration::from_secs(10);
/// One text in so many is this many passages long, so that windows, batches and buffers of every size come up.
const LONG_EVERY: usize = 50;
const LONG_PASSAGES: usize = 40;

#[tokio::main]
async fn main() {
    let passages = passages::texts();
    let texts: Arc<[String]> = (0..passages.len())
        .map(|place| match place % LONG_EVERY {
            0 => passages.iter().cycle().skip(place).take(LONG_PASSAGES).cloned().collect::<Vec<_>>().join("\n"),
            _ => passages[place].clone(),
        })
        .collect();
    let mut server = Server::start("enrich", &["serve"]);
    server.ready().await;
    let door = Door::open(&server.uri, 4, Method::Enrich, DEADLINE).await.unwrap();
    let load = Load { door, texts, duration: Duration::from_secs(20) };
    let rate = closed(&load, CALLERS).await.goodput() * SHARE;
    println!("| minute | calls | OK in time | p99, ms | resident memory, MiB |\n|---|---|---|---|---|");
    let minute = Load { duration: Duration::from_secs(60), ..load };
    let mut resident = Vec::with_capacity(MINUTES);
    for number in 1..=MINUTES {
        let report = open(&minute, rate).await;
        let now = server.memory().0;
        println!("| {number} | {} | {} | {:.0} | {now:.1} |", report.sent, report.good, report.latency_ms(0.99));
        resident.push(now);
    }
    let ratio = resident[MINUTES - 1] / resident[WARM_MINUTES - 1];
    println!("\nAt the end {ratio:.3} times the memory of minute {WARM_MINUTES}, at {rate:.0} calls a second.");
}
