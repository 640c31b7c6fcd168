//! What runs in the process of one contender, so that its memory and its start are its own.

use std::{
    fs,
    hint::black_box,
    io::{self, BufRead, Write},
    time::Instant,
};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::contenders::{self, Contender, Reader};

const ROUNDS: usize = 5;

/// What a contender says first.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Loaded {
    pub(crate) version: String,
    pub(crate) load_ms: f64,
    pub(crate) languages: Vec<String>,
}

/// What it is asked then, a line of JSON each.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Request {
    /// An [`Answer`](contenders::Answer) for each text.
    Answer { texts: Vec<String>, among: Vec<String> },
    /// Nanoseconds of processor time a text: the median of some rounds after one more.
    Time { texts: Vec<String> },
    /// MiB that the process has grown by.
    Memory,
}

/// Speaks for the contender `name` until the input ends.
pub(crate) fn serve(name: &str) -> io::Result<()> {
    let before = resident_mib()?;
    let started = Instant::now();
    let (contender, version) = contenders::load(name).unwrap_or_else(|| panic!("no contender is called {name}"));
    let load_ms = started.elapsed().as_secs_f64() * 1000.0;
    say(&Loaded { version, load_ms, languages: contender.languages() })?;
    for line in io::stdin().lock().lines() {
        match serde_json::from_str(&line?)? {
            Request::Answer { texts, among } => say(&answers(contender.as_ref(), &texts, &among))?,
            Request::Time { texts } => say(&time(&contender.reader(&[]), &texts))?,
            Request::Memory => say(&(resident_mib()? - before))?,
        }
    }
    Ok(())
}

fn answers(contender: &dyn Contender, texts: &[String], among: &[String]) -> Vec<contenders::Answer> {
    let read = contender.reader(among);
    texts.iter().map(|text| read(text)).collect()
}

fn say(answer: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn time(read: &Reader<'_>, texts: &[String]) -> f64 {
    let round = |_| {
        let began = processor_nanoseconds();
        for text in texts {
            black_box(read(black_box(text)));
        }
        (processor_nanoseconds() - began) / texts.len() as f64
    };
    let mut rounds: Vec<f64> = (0..=ROUNDS).map(round).skip(1).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// Unlike the clock on the wall, it does not count what else runs on the machine.
fn processor_nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn resident_mib() -> io::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kib = line.trim().trim_end_matches("kB").trim().parse::<f64>().map_err(io::Error::other)?;
    Ok(kib / 1024.0)
}
