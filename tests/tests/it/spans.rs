//! Spans are exact, whatever the text and the unit.

use crate::ARTICLE;
use enrich_proto::v1::{EnrichRequest, EnrichResponse, EntityOptions, LanguageOptions, OffsetUnit, Span, TopicOptions};
use enrich_runtime::Limits;
use enrich_tests::{System, Wiring};
use proptest::{prelude::*, test_runner::Config};

crate::on_both_wirings!(spans_count_in_the_unit_asked_for, code_points_are_the_default_unit);

/// `span` of `text`, counted in `unit`.
fn slice(text: &str, span: Span, unit: OffsetUnit) -> String {
    let (begin, end) = (span.begin as usize, span.end as usize);
    match unit {
        OffsetUnit::Unspecified | OffsetUnit::CodePoint => text.chars().skip(begin).take(end - begin).collect(),
        OffsetUnit::Utf8Byte => text[begin..end].to_owned(),
        OffsetUnit::Utf16Unit => {
            let units: Vec<u16> = text.encode_utf16().collect();
            String::from_utf16(&units[begin..end]).unwrap()
        }
    }
}

async fn enrich(system: &mut System, text: &str, unit: OffsetUnit) -> EnrichResponse {
    let request = EnrichRequest {
        text: text.to_owned(),
        offset_unit: unit.into(),
        language_options: Some(LanguageOptions { segments: true, ..Default::default() }),
        entity_options: Some(EntityOptions { sentences: true, ..Default::default() }),
        topic_options: Some(TopicOptions { passages: true, ..Default::default() }),
        ..Default::default()
    };
    let answer = system.gateway.enrich(request).await.unwrap().into_inner();
    assert_eq!(answer.failures, []);
    answer
}

/// Checks every span of `answer`; returns how many mentions there are.
fn check(text: &str, answer: &EnrichResponse, unit: OffsetUnit) -> usize {
    let entities = answer.entities.as_ref().unwrap();
    for mention in &entities.mentions {
        assert!(!mention.surface.trim().is_empty());
        assert_eq!(slice(text, mention.span.unwrap(), unit), mention.surface);
        assert!((0.0..=1.0).contains(&mention.score));
    }
    let spans: Vec<Span> = entities.mentions.iter().map(|mention| mention.span.unwrap()).collect();
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].begin), "mentions overlap");
    assert!(entities.sentences.windows(2).all(|pair| pair[0].end <= pair[1].begin), "sentences overlap");
    for topic in &answer.topics.as_ref().unwrap().topics {
        for evidence in &topic.evidence {
            assert_eq!(slice(text, evidence.span.unwrap(), unit), evidence.surface);
            assert!(evidence.weight > 0.0);
        }
        assert_eq!(topic.present, topic.score >= topic.threshold);
    }
    let segments = &answer.language.as_ref().unwrap().segments;
    let whole: String = segments.iter().map(|segment| slice(text, segment.span.unwrap(), unit)).collect();
    assert_eq!(whole, text, "segments leave gaps");
    spans.len()
}

async fn spans_count_in_the_unit_asked_for(mut system: System) {
    let text = format!("\u{1F6A8} {ARTICLE}");
    for unit in [OffsetUnit::CodePoint, OffsetUnit::Utf8Byte, OffsetUnit::Utf16Unit] {
        let answer = enrich(&mut system, &text, unit).await;
        assert!(check(&text, &answer, unit) > 5);
    }
}

async fn code_points_are_the_default_unit(mut system: System) {
    let mut unset = enrich(&mut system, ARTICLE, OffsetUnit::Unspecified).await;
    let mut points = enrich(&mut system, ARTICLE, OffsetUnit::CodePoint).await;
    unset.stage_times.clear();
    points.stage_times.clear();
    assert_eq!(unset, points);
}

/// Texts of names, ordinary words and what makes counting hard, in any order.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "بغداد",
        "وتركيا",
        "فؤاد حسين",
        "الأمم المتحدة",
        "بغـــداد",
        "مُحَمَّد",
        "می\u{200c}رود",
        "Türkiye'nin",
        "İstanbul",
        "Ankara",
        "\u{1F600}",
        "\u{1F1EE}\u{1F1F6}",
        "e\u{301}",
        "\0",
        "\u{200f}",
        "\u{feff}",
        "«",
        "»",
        "\"",
        ".",
        "؟",
        "\n",
        "，",
        "北京",
        "ירושלים",
        "Вашингтон",
        "کابل",
        "هەولێر",
        "3.5",
        "@user",
        "https://example.org/a?b=1",
    ]);
    prop::collection::vec((pieces, prop::bool::ANY), 1..40).prop_map(|pieces| {
        let mut text = String::new();
        for (piece, blank) in pieces {
            text.push_str(piece);
            if blank {
                text.push(' ');
            }
        }
        text
    })
}

#[test]
fn spans_of_any_text_are_the_text_of_their_surface() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let system = runtime.block_on(System::start(Wiring::Embedded, Limits::default())).unwrap();
    // Failures print the text; nothing is written beside the sources.
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    proptest!(config, |(text in prop_oneof![3 => texts(), 1 => "\\PC{1,200}"], unit in 1..=3_i32)| {
        let unit = OffsetUnit::try_from(unit).unwrap();
        let answer = runtime.block_on(enrich(&mut system.clone(), &text, unit));
        check(&text, &answer, unit);
    });
}
