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
/// Texts with other mentions in int8 than in fp32, in a hundred: where two labels score nearly alike, either may win.
const INT8_FLIPS_PERCENT_MAX: usize = 4;
/// How far the score of a mention in int8 may be from that in fp32.
const INT8_SCORE_DISTANCE_MAX: f32 = 0.25;
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

/// How many texts `one` and `two` mark differently; the greatest difference between the scores of the rest.
fn flips(one: &[Recognition], two: &[Recognition]) -> (usize, f32) {
    let (mut flips, mut distance) = (0, 0.0_f32);
    for (number, (one, two)) in one.iter().zip(two).enumerate() {
        let marks = |read: &Recognition| read.mentions.iter().map(|m| (m.span, m.kind)).collect::<Vec<_>>();
        if marks(one) == marks(two) {
            let pairs = one.mentions.iter().zip(&two.mentions);
            distance = pairs.map(|(a, b)| (a.score - b.score).abs()).fold(distance, f32::max);
        } else {
            flips += 1;
            println!("text {number}: {} mentions, and {}", one.mentions.len(), two.mentions.len());
        }
    }
    println!("{flips} of {} texts have other mentions; scores differ by up to {distance:.1e}", one.len());
    (flips, distance)
}

/// Every text among others.
async fn together(recognizer: &Recognizer, texts: &[String]) -> Vec<Recognition> {
    let compute = ComputeConfig::default().build();
    stream::iter(texts).map(|text| read(recognizer, &compute, text)).buffered(TOGETHER).collect().await
}

/// Every text by itself.
async fn alone(recognizer: &Recognizer, texts: &[String]) -> Vec<Recognition> {
    let compute = ComputeConfig::default().build();
    stream::iter(texts).then(|text| read(recognizer, &compute, text)).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn in_fp32_batches_change_neither_mentions_nor_scores() {
    let (recognizer, texts) = (load("fp32"), texts(10));
    let (flips, distance) = flips(&alone(&recognizer, &texts).await, &together(&recognizer, &texts).await);
    assert!(flips == 0 && distance < 1e-3, "{flips} flips, {distance}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn in_bf16_batches_change_the_mentions_of_one_text_in_a_thousand_at_most() {
    let (recognizer, texts) = (load("bf16"), texts(2));
    let (flips, _) = flips(&alone(&recognizer, &texts).await, &together(&recognizer, &texts).await);
    assert!(flips * 1000 <= texts.len(), "{flips} of {} texts", texts.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs ENRICH_DATA_DIR"]
async fn in_int8_batches_change_nothing_and_mentions_are_nearly_those_of_fp32() {
    let (recognizer, texts) = (load("int8"), texts(2));
    let int8 = together(&recognizer, &texts).await;
    assert_eq!(flips(&alone(&recognizer, &texts).await, &int8), (0, 0.0));
    let (flips, distance) = flips(&together(&load("fp32"), &texts).await, &int8);
    assert!(flips * 100 <= texts.len() * INT8_FLIPS_PERCENT_MAX, "{flips} of {} texts", texts.len());
    assert!(distance < INT8_SCORE_DISTANCE_MAX, "{distance}");
}
