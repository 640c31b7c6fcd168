use proptest::prelude::*;

use super::*;
use crate::features;
use crate::model::tests::{bytes, row};
use crate::model::{Linear, Row};
use crate::text::View;

const SHORTAGE: &str = "مياه";

/// A classifier that knows one word for each of two topics: `مياه` for water, `جيش` for security.
fn classifier() -> LinearClassifier {
    let bucket = |word| {
        let mut bucket = 0;
        features::visit(word, None, |feature| {
            if feature.kind == features::Kind::Word {
                bucket = feature.bucket;
            }
        });
        bucket
    };
    let rows = ["security", "water"].map(|id| Row { bias: -3.0, ..row(id) });
    let weights = [(bucket("جيش"), 0, 100), (bucket(SHORTAGE), 1, 100), (bucket("نهر"), 1, 40)];
    LinearClassifier::new(Linear::parse(&bytes(&rows, &weights)).unwrap())
}

fn classify(text: &str) -> Verdict {
    classifier().classify(text, &Query::default()).unwrap()
}

fn topic<'v>(verdict: &'v Verdict, id: &str) -> &'v Topic {
    verdict.topics.iter().find(|topic| &*topic.id == id).unwrap()
}

#[test]
fn the_topic_of_the_words_is_present_and_first() {
    let verdict = classify("أزمة المياه في المدينة");
    assert_eq!(&*verdict.topics[0].id, "water");
    assert!(verdict.topics[0].present && !verdict.topics[1].present);
    assert!(verdict.passages.is_empty());
}

#[test]
fn evidence_is_the_word_as_it_stands_in_the_text() {
    let text = "أزمة وَالمِيـاه في المدينة";
    let verdict = classify(text);
    let evidence = &topic(&verdict, "water").evidence;
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].span.of(text), Some("وَالمِيـاه"));
    assert!(evidence[0].weight > 0.0);
    assert!(topic(&verdict, "security").evidence.is_empty());
}

#[test]
fn neighbouring_words_are_one_phrase() {
    let text = "شح مياه نهر، مياه وصحراء";
    let surfaces: Vec<_> =
        topic(&classify(text), "water").evidence.iter().map(|evidence| evidence.span.of(text).unwrap()).collect();
    assert_eq!(surfaces, ["مياه نهر", "مياه"]);
}

#[test]
fn without_its_evidence_a_text_scores_lower() {
    let text = "شح مياه نهر في المدينة والقرى";
    let verdict = classify(text);
    let water = topic(&verdict, "water");
    let rest = text.replace(water.evidence[0].span.of(text).unwrap(), "");
    assert!(topic(&classify(&rest), "water").score < water.score);
}

#[test]
fn a_short_section_of_a_long_text_is_found() {
    let filler = "قال المتحدث إن اللجنة ناقشت الأمر مع الأعضاء في جلسة طويلة. ".repeat(40);
    let text = format!("{filler}\n\nمياه نهر مياه نهر مياه.\n\n{filler}");
    let query = Query { passages: true, ..Query::default() };
    let verdict = classifier().classify(&text, &query).unwrap();
    assert!(topic(&verdict, "water").present);
    let present: Vec<_> = verdict.passages.iter().filter(|passage| passage.topics[0].present).collect();
    assert_eq!(present.len(), 1);
    assert!(present[0].span.of(&text).unwrap().contains(SHORTAGE));
    let best = verdict.passages.iter().map(|passage| passage.topics[0].score).fold(0.0, f32::max);
    assert!(topic(&verdict, "water").score < best);
}

#[test]
fn a_text_of_equal_passages_scores_as_each() {
    let passage = format!("{}مياه نهر.", "قال المتحدث إن اللجنة ناقشت الأمر. ".repeat(14));
    let query = Query { passages: true, ..Query::default() };
    let verdict = classifier().classify(&[passage.as_str(); 9].join("\n\n"), &query).unwrap();
    assert_eq!(verdict.passages.len(), 9);
    assert!((topic(&verdict, "water").score - topic(&classify(&passage), "water").score).abs() < 1e-5);
}

#[test]
fn a_text_without_words_is_about_nothing() {
    for text in [" ", "؟!", "\u{200f}", "🌊", "\0"] {
        let query = Query { passages: true, ..Query::default() };
        let verdict = classifier().classify(text, &query).unwrap();
        assert!(verdict.topics.iter().all(|topic| topic.score == 0.0 && !topic.present), "{text:?}");
    }
}

#[test]
fn an_empty_text_is_refused() {
    let error = classifier().classify("", &Query::default()).unwrap_err();
    assert_eq!(error.reason(), "EMPTY_TEXT");
}

#[test]
fn only_topics_asked_for_are_judged() {
    let query = Query { topics: vec!["water".into()], ..Query::default() };
    let verdict = classifier().classify("جيش", &query).unwrap();
    assert_eq!(verdict.topics.len(), 1);
    assert_eq!(&*verdict.topics[0].id, "water");
}

#[test]
fn a_threshold_of_the_query_replaces_the_own_one() {
    let query = Query { thresholds: BTreeMap::from([("water".into(), 1.0)]), ..Query::default() };
    let verdict = classifier().classify("مياه نهر", &query).unwrap();
    let water = topic(&verdict, "water");
    assert!(!water.present && water.threshold == 1.0 && water.score > 0.9);
    assert_eq!(topic(&verdict, "security").threshold, 0.4);
}

#[test]
fn queries_that_cannot_be_answered_say_why() {
    let refused = |query: Query| {
        let error = classifier().classify("ماء", &query).unwrap_err();
        (error.reason(), error.to_string())
    };
    let (reason, message) = refused(Query { topics: vec!["sport".into()], ..Query::default() });
    assert_eq!((reason, message.contains("\"sport\"")), ("UNKNOWN_TOPIC", true));
    let (reason, _) = refused(Query { thresholds: BTreeMap::from([("sport".into(), 0.5)]), ..Query::default() });
    assert_eq!(reason, "UNKNOWN_TOPIC");
    for threshold in [-0.1, 1.1, f32::NAN] {
        let thresholds = BTreeMap::from([("water".into(), threshold)]);
        assert_eq!(refused(Query { thresholds, ..Query::default() }).0, "VALUE_OUT_OF_RANGE");
    }
    let (reason, message) = refused(Query { evidence_max: 101, ..Query::default() });
    assert_eq!((reason, message.contains("0..=100")), ("VALUE_OUT_OF_RANGE", true));
}

#[test]
fn evidence_is_no_more_than_asked_for() {
    let text = "مياه، مياه، نهر، مياه، نهر";
    for evidence_max in [0, 1, 3] {
        let query = Query { evidence_max, ..Query::default() };
        let verdict = classifier().classify(text, &query).unwrap();
        assert_eq!(topic(&verdict, "water").evidence.len(), evidence_max);
    }
}

#[test]
fn a_cut_gives_each_word_to_one_passage() {
    let text = "كلمة، word. ".repeat(200);
    let cut = Cut::new(&text);
    let counted: usize = (0..cut.spans().len()).map(|passage| cut.words(passage).len()).sum();
    assert!(cut.spans().len() > 2);
    assert_eq!(counted, features::words(&View::new(&text)).len());
    assert!(cut.words(1_000_000).is_empty());
}

proptest! {
    #[test]
    fn any_text_has_a_verdict_with_spans_inside(text in "(\\PC|مياه |نهر |\u{200c}|\u{64b}|\n){1,200}") {
        let query = Query { passages: true, ..Query::default() };
        let verdict = classifier().classify(&text, &query).unwrap();
        prop_assert_eq!(&classifier().classify(&text, &query).unwrap(), &verdict);
        for topic in &verdict.topics {
            prop_assert!((0.0..=1.0).contains(&topic.score));
            for evidence in &topic.evidence {
                prop_assert!(evidence.span.of(&text).is_some_and(|surface| !surface.is_empty()));
                prop_assert!(evidence.weight > 0.0);
            }
        }
    }
}
