//! Wire to domain and back. Free functions: both types are foreign here, so `From` cannot be.

use enrich_core::{
    Error,
    offsets::{Offsets, Unit},
    topics::{
        EVIDENCE_DEFAULT, Query, Topic, Verdict,
        own::{OwnTerm, OwnTopic},
    },
};
use enrich_proto::v1::{self, topic_service_server::SERVICE_NAME};
use enrich_runtime::wire;
use std::time::Duration;

/// What a request asks for. The classifier checks ids and thresholds against what it knows.
pub(crate) fn query(request: &v1::ClassifyTopicsRequest) -> Result<(Query, Unit), Error> {
    let unit = wire::offset_unit(request.offset_unit)?;
    let language = wire::known_language(&request.language)?;
    let options = request.options.clone().unwrap_or_default();
    let query = Query {
        topics: options.topics,
        thresholds: options.thresholds.into_iter().collect(),
        passages: options.passages,
        evidence_max: options.evidence_max.map_or(EVIDENCE_DEFAULT, |most| most as usize),
        language,
    };
    Ok((query, unit))
}

/// The topics that a request defines, taken out of it. Whoever compiles them checks them.
pub(crate) fn own_topics(request: &mut v1::ClassifyTopicsRequest) -> Vec<OwnTopic> {
    let own = request.options.as_mut().map(|options| std::mem::take(&mut options.own_topics));
    let term = |term: v1::OwnTopicTerm| OwnTerm {
        text: term.text,
        language: term.language,
        weight: term.weight,
        negated: term.negated,
    };
    let topic = |topic: v1::OwnTopic| OwnTopic {
        id: topic.id,
        threshold: topic.threshold,
        terms: topic.terms.into_iter().map(term).collect(),
    };
    own.unwrap_or_default().into_iter().map(topic).collect()
}

/// Writes the answer for `request`.
pub(crate) fn response(
    request: v1::ClassifyTopicsRequest,
    unit: Unit,
    verdict: &Verdict,
    elapsed: Duration,
) -> v1::ClassifyTopicsResponse {
    let text = &request.text;
    let offsets = Offsets::new(text, unit);
    let passages = verdict.passages.iter().map(|passage| v1::Passage {
        span: Some(wire::span(&offsets, passage.span)),
        topics: passage.topics.iter().map(|judged| topic(judged, text, &offsets)).collect(),
    });
    let result = v1::TopicResult {
        topics: verdict.topics.iter().map(|judged| topic(judged, text, &offsets)).collect(),
        passages: passages.collect(),
    };
    v1::ClassifyTopicsResponse {
        stage_times: vec![wire::stage_time(SERVICE_NAME, "topics", elapsed)],
        topics: Some(result),
        id: request.id,
    }
}

fn topic(topic: &Topic, text: &str, offsets: &Offsets<'_>) -> v1::Topic {
    let evidence = topic.evidence.iter().map(|evidence| v1::Evidence {
        span: Some(wire::span(offsets, evidence.span)),
        surface: evidence.span.of(text).unwrap_or_default().to_owned(),
        weight: evidence.weight,
    });
    v1::Topic {
        id: topic.id.to_string(),
        score: topic.score,
        threshold: topic.threshold,
        present: topic.present,
        evidence: evidence.collect(),
    }
}
