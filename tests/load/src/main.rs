//! Sends texts to a running server and prints what came back.

use clap::Parser;
use enrich_load::{Door, Load, Method, closed, open};
use std::{error::Error, fs, io::Write, path::PathBuf, time::Duration};

/// Puts load on a running server: from callers that wait for their answers, or at a fixed rate.
#[derive(Debug, Parser)]
#[command(name = "enrich-load", version)]
struct Args {
    /// Where the server listens.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    server: String,
    /// The texts, one a line.
    texts: PathBuf,
    /// Which method is called.
    #[arg(long, value_enum, default_value_t = Method::Enrich)]
    method: Method,
    /// Calls a second, whatever comes back; without it, callers wait for their answers.
    #[arg(long)]
    rate: Option<f64>,
    /// Callers that wait for their answers.
    #[arg(long, default_value_t = 64, conflicts_with = "rate")]
    callers: usize,
    /// Connections.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// For how long calls are made, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Deadline of each call, in milliseconds.
    #[arg(long, default_value_t = 2000)]
    deadline_ms: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let lines = fs::read_to_string(&args.texts)?;
    let texts: Vec<String> = lines.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    if texts.is_empty() {
        return Err(format!("{} holds no text", args.texts.display()).into());
    }
    let door = Door::open(&args.server, args.connections, args.method, Duration::from_millis(args.deadline_ms)).await?;
    let load = Load { door, texts: texts.into(), duration: Duration::from_secs(args.seconds) };
    let report = match args.rate {
        Some(rate) => open(&load, rate).await,
        None => closed(&load, args.callers).await,
    };
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
