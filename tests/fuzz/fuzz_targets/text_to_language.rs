//! Any text has one answer, the same twice, whose segments cover it and split no character.

#![no_main]

use std::sync::LazyLock;

use enrich_core::language::{Detector, LinearDetector, Query, Segments};
use enrich_core::model::Ngrams;
use libfuzzer_sys::fuzz_target;

static DETECTOR: LazyLock<LinearDetector> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/language/language.bin");
    LinearDetector::new(Ngrams::parse(&std::fs::read(path).unwrap()).unwrap())
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut query = Query::default();
    query.segments = Segments::List;
    let found = DETECTOR.detect(&text, &query);
    assert_eq!(found, DETECTOR.detect(&text, &query));
    assert!((0.0..=1.0).contains(&found.score));
    let mut end = 0;
    for segment in &found.segments {
        assert_eq!(segment.span.begin(), end);
        assert!(segment.span.of(&text).is_some_and(|part| !part.is_empty()));
        end = segment.span.end();
    }
    assert_eq!(end, text.len());
});
