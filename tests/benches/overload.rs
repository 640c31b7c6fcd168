//! What callers get at twice the capacity: how much is answered in time, how many of those let in, and how quickly the
//! others are refused. Prints a Markdown table; the texts are the news passages of ENRICH_DATA_DIR.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench stops at the first thing that is wrong and prints; its counts are small"
)]

mod passages;
mod server;

use enrich_load::{Door, Load, Method, Report, closed, open};
use server::Server;
use std::{sync::Arc, time::Duration};

/// Callers that find the capacity.
const CALLERS: usize = 64;
const SECONDS: Duration = Duration::from_secs(20);
/// The first runs a cold server warm.
const DEADLINES_MS: [u64; 3] = [500, 1000, 2000];

async fn load(server: &Server, texts: &Arc<[String]>, deadline: Duration) -> Load {
    let door = Door::open(&server.uri, 4, Method::Enrich, deadline).await.unwrap();
    Load { door, texts: Arc::clone(texts), duration: SECONDS }
}

fn row(deadline_ms: u64, capacity: f64, report: &Report) {
    let refused = report.by_code.get("ResourceExhausted").copied().unwrap_or_default();
    let let_in = report.sent - refused;
    let ended: Vec<String> = report.by_code.iter().map(|(code, calls)| format!("{code} {calls}")).collect();
    println!(
        "| {deadline_ms} | {capacity:.0} | {:.0} | {:.0} | {:.0} % | {:.1} % | {:.0} | {:.1} | {:.1} | {} |",
        report.sent as f64 / report.elapsed.as_secs_f64(),
        report.goodput(),
        100.0 * report.goodput() / capacity,
        100.0 * report.good as f64 / let_in as f64,
        report.latency_ms(0.99),
        report.refusal_ms(0.5),
        report.refusal_ms(0.99),
        ended.join(", "),
    );
}

#[tokio::main]
async fn main() {
    let texts = passages::texts();
    let mut server = Server::start("enrich", &["serve"]);
    server.ready().await;
    let patient = load(&server, &texts, Duration::from_secs(10)).await;
    closed(&Load { duration: SECONDS / 4, ..patient.clone() }, CALLERS).await;
    println!(
        "| deadline, ms | capacity/s | sent/s | OK in time/s | of the capacity | of those let in, OK in time | p99 of OK, ms | \
         p50 of refusals, ms | p99 | ended |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    for deadline_ms in DEADLINES_MS {
        // Beside each, since a machine has its moods.
        let capacity = closed(&patient, CALLERS).await.goodput();
        let load = load(&server, &texts, Duration::from_millis(deadline_ms)).await;
        row(deadline_ms, capacity, &open(&load, 2.0 * capacity).await);
    }
    let (now, highest) = server.memory();
    println!("\nResident memory of the server after that: {now:.0} MiB, at its highest {highest:.0} MiB.");
}
