//! Nothing is cut off, however long the text.

use crate::ARTICLE;
use enrich_proto::v1::{EnrichRequest, Feature, Mention};
use enrich_runtime::Limits;
use enrich_tests::{System, Wiring};
use std::time::Duration;
use tonic::{Code, Request};

crate::on_both_wirings!(
    names_at_the_end_of_a_long_text_are_found,
    a_mention_in_the_overlap_of_windows_is_found_once,
    one_sentence_without_end_is_read_to_its_end,
    a_deadline_cuts_a_long_text_and_the_next_call_succeeds,
);

fn request(text: String) -> EnrichRequest {
    EnrichRequest { text, features: vec![Feature::Entities.into()], ..Default::default() }
}

async fn mentions(system: &mut System, text: &str) -> Vec<Mention> {
    let mut request = Request::new(request(text.to_owned()));
    request.set_timeout(Duration::from_secs(120));
    let answer = system.gateway.enrich(request).await.unwrap().into_inner();
    assert_eq!(answer.failures, []);
    answer.entities.unwrap().mentions
}

fn surfaces(mentions: &[Mention]) -> Vec<&str> {
    mentions.iter().map(|mention| mention.surface.as_str()).collect()
}

async fn names_at_the_end_of_a_long_text_are_found(mut system: System) {
    let text = ARTICLE.repeat(8);
    let characters = text.chars().count();
    let found = mentions(&mut system, &text).await;
    let last = found.last().unwrap().span.unwrap();
    assert!(last.end as usize > characters - ARTICLE.chars().count() / 2, "the last mention ends at {}", last.end);
}

async fn a_mention_in_the_overlap_of_windows_is_found_once(mut system: System) {
    let found = mentions(&mut system, &ARTICLE.repeat(6)).await;
    let spans: Vec<_> = found.iter().map(|mention| mention.span.unwrap()).collect();
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].begin), "{spans:?}");
    // Windows end at different places of each copy, so a copy's mentions may differ by one or two, not by a half.
    let single = mentions(&mut system, ARTICLE).await.len();
    assert!(found.len().abs_diff(6 * single) <= single, "{} against 6 x {single}", found.len());
}

async fn one_sentence_without_end_is_read_to_its_end(mut system: System) {
    let text = "وزار الوفد مدينة بغداد ثم عاد إلى مدينة أنقرة ".repeat(120);
    let found = mentions(&mut system, &text).await;
    let found = surfaces(&found).iter().filter(|name| name.contains("بغداد")).count();
    assert!(found > 90, "{found} of 120");
}

async fn a_deadline_cuts_a_long_text_and_the_next_call_succeeds(mut system: System) {
    let mut hasty = Request::new(request(ARTICLE.repeat(200)));
    hasty.set_timeout(Duration::from_millis(30));
    let status = system.gateway.enrich(hasty).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(!mentions(&mut system, ARTICLE).await.is_empty());
}

/// The longest text that is accepted, once: a minute of work on two slow cores.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_of_the_full_limit_is_read_whole() {
    let mut system = System::start(Wiring::Embedded, Limits::default()).await.unwrap();
    let end = "\nزار الوفد بغداد.";
    let mut text = ARTICLE.repeat((1 << 20) / ARTICLE.len() - 1);
    text.push_str(&" ".repeat((1 << 20) - text.len() - end.len()));
    text.push_str(end);
    assert_eq!(text.len(), 1 << 20);
    let found = mentions(&mut system, &text).await;
    // Which words of the last sentence are the name is the model's affair; that it was read is not.
    assert!(found.last().unwrap().surface.ends_with("بغداد"), "{:?}", found.last());
}
