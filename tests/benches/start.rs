//! Start-up and memory of the all-in-one server: time from the start of the process to health SERVING, and resident
//! memory when it is ready and after work. Prints a Markdown table; `cargo bench -p enrich-tests --bench start`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is wrong and prints"
)]

use enrich_proto::v1::{EnrichRequest, enrichment_service_client::EnrichmentServiceClient};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

const STARTS: usize = 5;
/// Articles enriched before the memory after work is read: enough that every buffer has been needed at once.
const ARTICLES: usize = 200;
const ARTICLE: &str = include_str!("../../services/all-in-one/samples/article.ar.txt");

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary that this bench was built with: both lie in the profile's folder, or in its `deps`.
fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().skip(1).map(|folder| folder.join("enrich")).find(|path| path.is_file()).unwrap()
}

fn start() -> (Server, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let child = Command::new(binary())
        .args(["serve", "--log", "warn", "--listen", &port.to_string()])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    (Server(child), format!("http://{port}"))
}

async fn ready(uri: &str) {
    loop {
        let channel = Channel::from_shared(uri.to_owned()).unwrap();
        if let Ok(channel) = channel.connect().await {
            let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
            if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Resident memory of the process, now and at its highest, in MiB.
fn memory(server: &Server) -> (f64, f64) {
    let status = fs::read_to_string(format!("/proc/{}/status", server.0.id())).unwrap();
    let field = |name: &str| -> f64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}

#[tokio::main]
async fn main() {
    let mut times = Vec::new();
    let mut rows = Vec::new();
    for run in 0..STARTS {
        let begun = Instant::now();
        let (server, uri) = start();
        ready(&uri).await;
        times.push(begun.elapsed().as_secs_f64());
        if run + 1 < STARTS {
            continue;
        }
        rows.push(("ready", memory(&server)));
        let mut client = EnrichmentServiceClient::connect(uri).await.unwrap();
        for _ in 0..ARTICLES {
            client.enrich(EnrichRequest { text: ARTICLE.to_owned(), ..Default::default() }).await.unwrap();
        }
        rows.push(("after 200 articles, one at a time", memory(&server)));
        let long = ARTICLE.repeat((1 << 20) / ARTICLE.len());
        let mut request = tonic::Request::new(EnrichRequest { text: long, ..Default::default() });
        request.set_timeout(Duration::from_secs(120));
        client.max_decoding_message_size(usize::MAX).enrich(request).await.unwrap();
        rows.push(("after a text of 1 MiB", memory(&server)));
    }
    times.sort_by(f64::total_cmp);
    println!("| start to ready, {STARTS} starts | s |\n|---|---|");
    println!(
        "| fastest | {:.2} |\n| median | {:.2} |\n| slowest | {:.2} |\n",
        times[0],
        times[STARTS / 2],
        times[STARTS - 1]
    );
    println!("| all-in-one, resident memory | MiB | highest so far |\n|---|---|---|");
    for (when, (now, highest)) in rows {
        println!("| {when} | {now:.0} | {highest:.0} |");
    }
}
