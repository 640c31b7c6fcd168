//! What an answer holds and how a request shapes it.

use crate::{ARTICLE, SENTENCE, assert_alike};
use enrich_proto::v1::{
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, EnrichmentServiceGetInfoRequest, EntityOptions,
    EntityType, Feature, LanguageOptions, RecognizeEntitiesRequest, TopicOptions,
};
use enrich_tests::System;

crate::on_both_wirings!(
    an_article_is_answered_with_language_entities_and_topics,
    every_service_answers_on_its_own,
    the_same_text_has_the_same_answer,
    only_the_features_asked_for_are_computed,
    a_known_language_is_passed_on_and_not_detected,
    entity_types_can_be_chosen,
    mentions_under_the_least_score_are_left_out,
    sentences_are_returned_on_request,
    languages_can_be_restricted,
    a_mixed_text_has_segments,
    a_threshold_can_be_set_for_one_request,
    passages_are_returned_on_request,
    evidence_is_bounded_by_the_request,
    topics_can_be_chosen,
    stage_times_name_the_parts,
    get_info_tells_models_and_limits,
);

fn request(text: &str) -> EnrichRequest {
    EnrichRequest { id: "a".into(), text: text.into(), ..Default::default() }
}

async fn an_article_is_answered_with_language_entities_and_topics(mut system: System) {
    let answer = system.gateway.enrich(request(ARTICLE)).await.unwrap().into_inner();
    assert_eq!((answer.id.as_str(), answer.failures.len()), ("a", 0));
    let language = answer.language.unwrap();
    assert_eq!((language.tag.as_str(), language.iso639_3.as_str(), language.script.as_str()), ("ar", "ara", "Arab"));
    assert!(language.reliable);
    let mentions = answer.entities.unwrap().mentions;
    let found = |name: &str, kind| mentions.iter().any(|m| m.surface == name && m.r#type() == kind);
    assert!(found("بغداد", EntityType::Location), "{mentions:#?}");
    assert!(found("تركيا", EntityType::Location), "{mentions:#?}");
    let topics = answer.topics.unwrap().topics;
    for id in ["security", "diplomacy", "water"] {
        assert!(topics.iter().any(|topic| topic.id == id && topic.present), "{id} is not in {topics:#?}");
    }
}

async fn every_service_answers_on_its_own(mut system: System) {
    let text = || ARTICLE.to_owned();
    let language = system.language.detect_language(DetectLanguageRequest { text: text(), ..Default::default() });
    assert_eq!(language.await.unwrap().into_inner().language.unwrap().tag, "ar");
    let entities = system.entities.recognize_entities(RecognizeEntitiesRequest { text: text(), ..Default::default() });
    assert!(!entities.await.unwrap().into_inner().entities.unwrap().mentions.is_empty());
    let topics = system.topics.classify_topics(ClassifyTopicsRequest { text: text(), ..Default::default() });
    assert_eq!(topics.await.unwrap().into_inner().topics.unwrap().topics.len(), 3);
}

async fn the_same_text_has_the_same_answer(mut system: System) {
    let first = system.gateway.enrich(request(SENTENCE)).await.unwrap().into_inner();
    assert!(!first.entities.as_ref().unwrap().mentions.is_empty());
    for _ in 0..3 {
        assert_alike(&first, &system.gateway.enrich(request(SENTENCE)).await.unwrap().into_inner());
    }
}

async fn only_the_features_asked_for_are_computed(mut system: System) {
    let features = vec![Feature::Topics.into()];
    let answer = system.gateway.enrich(EnrichRequest { features, ..request(ARTICLE) }).await.unwrap().into_inner();
    assert!(answer.language.is_none() && answer.entities.is_none() && answer.topics.is_some());
}

async fn a_known_language_is_passed_on_and_not_detected(mut system: System) {
    let language = "ar".to_owned();
    let answer = system.gateway.enrich(EnrichRequest { language, ..request(ARTICLE) }).await.unwrap().into_inner();
    assert!(answer.language.is_none() && answer.entities.is_some() && answer.topics.is_some());
}

async fn entity_types_can_be_chosen(mut system: System) {
    let entity_options = Some(EntityOptions { types: vec![EntityType::Location.into()], ..Default::default() });
    let answer = system.gateway.enrich(EnrichRequest { entity_options, ..request(ARTICLE) }).await.unwrap();
    let mentions = answer.into_inner().entities.unwrap().mentions;
    assert!(!mentions.is_empty() && mentions.iter().all(|mention| mention.r#type() == EntityType::Location));
}

async fn mentions_under_the_least_score_are_left_out(mut system: System) {
    let mut counts = Vec::new();
    for score_min in [0.0, 0.9] {
        let entity_options = Some(EntityOptions { score_min, ..Default::default() });
        let answer = system.gateway.enrich(EnrichRequest { entity_options, ..request(ARTICLE) }).await.unwrap();
        let mentions = answer.into_inner().entities.unwrap().mentions;
        assert!(mentions.iter().all(|mention| mention.score >= score_min && mention.score <= 1.0));
        counts.push(mentions.len());
    }
    assert!(counts[0] >= counts[1], "{counts:?}");
}

async fn sentences_are_returned_on_request(mut system: System) {
    let text = "وصل الوفد إلى بغداد. هل يلتقي الرئيس؟ نعم.";
    let entity_options = Some(EntityOptions { sentences: true, ..Default::default() });
    let answer = system.gateway.enrich(EnrichRequest { entity_options, ..request(text) }).await.unwrap().into_inner();
    let characters: Vec<char> = text.chars().collect();
    let sentences = answer.entities.unwrap().sentences;
    let ends: Vec<char> = sentences.iter().map(|span| characters[span.end as usize - 1]).collect();
    assert_eq!(ends, ['.', '؟', '.']);
}

async fn languages_can_be_restricted(mut system: System) {
    let options = LanguageOptions { languages: vec!["fa".into(), "ur".into()], ..Default::default() };
    let request = DetectLanguageRequest { text: ARTICLE.into(), options: Some(options), ..Default::default() };
    let language = system.language.detect_language(request).await.unwrap().into_inner().language.unwrap();
    assert!(["fa", "ur"].contains(&language.tag.as_str()), "{language:?}");
}

async fn a_mixed_text_has_segments(mut system: System) {
    let text = "قال المتحدث باسم الوزارة إن المحادثات مستمرة. \
                The spokesman said that the talks about the border would continue next week in the capital.";
    let language_options = Some(LanguageOptions { segments: true, ..Default::default() });
    let answer = system.gateway.enrich(EnrichRequest { language_options, ..request(text) }).await.unwrap();
    let segments = answer.into_inner().language.unwrap().segments;
    let tags: Vec<&str> = segments.iter().map(|segment| segment.tag.as_str()).collect();
    assert_eq!(tags, ["ar", "en"]);
    let last = segments[1].span.unwrap();
    assert_eq!(last.end as usize, text.chars().count());
}

async fn a_threshold_can_be_set_for_one_request(mut system: System) {
    for (threshold, present) in [(0.0, true), (1.0, false)] {
        let thresholds = [("water".to_owned(), threshold)].into();
        let topic_options = Some(TopicOptions { thresholds, ..Default::default() });
        let text = "The team won the match after extra time.";
        let answer = system.gateway.enrich(EnrichRequest { topic_options, ..request(text) }).await.unwrap();
        let topics = answer.into_inner().topics.unwrap().topics;
        let water = topics.iter().find(|topic| topic.id == "water").unwrap();
        assert_eq!((water.threshold, water.present), (threshold, present), "{water:?}");
    }
}

async fn passages_are_returned_on_request(mut system: System) {
    let topic_options = Some(TopicOptions { passages: true, ..Default::default() });
    let answer = system.gateway.enrich(EnrichRequest { topic_options, ..request(ARTICLE) }).await.unwrap();
    let passages = answer.into_inner().topics.unwrap().passages;
    assert!(passages.len() > 1);
    assert!(passages.windows(2).all(|pair| pair[0].span.unwrap().end <= pair[1].span.unwrap().begin));
    assert!(passages.iter().all(|passage| passage.topics.len() == 3));
}

async fn evidence_is_bounded_by_the_request(mut system: System) {
    for evidence_max in [0, 2] {
        let topic_options = Some(TopicOptions { evidence_max: Some(evidence_max), ..Default::default() });
        let answer = system.gateway.enrich(EnrichRequest { topic_options, ..request(ARTICLE) }).await.unwrap();
        let topics = answer.into_inner().topics.unwrap().topics;
        assert!(topics.iter().all(|topic| topic.evidence.len() <= evidence_max as usize));
    }
}

async fn topics_can_be_chosen(mut system: System) {
    let topic_options = Some(TopicOptions { topics: vec!["water".into()], ..Default::default() });
    let answer = system.gateway.enrich(EnrichRequest { topic_options, ..request(ARTICLE) }).await.unwrap();
    let topics = answer.into_inner().topics.unwrap().topics;
    assert_eq!(topics.iter().map(|topic| topic.id.as_str()).collect::<Vec<_>>(), ["water"]);
}

async fn stage_times_name_the_parts(mut system: System) {
    let answer = system.gateway.enrich(request(ARTICLE)).await.unwrap().into_inner();
    let stages: Vec<&str> = answer.stage_times.iter().map(|time| time.stage.as_str()).collect();
    assert_eq!(stages, ["language", "entities", "topics"]);
    assert!(answer.stage_times.iter().all(|time| time.duration.is_some()));
}

async fn get_info_tells_models_and_limits(mut system: System) {
    let info = system.gateway.get_info(EnrichmentServiceGetInfoRequest {}).await.unwrap().into_inner();
    assert!(info.failures.is_empty());
    assert_eq!(info.limits.unwrap().text_bytes_max, 1 << 20);
    let (language, entities, topics) = (info.language.unwrap(), info.entities.unwrap(), info.topics.unwrap());
    assert!(language.languages.iter().any(|tag| tag == "ar"));
    let model = &entities.models[0];
    assert_eq!((model.sha256.len(), model.licence.as_str()), (64, "Apache-2.0"));
    assert!(model.scores.iter().any(|score| score.language == "ar" && score.metric == "f1"), "{:?}", model.scores);
    assert_eq!(entities.types.len(), 3);
    let mut ids: Vec<&str> = topics.topics.iter().map(|topic| topic.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["diplomacy", "security", "water"]);
    assert!(topics.models[0].scores.iter().any(|score| score.metric == "f1"));
}
