//! Who reads faster: the engine alone on each of its libraries, the service through gRPC, Python's transformers pipeline, ONNX Runtime in fp32 and
//! in int8; all with the shipped weights, the same texts and the same cores, in interleaved rounds. Then what callers
//! of the all-in-one server wait at shares of its capacity. Prints Markdown tables.
//!
//! `make bench` fetches the Python packages that BENCH_PYTHONPATH names; the texts are the news passages of ENRICH_DATA_DIR.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench stops at the first thing that is wrong and prints; its counts are small"
)]

mod server;

use enrich_core::tag::LanguageTag;
use enrich_entities::Recognizer;
use enrich_load::{Door, Load, Method, closed, open};
use enrich_runtime::{Compute, ComputeConfig};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use server::Server;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

const ROUNDS: usize = 5;
/// One passage in so many is read.
const STRIDE: usize = 8;
/// Texts at work at a time, in the engine alone and through gRPC.
const CALLERS: usize = 64;
const BATCHES: [usize; 4] = [1, 8, 32, 64];
const SINGLE_CHARS: usize = 200;
const SINGLES: usize = 200;
const OPEN_SECONDS: u64 = 20;
const DEADLINE: Duration = Duration::from_secs(10);

/// The texts by length, one of 200 characters first, and how many tokens the shipped vocabulary makes of them.
struct Texts {
    all: Arc<[String]>,
    single: String,
    tokens: usize,
}

impl Texts {
    fn read() -> Texts {
        let folder = PathBuf::from(var("ENRICH_DATA_DIR"));
        let file = ["topics_news.jsonl", "data/topics_news.jsonl"].map(|name| folder.join(name));
        let lines = fs::read_to_string(file.iter().find(|path| path.is_file()).unwrap()).unwrap();
        let passage = |line: &str| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
        let mut all: Vec<String> = lines.lines().step_by(STRIDE).map(passage).collect();
        let single = all.iter().find(|text| text.chars().count() > SINGLE_CHARS).unwrap();
        let single: String = single.chars().take(SINGLE_CHARS).collect();
        all.sort_by_key(String::len);
        let recognizer = enrich_tests::recognizer().unwrap();
        let count = |text: &String| {
            let words: Vec<&str> = text.split_whitespace().collect();
            recognizer.engine().pieces(&words).unwrap().iter().map(Vec::len).sum::<usize>()
        };
        let tokens = all.iter().map(count).sum();
        Texts { all: all.into(), single, tokens }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench has no command line of its own under cargo bench")]
fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; see the head of this bench"))
}

/// A Python process that reads the same texts.
struct Contender {
    name: &'static str,
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    load_s: f64,
    batch: usize,
    memory_mb: f64,
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Contender {
    fn start(name: &'static str, texts: &std::path::Path) -> Contender {
        let root = enrich_tests::root();
        let mut child = Command::new("python3")
            .env("PYTHONPATH", var("BENCH_PYTHONPATH"))
            .arg(root.join("tests/benches/contender.py"))
            .args([name.as_ref(), root.join("models/entities").as_os_str(), texts.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut contender = Contender { name, child, commands, answers, load_s: 0.0, batch: 1, memory_mb: 0.0 };
        contender.load_s = contender.answer()["load_s"].as_f64().unwrap();
        let timed = BATCHES.map(|batch| (contender.round(batch), batch));
        contender.batch = timed.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1;
        contender
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{} broke off", self.name))
    }

    fn ask(&mut self, command: &str) -> Value {
        writeln!(self.commands, "{command}").unwrap();
        self.answer()
    }

    /// Seconds for all texts in batches of `batch`.
    fn round(&mut self, batch: usize) -> f64 {
        let answer = self.ask(&format!("round {batch}"));
        self.memory_mb = answer["rss_mb"].as_f64().unwrap();
        answer["seconds"].as_f64().unwrap()
    }
}

/// Seconds for all texts with an engine in this process.
async fn engine(recognizer: &Recognizer, texts: &Texts, compute: &Compute) -> f64 {
    let begun = Instant::now();
    let work = texts.all.iter().map(|text| {
        let (recognizer, compute, text) = (recognizer.clone(), compute.clone(), text.clone());
        async move {
            let language = LanguageTag::UNDETERMINED;
            recognizer.score((text, language), &compute, None).await.unwrap().decode().unwrap().mentions.len()
        }
    });
    stream::iter(work).buffer_unordered(CALLERS).count().await;
    begun.elapsed().as_secs_f64()
}

/// Seconds for all texts through the server.
async fn through_grpc(texts: &Texts, door: &Door) -> f64 {
    let begun = Instant::now();
    let work = texts.all.iter().enumerate().map(|(number, text)| door.call(number, text.clone()));
    stream::iter(work).buffer_unordered(CALLERS).for_each(|answer| async { answer.unwrap() }).await;
    begun.elapsed().as_secs_f64()
}

/// The median of single calls, in milliseconds.
async fn single<F: Future>(call: impl Fn() -> F) -> f64 {
    let mut times = Vec::new();
    for _ in 0..SINGLES {
        let begun = Instant::now();
        call().await;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    times[SINGLES / 2]
}

struct Row {
    name: String,
    seconds: Vec<f64>,
    p50_ms: f64,
    notes: String,
}

impl Row {
    fn best(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

fn print(rows: &[Row], texts: &Texts) {
    let own = rows[0].best();
    println!(
        "| {} texts, {} tokens | tokens/s, best of {ROUNDS} | median | texts/s | engine : it | 200 characters alone, p50 ms | |",
        texts.all.len(),
        texts.tokens
    );
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        let mut ascending = row.seconds.clone();
        ascending.sort_by(f64::total_cmp);
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {} |",
            row.name,
            texts.tokens as f64 / row.best(),
            texts.tokens as f64 / ascending[ROUNDS / 2],
            texts.all.len() as f64 / row.best(),
            row.best() / own,
            row.p50_ms,
            row.notes
        );
    }
}

/// Rounds of everybody in turn, and the single calls.
async fn compare(texts: &Texts, door: &Door, contenders: &mut [Contender]) -> Vec<Row> {
    let compute = ComputeConfig::default().build();
    let engines = ["onnx", "rust-bert"].map(|engine| enrich_tests::recognizer_on(engine).unwrap());
    let row = |name: String, notes| Row { name, seconds: Vec::new(), p50_ms: 0.0, notes };
    let mut rows = Vec::new();
    for engine in &engines {
        let info = engine.engine().info();
        rows.push(row(format!("engine alone, {} {}", info.backend, info.precision), String::new()));
    }
    rows.push(row(format!("through gRPC, {CALLERS} callers"), String::new()));
    for contender in contenders.iter() {
        let notes = format!(
            "batches of {}, loads in {:.1} s, {:.0} MB",
            contender.batch, contender.load_s, contender.memory_mb
        );
        rows.push(row(contender.name.to_owned(), notes));
    }
    for recognizer in &engines {
        engine(recognizer, texts, &compute).await;
    }
    through_grpc(texts, door).await;
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for (recognizer, row) in engines.iter().zip(&mut rows) {
            row.seconds.push(engine(recognizer, texts, &compute).await);
        }
        rows[2].seconds.push(through_grpc(texts, door).await);
        for (contender, row) in contenders.iter_mut().zip(&mut rows[3..]) {
            row.seconds.push(contender.round(contender.batch));
        }
    }
    for (recognizer, row) in engines.iter().zip(&mut rows) {
        row.p50_ms = single(|| async {
            let text = (texts.single.clone(), LanguageTag::UNDETERMINED);
            recognizer.score(text, &compute, None).await.unwrap().decode().unwrap()
        })
        .await;
    }
    rows[2].p50_ms = single(|| door.call(0, texts.single.clone())).await;
    for (contender, row) in contenders.iter_mut().zip(&mut rows[3..]) {
        row.p50_ms = contender.ask("single")["p50_ms"].as_f64().unwrap();
    }
    rows
}

/// What callers of Enrich wait at shares of the capacity.
async fn shares(texts: &Texts, uri: &str) {
    let door = Door::open(uri, 4, Method::Enrich, DEADLINE).await.unwrap();
    // Shuffled by a fixed stride, since arrivals of one length would be easy to batch.
    let mixed = (0..texts.all.len()).map(|place| texts.all[place * 97 % texts.all.len()].clone());
    let load = Load { door, texts: mixed.collect(), duration: Duration::from_secs(OPEN_SECONDS) };
    let capacity = closed(&load, CALLERS).await.goodput();
    println!("\nEnrich, all three parts: capacity {capacity:.1} texts/s with {CALLERS} callers.\n");
    println!("| share of capacity | sent/s | OK in time/s | p50 ms | p99 ms | p99.9 ms |\n|---|---|---|---|---|---|");
    for share in [0.5, 0.8] {
        let report = open(&load, capacity * share).await;
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| report.latency_ms(share));
        let sent = report.sent as f64 / report.elapsed.as_secs_f64();
        println!("| {:.0}% | {sent:.1} | {:.1} | {p50:.1} | {p99:.1} | {p999:.1} |", share * 100.0, report.goodput());
    }
}

#[tokio::main]
async fn main() {
    let texts = Texts::read();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts.jsonl");
    let lines = [&texts.single].into_iter().chain(texts.all.iter());
    fs::write(&file, lines.map(|text| serde_json::to_string(text).unwrap() + "\n").collect::<String>()).unwrap();
    // The texts come sorted, the 64 longest at once: by default some of them would be refused for the wait.
    let mut server = Server::start("enrich", &["serve", "--http-listen", "off", "--queue-ms-max", "10000"]);
    server.ready().await;
    let door = Door::open(&server.uri, 4, Method::Entities, DEADLINE).await.unwrap();
    let mut contenders: Vec<Contender> =
        ["transformers", "onnx-fp32", "onnx-int8"].into_iter().map(|name| Contender::start(name, &file)).collect();
    print(&compare(&texts, &door, &mut contenders).await, &texts);
    drop(contenders);
    shares(&texts, &server.uri).await;
    let (now, highest) = server.memory();
    println!("\nResident memory of the server after that: {now:.0} MiB, at its highest {highest:.0} MiB.");
}
