//! What judging topics costs: microseconds of one core per 1,000 bytes of text, by script, with the shipped model. Prints a
//! Markdown table; the texts are the news passages of ENRICH_DATA_DIR, joined to about 1,000 bytes each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench stops at the first thing that is wrong and prints; its counts are small"
)]

use enrich_core::{
    model::Linear,
    topics::{Classifier, EVIDENCE_DEFAULT, LinearClassifier, Query},
};
use serde_json::Value;
use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::Instant,
};

const ROUNDS: usize = 15;
const TEXT_BYTES: usize = 1_000;
/// Letters that only one of the scripts has, and the passages' languages that are written in it.
const SCRIPTS: [(&str, char, char); 4] = [
    ("Arabic", '\u{620}', '\u{6D5}'),
    ("Latin", 'a', 'z'),
    ("Cyrillic", '\u{430}', '\u{44F}'),
    ("Hebrew", '\u{5D0}', '\u{5EA}'),
];

fn passages() -> Vec<String> {
    let folder =
        PathBuf::from(std::env::var_os("ENRICH_DATA_DIR").unwrap_or_else(|| panic!("ENRICH_DATA_DIR is not set")));
    let file = ["topics_news.jsonl", "data/topics_news.jsonl"].map(|name| folder.join(name));
    let lines = fs::read_to_string(file.iter().find(|path| path.is_file()).unwrap()).unwrap();
    let passage = |line: &str| serde_json::from_str::<Value>(line).unwrap()["text"].as_str().unwrap().to_owned();
    lines.lines().map(passage).collect()
}

/// The passages mostly of letters from `first` to `last`, joined to texts of about 1,000 bytes.
fn texts(passages: &[String], first: char, last: char) -> Vec<String> {
    let is_of = |text: &&String| {
        let letters = text.chars().filter(|c| (first..=last).contains(c)).count();
        2 * letters > text.chars().count()
    };
    let mut texts = vec![String::new()];
    for passage in passages.iter().filter(is_of) {
        if texts.last().is_some_and(|text| text.len() >= TEXT_BYTES) {
            texts.push(String::new());
        }
        let text = texts.last_mut().unwrap();
        text.push_str(passage);
        text.push('\n');
    }
    texts
}

/// Microseconds per 1,000 bytes: by each text's fastest and by its median round, so that what else runs on the machine
/// spoils a text's round and not the whole.
fn cost(classifier: &LinearClassifier, texts: &[String], query: &Query) -> (f64, f64) {
    let mut times = vec![Vec::with_capacity(ROUNDS); texts.len()];
    for _ in 0..ROUNDS {
        for (text, times) in texts.iter().zip(&mut times) {
            let begun = Instant::now();
            black_box(classifier.classify(black_box(text), query).unwrap());
            times.push(begun.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
    let kilobytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e3;
    let of = |round: usize| times.iter().map(|times| times[round]).sum::<f64>() / kilobytes;
    (of(0), of(ROUNDS / 2))
}

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/topics/topics.bin");
    let classifier = LinearClassifier::new(Linear::parse(&fs::read(path).unwrap()).unwrap());
    let passages = passages();
    println!(
        "| us per 1,000 bytes, one core, of {ROUNDS} rounds | kB | fastest | median | with evidence, fastest | median |"
    );
    println!("|---|---|---|---|---|---|");
    for (name, first, last) in SCRIPTS {
        let texts = texts(&passages, first, last);
        let bytes: usize = texts.iter().map(String::len).sum();
        let [plain, evidence] = [0, EVIDENCE_DEFAULT].map(|evidence_max| {
            let (fastest, median) = cost(&classifier, &texts, &Query { evidence_max, ..Query::default() });
            format!("{fastest:.1} | {median:.1}")
        });
        println!("| {name} | {:.0} | {plain} | {evidence} |", bytes as f64 / 1e3);
    }
}
