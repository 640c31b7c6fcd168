//! What else is in a batch does not change an answer: sentences and long texts read alone and among others.

#![expect(clippy::print_stdout, reason = "the flips are for a person to read")]

use clap::Parser;
use enrich_core::tag::LanguageTag;
use enrich_entities::{Recognition, Recognizer};
use enrich_runtime::{Compute, ComputeConfig};
use futures_util::{StreamExt, stream};
use std::{fs, path::PathBuf};

/// Texts at work at a time.
const TOGETHER: usize = 64;
/// Sentences that make a text longer than a window.
const JOINED: usize = 12;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    entities: enrich_entities::Config,
}

fn load(precision: &str) -> Recognizer {
    let model = enrich_tests::root().join("models/entities");
    let args = ["tests", "--entities-precision", precision, "--entities-model", model.to_str().unwrap()];
    enrich_entities::load(&Args::parse_from(args).entities).unwrap()
}

/// One news sentence in `step`, and texts of several windows joined from the same.
fn texts(step: usize) -> Vec<String> {
    let folder = PathBuf::from(std::env::var_os("ENRICH_DATA_DIR").expect("ENRICH_DATA_DIR is set"));
    let lines = fs::read_to_string(folder.join("data/ner_news.jsonl")).unwrap();
    let text = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["text"].as_str().unwrap().to_owned()
    };
    let sentences: Vec<String> = lines.lines().step_by(step).map(text).collect();
    let long: Vec<String> = sentences.chunks(JOINED).step_by(10).map(|chunk| chunk.join("\n")).collect();
    [sentences, long].concat()
}

async fn read(recognizer: &Recognizer, compute: &Compute, text: &str) -> Recognition {
    let text = (text.to_owned(), LanguageTag::UNDETERMINED);
    recognizer.score(text, compute, None).await.unwrap().decode().unwrap()
}

/// How many of `texts` have other mentions among others than alone; the greatest difference between scores of the rest.
async fn flips(recognizer: &Recognizer, texts: &[String]) -> (usize, f32) {
    let compute = ComputeConfig::default().build();
    let together = stream::iter(texts).map(|text| read(recognizer, &compute, text)).buffered(TOGETHER);
    let together: Vec<Recognition> = together.collect().await;
    let (mut flips, mut distance) = (0, 0.0_f32);
    for (number, (text, there)) in texts.iter().zip(together).enumerate() {
        let here = read(recognizer, &compute, text).await;
        let marks = |read: &Recognition| read.mentions.iter().map(|m| (m.span, m.kind)).collect::<Vec<_>>();
        if marks(&here) == marks(&there) {
            let pairs = here.mentions.iter().zip(&there.mentions);
            distance = pairs.map(|(a, b)| (a.score - b.score).abs()).fold(distance, f32::max);
        } else {
            flips += 1;
            println!("text {number}: {} mentions alone, {} among others", here.mentions.len(), there.mentions.len());
        }
    }
    println!("{flips} of {} texts have other mentions; scores differ by up to {distance:.1e}", texts.len());
    (flips, distance)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn in_fp32_batches_change_neither_mentions_nor_scores() {
    let (flips, distance) = flips(&load("fp32"), &texts(10)).await;
    assert!(flips == 0 && distance < 1e-3, "{flips} flips, {distance}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn in_the_shipped_precision_batches_change_the_mentions_of_one_text_in_a_thousand_at_most() {
    let texts = texts(2);
    let (flips, _) = flips(&load("auto"), &texts).await;
    assert!(flips * 1000 <= texts.len(), "{flips} of {} texts", texts.len());
}
