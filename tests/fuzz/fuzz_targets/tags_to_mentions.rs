//! Scores of a model, whatever they are, to mentions: every span stands in its text, in order and apart from the others.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use enrich_core::{
    entities::{Calibration, Decoder, EntityType, Proclitics, Reading, Tag, words},
    tag::LanguageTag,
};
use libfuzzer_sys::fuzz_target;

const TAGS: [Tag; 7] = [
    Tag::Outside,
    Tag::Begin(EntityType::Person),
    Tag::Inside(EntityType::Person),
    Tag::Begin(EntityType::Organization),
    Tag::Inside(EntityType::Organization),
    Tag::Begin(EntityType::Location),
    Tag::Inside(EntityType::Location),
];

#[derive(Arbitrary, Debug)]
struct Input {
    text: String,
    language: String,
    /// Tenths of a logit, taken in turn.
    logits: Vec<i8>,
    sentence_ends: Vec<u8>,
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(input) = Input::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let words = words(&input.text);
    let logits = input.logits.iter().chain([&0]).cycle().map(|&tenths| f32::from(tenths) / 10.0);
    let rows: Vec<f32> = logits.take(words.len() * TAGS.len()).collect();
    let mut sentence_ends: Vec<usize> =
        input.sentence_ends.iter().map(|&end| usize::from(end)).filter(|end| (1..words.len()).contains(end)).collect();
    sentence_ends.sort_unstable();
    sentence_ends.dedup();
    sentence_ends.push(words.len());
    let language: LanguageTag = input.language.parse().unwrap_or(LanguageTag::UNDETERMINED);
    let decoder = Decoder::new(TAGS.to_vec(), Calibration::default(), Proclitics::default()).unwrap();
    let text = input.text.as_str();
    let reading = Reading { text, language: &language, words: &words, sentence_ends: &sentence_ends, rows: &rows };
    let mut end = 0;
    for mention in decoder.mentions(&reading).unwrap() {
        assert!(mention.span.begin() >= end && mention.span.begin() < mention.span.end());
        assert!(mention.span.of(text).is_some() && (0.0..=1.0).contains(&mention.score));
        end = mention.span.end();
    }
});
