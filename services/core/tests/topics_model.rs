//! The shipped topic model: its bytes, and what it makes of texts.

#![expect(clippy::unwrap_used, reason = "the lint's exception for tests does not reach the functions that they share")]

use std::path::{Path, PathBuf};

use enrich_core::manifest::Manifest;
use enrich_core::model::Linear;
use enrich_core::topics::{Classifier, LinearClassifier, Query, Verdict};
use sha2::{Digest, Sha256};

/// How far the held-out F1 may lie below the manifest's: rounding in the manifest, no more.
const TOLERANCE: f64 = 0.001;

const PASSAGES: &str = include_str!("topics_passages.txt");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/topics")
}

fn manifest() -> Manifest {
    Manifest::parse(&std::fs::read_to_string(folder().join("manifest.toml")).unwrap()).unwrap()
}

fn classifier() -> LinearClassifier {
    LinearClassifier::new(Linear::parse(&std::fs::read(folder().join("topics.bin")).unwrap()).unwrap())
}

fn classify(text: &str) -> Verdict {
    classifier().classify(text, &Query::default()).unwrap()
}

/// The topics that are present, in the order of their ids.
fn present(verdict: &Verdict) -> Vec<&str> {
    let mut present: Vec<&str> = verdict.topics.iter().filter(|topic| topic.present).map(|topic| &*topic.id).collect();
    present.sort_unstable();
    present
}

/// Passages written for this test: language, topics, text.
fn passages() -> impl Iterator<Item = (&'static str, Vec<&'static str>, &'static str)> {
    PASSAGES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut fields = line.splitn(3, '\t');
        let mut field = || fields.next().unwrap();
        let (language, topics, text) = (field(), field(), field());
        let mut topics: Vec<&str> = topics.split(',').filter(|topic| *topic != "none").collect();
        topics.sort_unstable();
        (language, topics, text)
    })
}

#[test]
fn the_model_is_the_one_of_its_manifest() {
    let bytes = std::fs::read(folder().join("topics.bin")).unwrap();
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(manifest().sha256["topics.bin"], hash);
    assert!(bytes.len() < 1_500_000);
}

#[test]
fn the_three_topics_are_known() {
    let ids: Vec<String> = classifier().topics().iter().map(|topic| topic.id.to_string()).collect();
    assert_eq!(ids, ["security", "diplomacy", "water"]);
}

#[test]
fn own_passages_have_their_topics() {
    let wrong: Vec<String> = passages()
        .filter_map(|(language, topics, text)| {
            let verdict = classify(text);
            let found = present(&verdict);
            (found != topics).then(|| {
                let scores: Vec<String> =
                    verdict.topics.iter().map(|topic| format!("{} {:.2}", topic.id, topic.score)).collect();
                format!("{language} {topics:?}, found {found:?} ({}): {text}", scores.join(", "))
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}\n{} of {}", wrong.join("\n"), wrong.len(), passages().count());
}

#[test]
fn without_its_evidence_a_passage_scores_lower() {
    for (language, topics, text) in passages() {
        let verdict = classify(text);
        for topic in verdict.topics.iter().filter(|topic| topics.contains(&&*topic.id)) {
            assert!(!topic.evidence.is_empty(), "{language} {}", topic.id);
            let mut rest = text.to_owned();
            let mut spans: Vec<_> = topic.evidence.iter().map(|evidence| evidence.span).collect();
            spans.sort_unstable();
            for span in spans.into_iter().rev() {
                rest.replace_range(span.begin()..span.end(), "");
            }
            let lower = classify(&rest).topics.into_iter().find(|other| other.id == topic.id).unwrap();
            assert!(lower.score < topic.score, "{language} {}: {rest}", topic.id);
        }
    }
}

#[test]
fn a_short_water_section_in_a_long_report_is_found() {
    let of = |language: &str, wanted: &[&str]| -> &'static str {
        passages().find(|(l, topics, _)| *l == language && topics == wanted).unwrap().2
    };
    for language in ["ar", "en", "tr", "fa"] {
        let (report, water) = (of(language, &["security"]), of(language, &["water"]));
        let text = format!("{0}\n\n{1}\n\n{0}", [report; 12].join("\n"), [water; 2].join(" "));
        let query = Query { passages: true, ..Query::default() };
        let verdict = classifier().classify(&text, &query).unwrap();
        assert_eq!(present(&verdict), ["security", "water"], "{language}");
        assert!(verdict.passages.len() > 3);
    }
}

/// Micro-averaged F1 over topics, as the manifest's metric `f1` is computed.
#[test]
#[ignore = "needs ENRICH_DATA_DIR"]
fn the_held_out_fifth_scores_as_the_manifest_says() {
    // Not a setting of the product: where test data lies that the repository does not hold.
    let data = PathBuf::from(std::env::var_os("ENRICH_DATA_DIR").expect("ENRICH_DATA_DIR is set"));
    let places = ["topics_news.jsonl", "data/topics_news.jsonl"].map(|name| data.join(name));
    let Some(path) = places.iter().find(|path| path.exists()) else {
        panic!("topics_news.jsonl is neither {} nor {}", places[0].display(), places[1].display());
    };
    let (mut both, mut differing) = (0, 0);
    let classifier = classifier();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let hash = Sha256::digest(row["id"].as_str().unwrap());
        // 256 mod 5 is 1, so the number that the bytes spell is as their sum, mod 5.
        if hash.iter().map(|&byte| u32::from(byte)).sum::<u32>() % 5 != 0 {
            continue;
        }
        let truth: Vec<&str> = row["topics"].as_array().unwrap().iter().map(|topic| topic.as_str().unwrap()).collect();
        let verdict = classifier.classify(row["text"].as_str().unwrap(), &Query::default()).unwrap();
        for topic in &verdict.topics {
            match (topic.present, truth.contains(&&*topic.id)) {
                (true, true) => both += 1,
                (false, false) => {}
                _ => differing += 1,
            }
        }
    }
    let f1 = 2.0 * f64::from(both) / f64::from(2 * both + differing);
    let scores = manifest().scores;
    let promised = scores.iter().find(|score| score.language == "mul" && score.metric == "f1").unwrap().value;
    assert!(f1 >= promised - TOLERANCE, "F1 is {f1}; the manifest says {promised}");
}
