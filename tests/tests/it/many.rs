//! Batches and streams.

use crate::{ARTICLE, SENTENCE, assert_alike, reason};
use enrich_proto::v1::{
    BatchClassifyTopicsRequest, BatchDetectLanguageRequest, BatchEnrichRequest, BatchRecognizeEntitiesRequest,
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, EnrichResponse, EnrichmentServiceGetInfoRequest,
    RecognizeEntitiesRequest, StreamClassifyTopicsRequest, StreamDetectLanguageRequest, StreamEnrichRequest,
    StreamEnrichResponse, StreamRecognizeEntitiesRequest, TopicOptions, classify_topics_item, detect_language_item,
    enrich_item, recognize_entities_item, stream_classify_topics_response, stream_detect_language_response,
    stream_enrich_response, stream_recognize_entities_response,
};
use enrich_runtime::from_rpc_status;
use enrich_tests::System;
use std::collections::HashMap;
use tokio_stream::StreamExt;
use tonic::Code;

crate::on_both_wirings!(
    a_batch_answers_in_the_order_of_the_requests,
    an_item_that_fails_leaves_the_others_alone,
    a_batch_of_none_and_one_over_the_limit_are_refused,
    a_batch_of_one_is_the_single_call,
    every_service_takes_batches,
    topics_and_their_evidence_are_the_same_alone_and_in_a_batch,
    a_stream_answers_every_item_and_ends,
    a_stream_item_without_id_is_answered_with_its_error,
    an_id_in_use_is_refused_and_free_again_after_its_answer,
    every_service_takes_streams,
);

fn request(id: &str, text: &str) -> EnrichRequest {
    EnrichRequest { id: id.into(), text: text.into(), ..Default::default() }
}

fn item(id: &str, text: &str) -> StreamEnrichRequest {
    StreamEnrichRequest { request: Some(request(id, text)) }
}

async fn a_batch_answers_in_the_order_of_the_requests(mut system: System) {
    // Lengths differ, so that the items would end in another order than they begin.
    let texts: Vec<String> = (0..40).map(|n| ARTICLE.chars().take(1 + (n * 37) % 500).collect()).collect();
    let requests = texts.iter().enumerate().map(|(n, text)| request(&n.to_string(), text)).collect();
    let results = system.gateway.batch_enrich(BatchEnrichRequest { requests }).await.unwrap().into_inner().results;
    let ids: Vec<String> = results.into_iter().map(|item| response(item.result).id).collect();
    assert_eq!(ids, (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
}

fn response(result: Option<enrich_item::Result>) -> EnrichResponse {
    match result {
        Some(enrich_item::Result::Response(response)) => response,
        other => panic!("{other:?}"),
    }
}

async fn an_item_that_fails_leaves_the_others_alone(mut system: System) {
    let requests = vec![request("a", "بغداد"), request("b", ""), request("c", "أنقرة")];
    let results = system.gateway.batch_enrich(BatchEnrichRequest { requests }).await.unwrap().into_inner().results;
    let [a, b, c] = <[_; 3]>::try_from(results).unwrap();
    assert_eq!((response(a.result).id, response(c.result).id), ("a".into(), "c".into()));
    let Some(enrich_item::Result::Error(status)) = b.result else { panic!("{b:?}") };
    let status = from_rpc_status(status);
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "EMPTY_TEXT"));
}

async fn a_batch_of_none_and_one_over_the_limit_are_refused(mut system: System) {
    let limits = system.gateway.get_info(EnrichmentServiceGetInfoRequest {}).await.unwrap().into_inner().limits;
    let most = usize::try_from(limits.unwrap().batch_items_max).unwrap();
    for (items, expected) in [(0, "EMPTY_BATCH"), (most + 1, "TOO_MANY_ITEMS")] {
        let requests = vec![request("", "text"); items];
        let status = system.gateway.batch_enrich(BatchEnrichRequest { requests }).await.unwrap_err();
        let (reason, metadata) = reason(&status);
        assert_eq!((status.code(), reason.as_str()), (Code::InvalidArgument, expected));
        if items > 0 {
            assert_eq!((metadata["items"].as_str(), metadata["itemsMax"].as_str()), ("257", "256"));
        }
    }
}

async fn a_batch_of_one_is_the_single_call(mut system: System) {
    let single = system.gateway.enrich(request("a", SENTENCE)).await.unwrap().into_inner();
    let requests = vec![request("a", SENTENCE)];
    let batch = system.gateway.batch_enrich(BatchEnrichRequest { requests }).await.unwrap().into_inner();
    assert_alike(&single, &response(batch.results.into_iter().next().unwrap().result));
}

async fn every_service_takes_batches(mut system: System) {
    let text = || "وصل الوفد إلى بغداد".to_owned();
    let requests = vec![DetectLanguageRequest { text: text(), ..Default::default() }, Default::default()];
    let results = system.language.batch_detect_language(BatchDetectLanguageRequest { requests }).await.unwrap();
    let results: Vec<_> = results.into_inner().results.into_iter().map(|item| item.result.unwrap()).collect();
    assert!(matches!(results[..], [detect_language_item::Result::Response(_), detect_language_item::Result::Error(_)]));

    let requests = vec![RecognizeEntitiesRequest { text: text(), ..Default::default() }, Default::default()];
    let results = system.entities.batch_recognize_entities(BatchRecognizeEntitiesRequest { requests }).await.unwrap();
    let results: Vec<_> = results.into_inner().results.into_iter().map(|item| item.result.unwrap()).collect();
    assert!(matches!(
        results[..],
        [recognize_entities_item::Result::Response(_), recognize_entities_item::Result::Error(_)]
    ));

    let requests = vec![ClassifyTopicsRequest { text: text(), ..Default::default() }, Default::default()];
    let results = system.topics.batch_classify_topics(BatchClassifyTopicsRequest { requests }).await.unwrap();
    let results: Vec<_> = results.into_inner().results.into_iter().map(|item| item.result.unwrap()).collect();
    assert!(matches!(results[..], [classify_topics_item::Result::Response(_), classify_topics_item::Result::Error(_)]));
}

async fn topics_and_their_evidence_are_the_same_alone_and_in_a_batch(mut system: System) {
    // Private, so that no answer comes from a cache.
    let request = |text: &str| ClassifyTopicsRequest {
        text: text.to_owned(),
        private: true,
        options: Some(TopicOptions { passages: true, ..Default::default() }),
        ..Default::default()
    };
    // Of one passage and of several, so that the items end in another order than they begin.
    let lines: Vec<&str> = ARTICLE.lines().filter(|line| !line.is_empty()).collect();
    let texts: Vec<String> = (0..30).map(|n| lines[n % lines.len()].repeat(1 + n % 7)).collect();
    let requests = texts.iter().map(|text| request(text)).collect();
    let batch = system.topics.batch_classify_topics(BatchClassifyTopicsRequest { requests }).await.unwrap();
    let mut evidence = 0;
    for (text, item) in texts.iter().zip(batch.into_inner().results) {
        let Some(classify_topics_item::Result::Response(there)) = item.result else { panic!("{item:?}") };
        let here = system.topics.classify_topics(request(text)).await.unwrap().into_inner();
        assert_eq!(here.topics, there.topics, "{text}");
        evidence += here.topics.unwrap().topics.iter().map(|topic| topic.evidence.len()).sum::<usize>();
    }
    assert!(evidence > 0, "no text had evidence");
}

/// Sends `items` down one stream and returns what came back.
async fn stream(system: &mut System, items: Vec<StreamEnrichRequest>) -> Vec<StreamEnrichResponse> {
    let answers = system.gateway.stream_enrich(tokio_stream::iter(items)).await.unwrap().into_inner();
    answers.map(Result::unwrap).collect().await
}

async fn a_stream_answers_every_item_and_ends(mut system: System) {
    let items = (0..200).map(|n| item(&n.to_string(), &ARTICLE.chars().take(1 + n % 120).collect::<String>()));
    let mut answers = stream(&mut system, items.collect()).await;
    let Some(stream_enrich_response::Result::End(end)) = answers.pop().unwrap().result else { panic!("no end") };
    assert_eq!((end.received, end.answered), (200, 200));
    let mut seen = HashMap::new();
    for answer in answers {
        let Some(stream_enrich_response::Result::Response(response)) = answer.result else { panic!("{answer:?}") };
        assert_eq!(response.id, answer.id);
        *seen.entry(answer.id).or_insert(0) += 1;
    }
    assert!(seen.len() == 200 && seen.values().all(|count| *count == 1));
}

async fn a_stream_item_without_id_is_answered_with_its_error(mut system: System) {
    let items = vec![item("", "بغداد"), StreamEnrichRequest { request: None }, item("a", "بغداد")];
    let answers = stream(&mut system, items).await;
    let errors: Vec<String> = answers
        .iter()
        .filter_map(|answer| match &answer.result {
            Some(stream_enrich_response::Result::Error(status)) => Some(reason(&from_rpc_status(status.clone())).0),
            _ => None,
        })
        .collect();
    assert_eq!(errors, ["MISSING_ID", "MISSING_ID"]);
    assert!(answers.iter().any(|answer| answer.id == "a"));
}

async fn an_id_in_use_is_refused_and_free_again_after_its_answer(mut system: System) {
    let answers = stream(&mut system, vec![item("a", &ARTICLE.repeat(4)), item("a", "بغداد")]).await;
    let errors: Vec<_> = answers
        .into_iter()
        .filter_map(|answer| match answer.result {
            Some(stream_enrich_response::Result::Error(status)) => Some(reason(&from_rpc_status(status)).0),
            _ => None,
        })
        .collect();
    assert_eq!(errors, ["DUPLICATE_ID"]);
    let again = stream(&mut system, vec![item("a", "بغداد")]).await;
    assert!(matches!(again[0].result, Some(stream_enrich_response::Result::Response(_))));
}

async fn every_service_takes_streams(mut system: System) {
    let (id, text) = (|| "a".to_owned(), || "وصل الوفد إلى بغداد".to_owned());
    let request = DetectLanguageRequest { id: id(), text: text(), ..Default::default() };
    let items = tokio_stream::iter([StreamDetectLanguageRequest { request: Some(request) }]);
    let answers = system.language.stream_detect_language(items).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().result.unwrap()).collect().await;
    use stream_detect_language_response::Result as Language;
    assert!(matches!(answers[..], [Language::Response(_), Language::End(_)]));

    let request = RecognizeEntitiesRequest { id: id(), text: text(), ..Default::default() };
    let items = tokio_stream::iter([StreamRecognizeEntitiesRequest { request: Some(request) }]);
    let answers = system.entities.stream_recognize_entities(items).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().result.unwrap()).collect().await;
    use stream_recognize_entities_response::Result as Entities;
    assert!(matches!(answers[..], [Entities::Response(_), Entities::End(_)]));

    let request = ClassifyTopicsRequest { id: id(), text: text(), ..Default::default() };
    let items = tokio_stream::iter([StreamClassifyTopicsRequest { request: Some(request) }]);
    let answers = system.topics.stream_classify_topics(items).await.unwrap().into_inner();
    let answers: Vec<_> = answers.map(|answer| answer.unwrap().result.unwrap()).collect().await;
    use stream_classify_topics_response::Result as Topics;
    assert!(matches!(answers[..], [Topics::Response(_), Topics::End(_)]));
}
