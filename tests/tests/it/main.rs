//! Promises kept by the whole system; each test's name is one.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

mod bad_input;
mod batching;
mod cache;
mod chaos;
mod chart;
mod conformance;
mod floors;
mod gateway;
mod generated;
mod http;
mod long_texts;
mod many;
mod observability;
mod own_topics;
mod process;
mod processes;
mod samples;
mod secure;
mod spans;
mod tidy;

/// Runs each promise on both wirings, with the default limits.
#[macro_export]
macro_rules! on_both_wirings {
    ($($name:ident),+ $(,)?) => {
        mod embedded {
            use enrich_tests::{System, Wiring};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(System::start(Wiring::Embedded, Default::default()).await.unwrap()).await
                }
            )+
        }
        mod dialled {
            use enrich_tests::{System, Wiring};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(System::start(Wiring::Dialled, Default::default()).await.unwrap()).await
                }
            )+
        }
    };
}

/// An own-written article about water, diplomacy and security.
pub(crate) const ARTICLE: &str = include_str!("../../../services/all-in-one/samples/article.ar.txt");

/// A text whose names leave no doubt.
pub(crate) const SENTENCE: &str = "وصل وزير الخارجية فؤاد حسين إلى بغداد.";

/// How far scores of the same text may lie apart: in bf16 they depend in the last bits on what else is in a batch, and
/// tests share the engine.
pub(crate) const SCORE_TOLERANCE: f32 = 0.02;

/// Asserts that two answers to the same text say the same, whatever their scores' last bits and their stages' times.
pub(crate) fn assert_alike(a: &enrich_proto::v1::EnrichResponse, b: &enrich_proto::v1::EnrichResponse) {
    let scores = |answer: &enrich_proto::v1::EnrichResponse| -> Vec<f32> {
        answer.entities.iter().flat_map(|part| &part.mentions).map(|mention| mention.score).collect()
    };
    let rest = |answer: &enrich_proto::v1::EnrichResponse| {
        let mut answer = answer.clone();
        answer.stage_times.clear();
        answer.entities.iter_mut().flat_map(|part| &mut part.mentions).for_each(|mention| mention.score = 0.0);
        answer
    };
    assert_eq!(rest(a), rest(b));
    assert!(scores(a).iter().zip(scores(b)).all(|(a, b)| (a - b).abs() < SCORE_TOLERANCE), "{a:?} {b:?}");
}

/// The reason and the metadata of a status.
pub(crate) fn reason(status: &tonic::Status) -> (String, std::collections::HashMap<String, String>) {
    use tonic_types::StatusExt;
    let info = status.get_details_error_info().unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"));
    assert_eq!(info.domain, "enrich.v1");
    (info.reason, info.metadata)
}
