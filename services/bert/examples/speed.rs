//! Prints what an engine can do on this machine: load time, tokens a second for windows of one length in batches of
//! one size, and for mixed lengths, and resident memory.
//!
//! `cargo run --release -p enrich-bert --features testing --example speed -- MODEL [PRECISION [TOKENS [THREADS]]]`
//! where MODEL is a folder, or `compact` (6 x 256, 32,000 pieces) or `base` (12 x 768, 250,002 pieces): XLM-RoBERTa
//! layouts with random weights. PRECISION is fp32, bf16 or int8, TOKENS the most in a batch.

use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use enrich_bert::{Engine, Options, Precision, Window, testing::RandomFolder};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Each figure is the best run within this time: other work on the machine only ever slows one down.
const MEASURE: Duration = Duration::from_secs(3);

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "compact".to_owned());
    let precision = match arguments.next().as_deref() {
        Some("fp32") => Precision::Fp32,
        Some("bf16") => Precision::Bf16,
        Some("int8") => Precision::Int8,
        _ => Precision::Auto,
    };
    let batch_tokens_max = arguments.next().map_or(Ok(Options::default().batch_tokens_max), |tokens| tokens.parse())?;
    let threads = arguments.next().map(|threads| threads.parse()).transpose()?;
    let temporary = tempfile::tempdir()?;
    let folder = folder(&name, temporary.path().to_owned())?;
    let began = Instant::now();
    let engine = Engine::start(&folder, &Options { precision, threads, batch_tokens_max, ..Options::default() })?;
    let info = engine.info();
    say(&format!(
        "{} {} {} on {} threads, batches of {batch_tokens_max}",
        info.architecture, info.backend, info.precision, info.threads
    ));
    say(&format!("load {:.2} s, {} MB", began.elapsed().as_secs_f64(), resident_mb()?));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for (length, rows) in [(64, 1), (64, 32), (128, 8), (256, 8)] {
        let windows = vec![window(length); rows];
        say(&format!("{length:>4} x {rows:<3} {:>8.0} tokens/s", speed(&engine, &runtime, &windows)?));
    }
    let mixed: Vec<Window> = (0..96).map(|n| window(16 + n * 89 % 240)).collect();
    say(&format!("96 mixed   {:>8.0} tokens/s, {} MB", speed(&engine, &runtime, &mixed)?, resident_mb()?));
    Ok(())
}

fn folder(name: &str, temporary: PathBuf) -> Outcome<PathBuf> {
    match name {
        "compact" => RandomFolder::compact().write(&temporary)?,
        "base" => RandomFolder::base().write(&temporary)?,
        path => return Ok(PathBuf::from(path)),
    }
    Ok(temporary)
}

/// A window that takes up `length` tokens with its special pieces.
fn window(length: u32) -> Window {
    let pieces: Vec<u32> = (0..length - 2).map(|place| 100 + place * 31 % 20_000).collect();
    Window { heads: (0..length - 2).step_by(2).collect(), pieces }
}

fn speed(engine: &Engine, runtime: &tokio::runtime::Runtime, windows: &[Window]) -> Outcome<f64> {
    let tokens: usize = windows.iter().map(|window| window.pieces.len() + 2).sum();
    let mut best = Duration::MAX;
    let measured = Instant::now();
    while best == Duration::MAX || measured.elapsed() < MEASURE {
        let began = Instant::now();
        let answers = runtime.block_on(engine.classify(windows.to_vec(), None))?;
        if answers.iter().zip(windows).any(|(logits, window)| logits.rows().len() != window.heads.len()) {
            return Err("an answer has another length than its question".into());
        }
        best = best.min(began.elapsed());
    }
    #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
    Ok(tokens as f64 / best.as_secs_f64())
}

/// Resident memory of this process.
fn resident_mb() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes / 1024)
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
