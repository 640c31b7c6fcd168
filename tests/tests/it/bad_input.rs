//! What callers should not send: each case gets a typed status or a correct answer, and the next call is served.

use crate::{ARTICLE, reason};
use bytes::Bytes;
use enrich_proto::v1::{
    ClassifyTopicsRequest, DetectLanguageRequest, EnrichRequest, EnrichResponse, EntityOptions, LanguageOptions,
    OwnTopic, OwnTopicTerm, RecognizeEntitiesRequest, TopicOptions,
};
use enrich_tests::System;
use prost::Message;
use std::collections::HashMap;
use tonic::{Code, Request, Status, codec::Codec, codegen::http::uri::PathAndQuery};

crate::on_both_wirings!(
    empty_text_is_invalid_argument,
    a_text_without_letters_is_und,
    text_over_the_limit_names_the_limit,
    an_id_over_the_limit_names_the_limit,
    invalid_utf8_is_a_malformed_message,
    lone_surrogates_are_a_malformed_message,
    ten_thousand_combining_marks_are_one_text,
    right_to_left_and_zero_width_characters_stay_in_the_text,
    nul_is_a_character,
    unknown_enum_values_are_refused,
    values_out_of_range_are_refused,
    unknown_languages_are_refused,
    unknown_topics_are_refused,
    a_required_part_must_be_asked_for,
    own_topics_that_cannot_be_used_are_refused,
    a_message_over_the_limit_is_out_of_range,
);

fn request(text: &str) -> EnrichRequest {
    EnrichRequest { text: text.into(), ..Default::default() }
}

async fn refused(system: &mut System, request: EnrichRequest) -> (Code, String, HashMap<String, String>) {
    let status = system.gateway.enrich(request).await.unwrap_err();
    still_serves(system).await;
    let (reason, metadata) = reason(&status);
    (status.code(), reason, metadata)
}

async fn accepted(system: &mut System, text: &str) -> EnrichResponse {
    let answer = system.gateway.enrich(request(text)).await.unwrap().into_inner();
    assert_eq!(answer.failures, []);
    let characters: Vec<char> = text.chars().collect();
    for mention in &answer.entities.as_ref().unwrap().mentions {
        let span = mention.span.unwrap();
        let inside: String = characters[span.begin as usize..span.end as usize].iter().collect();
        assert_eq!(inside, mention.surface);
    }
    still_serves(system).await;
    answer
}

async fn still_serves(system: &mut System) {
    let answer = system.gateway.enrich(request("سد الموصل في العراق")).await.unwrap().into_inner();
    assert_eq!(answer.language.unwrap().script, "Arab");
}

async fn empty_text_is_invalid_argument(mut system: System) {
    let (code, reason_given, _) = refused(&mut system, request("")).await;
    assert_eq!((code, reason_given.as_str()), (Code::InvalidArgument, "EMPTY_TEXT"));
    for status in [
        system.language.detect_language(DetectLanguageRequest::default()).await.unwrap_err(),
        system.entities.recognize_entities(RecognizeEntitiesRequest::default()).await.unwrap_err(),
        system.topics.classify_topics(ClassifyTopicsRequest::default()).await.unwrap_err(),
    ] {
        assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "EMPTY_TEXT"));
    }
}

async fn a_text_without_letters_is_und(mut system: System) {
    for text in ["1234 5678 !?", "\u{1F600}\u{1F680}", " \n\t", "\u{200f}\u{200e}\u{feff}", "\0"] {
        let answer = accepted(&mut system, text).await;
        let language = answer.language.unwrap();
        assert_eq!((language.tag.as_str(), language.score, language.reliable), ("und", 0.0, false), "{text:?}");
        assert_eq!(answer.entities.unwrap().mentions, [], "{text:?}");
        assert!(answer.topics.unwrap().topics.iter().all(|topic| !topic.present), "{text:?}");
    }
}

async fn text_over_the_limit_names_the_limit(mut system: System) {
    let text = "ا".repeat((1 << 19) + 1);
    let (code, reason, metadata) = refused(&mut system, request(&text)).await;
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "TEXT_TOO_LONG"));
    assert_eq!((metadata["bytes"].as_str(), metadata["bytesMax"].as_str()), ("1048578", "1048576"));
}

async fn an_id_over_the_limit_names_the_limit(mut system: System) {
    let id = "x".repeat(257);
    let (code, reason, metadata) = refused(&mut system, EnrichRequest { id, ..request("text") }).await;
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "ID_TOO_LONG"));
    assert_eq!((metadata["bytes"].as_str(), metadata["bytesMax"].as_str()), ("257", "256"));
}

/// Sends `message` as it is to the gateway's `Enrich`.
async fn send(system: &System, message: Bytes) -> Result<EnrichResponse, Status> {
    let mut client = tonic::client::Grpc::new(system.door.clone());
    client.ready().await?;
    let path = PathAndQuery::from_static("/enrich.v1.EnrichmentService/Enrich");
    Ok(client.unary(Request::new(message), path, Raw).await?.into_inner())
}

/// Writes bytes as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = EnrichResponse;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl tonic::codec::Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(out, item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Raw {
    type Item = EnrichResponse;
    type Error = Status;

    fn decode(&mut self, bytes: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<EnrichResponse>, Status> {
        EnrichResponse::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// An EnrichRequest whose text is `text`, which need be none.
fn with_text(text: &[u8]) -> Bytes {
    let mut message = vec![0x12, u8::try_from(text.len()).unwrap()];
    message.extend(text);
    message.into()
}

async fn is_malformed(mut system: System, message: Bytes) {
    let status = send(&system, message).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "MALFORMED_MESSAGE"), "{status:?}");
    still_serves(&mut system).await;
}

async fn invalid_utf8_is_a_malformed_message(system: System) {
    let answer = send(&system, with_text("بغداد".as_bytes())).await.unwrap();
    assert_eq!(answer.language.unwrap().script, "Arab");
    is_malformed(system.clone(), with_text(b"\xd8\xa7\xff")).await;
    is_malformed(system, Bytes::from_static(b"\xff\xff\xff")).await;
}

async fn lone_surrogates_are_a_malformed_message(system: System) {
    // U+D800 as a careless encoder writes it; UTF-8 has no such character.
    is_malformed(system, with_text(b"a\xed\xa0\x80b")).await;
}

async fn ten_thousand_combining_marks_are_one_text(mut system: System) {
    accepted(&mut system, &format!("زار الوفد بغداد{} أمس", "\u{64e}".repeat(10_000))).await;
    accepted(&mut system, &"\u{301}".repeat(10_000)).await;
}

async fn right_to_left_and_zero_width_characters_stay_in_the_text(mut system: System) {
    let text = "\u{feff}\u{202b}قال \u{200f}وزير\u{200c} الخارجية\u{2067} العراقي\u{2069} في بغداد\u{202c}\u{200b}.";
    accepted(&mut system, text).await;
}

async fn nul_is_a_character(mut system: System) {
    let answer = accepted(&mut system, "وصل الوفد\0 إلى بغداد اليوم").await;
    assert_eq!(answer.language.unwrap().tag, "ar");
}

async fn unknown_enum_values_are_refused(mut system: System) {
    let types = |value| Some(EntityOptions { types: vec![value], ..Default::default() });
    for (request, field, value) in [
        (EnrichRequest { offset_unit: 9, ..request("text") }, "offset_unit", "9"),
        (EnrichRequest { offset_unit: -1, ..request("text") }, "offset_unit", "-1"),
        (EnrichRequest { features: vec![7], ..request("text") }, "features", "7"),
        (EnrichRequest { require: vec![0], ..request("text") }, "require", "0"),
        (EnrichRequest { entity_options: types(4), ..request("text") }, "options.types", "4"),
        (EnrichRequest { entity_options: types(0), ..request("text") }, "options.types", "0"),
    ] {
        let (code, reason, metadata) = refused(&mut system, request).await;
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "UNKNOWN_ENUM_VALUE"));
        assert_eq!((metadata["field"].as_str(), metadata["value"].as_str()), (field, value));
    }
}

async fn values_out_of_range_are_refused(mut system: System) {
    let entities = |score_min| Some(EntityOptions { score_min, ..Default::default() });
    let topics = |options| Some(options);
    let threshold = TopicOptions { thresholds: [("water".to_owned(), 1.5)].into(), ..Default::default() };
    let evidence = TopicOptions { evidence_max: Some(101), ..Default::default() };
    let language = LanguageOptions { alternatives_max: Some(17), ..Default::default() };
    for (request, field) in [
        (EnrichRequest { entity_options: entities(-0.1), ..request("text") }, "options.score_min"),
        (EnrichRequest { entity_options: entities(f32::NAN), ..request("text") }, "options.score_min"),
        (EnrichRequest { topic_options: topics(threshold), ..request("text") }, "options.thresholds"),
        (EnrichRequest { topic_options: topics(evidence), ..request("text") }, "options.evidence_max"),
        (EnrichRequest { language_options: Some(language), ..request("text") }, "options.alternatives_max"),
    ] {
        let (code, reason, metadata) = refused(&mut system, request).await;
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "VALUE_OUT_OF_RANGE"));
        assert_eq!(metadata["field"], field);
    }
}

async fn unknown_languages_are_refused(mut system: System) {
    let among = |tag: &str| Some(LanguageOptions { languages: vec![tag.into()], ..Default::default() });
    for request in [
        EnrichRequest { language: "not a tag".into(), ..request("text") },
        EnrichRequest { language_options: among("xx"), ..request("text") },
        EnrichRequest { language_options: among("***"), ..request("text") },
    ] {
        let (code, reason, _) = refused(&mut system, request).await;
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "UNKNOWN_LANGUAGE"));
    }
}

async fn unknown_topics_are_refused(mut system: System) {
    let chosen = TopicOptions { topics: vec!["sports".into()], ..Default::default() };
    let threshold = TopicOptions { thresholds: [("sports".to_owned(), 0.5)].into(), ..Default::default() };
    for options in [chosen, threshold] {
        let (code, reason, metadata) =
            refused(&mut system, EnrichRequest { topic_options: Some(options), ..request("text") }).await;
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "UNKNOWN_TOPIC"));
        assert_eq!(metadata["id"], "sports");
    }
}

async fn a_required_part_must_be_asked_for(mut system: System) {
    let (code, reason, metadata) =
        refused(&mut system, EnrichRequest { features: vec![1], require: vec![2], ..request("text") }).await;
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "REQUIRED_PART_NOT_ASKED"));
    assert_eq!(metadata["part"], "entities");
}

async fn own_topics_that_cannot_be_used_are_refused(mut system: System) {
    let term = |text: &str| OwnTopicTerm { text: text.into(), ..Default::default() };
    let topic = |id: &str, terms: Vec<OwnTopicTerm>| OwnTopic { id: id.into(), threshold: None, terms };
    let with = |changed: OwnTopicTerm| vec![topic("own", vec![term("a"), changed])];
    let weighing = |weight| with(OwnTopicTerm { weight: Some(weight), ..term("a") });
    let threshold = OwnTopic { threshold: Some(1.5), ..topic("own", vec![term("a")]) };
    for (own_topics, entry, cause) in [
        ((0..17).map(|n| topic(&format!("t{n}"), vec![term("a")])).collect(), "t16", "17 topics; the limit is 16"),
        (vec![topic("own", vec![term("a"); 1_001])], "own", "1001 terms together; the limit is 1000"),
        (vec![OwnTopic::default()], "number 1", "the id is \"\""),
        (vec![topic("own", vec![])], "own", "no terms"),
        (vec![topic("own", vec![term("a")]), topic("own", vec![term("b")])], "own", "an earlier own topic"),
        (vec![topic("water", vec![term("a")])], "water", "one of the service's own topics"),
        (vec![threshold], "own", "the threshold is 1.5"),
        (with(term("")), "own", "term 2: the text is empty"),
        (with(term(&"a".repeat(201))), "own", "term 2: the text is 201 bytes; the limit is 200"),
        (with(term("...")), "own", "term 2: the text has no letter"),
        (weighing(0.0), "own", "term 2: the weight is 0"),
        (weighing(f32::NAN), "own", "term 2: the weight is NaN"),
        (weighing(11.0), "own", "term 2: the weight is 11"),
        (with(OwnTopicTerm { language: "xx".into(), ..term("a") }), "own", "term 2: the language is \"xx\""),
    ] {
        let topic_options = Some(TopicOptions { own_topics, ..Default::default() });
        let (code, reason, metadata) = refused(&mut system, EnrichRequest { topic_options, ..request("text") }).await;
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "OWN_TOPIC_INVALID"));
        assert_eq!(metadata["entry"], entry);
        assert!(metadata["cause"].contains(cause), "{metadata:?}");
    }
}

async fn a_message_over_the_limit_is_out_of_range(mut system: System) {
    let text = ARTICLE.repeat((17 << 20) / ARTICLE.len());
    let (code, reason, metadata) = refused(&mut system, request(&text)).await;
    assert_eq!((code, reason.as_str()), (Code::OutOfRange, "MESSAGE_TOO_LARGE"));
    assert_eq!(metadata["bytesMax"], "16777216");
}
