//! The HTTP door of the processes.

use crate::{
    ARTICLE, SENTENCE, assert_alike,
    process::{Served, client, request},
};
use enrich_proto::{
    json,
    v1::{
        BatchEnrichRequest, BatchEnrichResponse, ClassifyTopicsResponse, DetectLanguageRequest, DetectLanguageResponse,
        EnrichResponse, EnrichmentServiceGetInfoResponse, RecognizeEntitiesResponse, enrich_item,
        language_service_client::LanguageServiceClient,
    },
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};
use tonic::Code;

const DOOR: [&str; 2] = ["--http-listen", "127.0.0.1:0"];

/// The code and the body that come back.
fn ask(address: SocketAddr, verb: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers = "host: a\r\nconnection: close\r\ncontent-type: application/json\r\nx-timeout-ms: 60000\r\n";
    write!(stream, "{verb} {path} HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The answer to `body`, read as the message that the contract names.
fn post<M: prost::Message + prost::Name + Default>(address: SocketAddr, path: &str, body: &Value) -> M {
    let (code, answer) = ask(address, "POST", path, &body.to_string());
    assert_eq!(code, 200, "{answer}");
    json::from_str(&answer).unwrap()
}

#[tokio::test]
async fn both_doors_of_the_all_in_one_server_give_the_same_answers() {
    let served = Served::start("enrich", "127.0.0.1:0", &DOOR);
    served.wait_for("\"message\":\"ready\"");
    let http = served.http.unwrap();
    let over_grpc = client(&served).await.enrich(request(ARTICLE)).await.unwrap().into_inner();
    let over_http: EnrichResponse = post(http, "/v1/enrich", &json!({ "text": ARTICLE }));
    assert_alike(&over_http, &over_grpc);
    assert!(over_grpc.entities.as_ref().unwrap().mentions.len() > 5);

    let languages: DetectLanguageResponse = post(http, "/v1/language", &json!({ "text": ARTICLE, "id": "a" }));
    assert_eq!((languages.id.as_str(), languages.language), ("a", over_grpc.language));
    let entities: RecognizeEntitiesResponse = post(http, "/v1/entities", &json!({ "text": ARTICLE, "language": "ar" }));
    assert_eq!(entities.entities.unwrap().mentions.len(), over_grpc.entities.unwrap().mentions.len());
    let topics: ClassifyTopicsResponse = post(http, "/v1/topics", &json!({ "text": ARTICLE, "language": "ar" }));
    assert_eq!(topics.topics, over_grpc.topics);

    let batch: BatchEnrichResponse =
        post(http, "/v1/enrich:batch", &json!({ "requests": [{ "text": SENTENCE }, { "text": "" }] }));
    let [Some(enrich_item::Result::Response(one)), Some(enrich_item::Result::Error(two))] =
        [batch.results[0].result.clone(), batch.results[1].result.clone()]
    else {
        panic!("{batch:?}");
    };
    assert!(one.entities.is_some() && two.code == Code::InvalidArgument as i32, "{two:?}");
    let over_grpc = BatchEnrichRequest { requests: vec![request(SENTENCE)] };
    let over_grpc = client(&served).await.batch_enrich(over_grpc).await.unwrap().into_inner();
    let Some(enrich_item::Result::Response(same)) = over_grpc.results[0].result.clone() else {
        panic!("{over_grpc:?}")
    };
    assert_alike(&one, &same);

    let (code, info) = ask(http, "GET", "/v1/info", "");
    let info: EnrichmentServiceGetInfoResponse = json::from_str(&info).unwrap();
    assert_eq!((code, info.failures.len(), info.topics.unwrap().topics.len()), (200, 0, 3));
    let (code, page) = ask(http, "GET", "/", "");
    assert!(code == 200 && page.contains("<title>enrich</title>"), "{page}");
}

#[tokio::test]
async fn the_gateway_serves_its_parts_through_both_doors() {
    let language = Served::start("enrich-language", "127.0.0.1:0", &[]);
    language.wait_for("\"message\":\"ready\"");
    // Nobody is at the other two.
    let nobody = "http://127.0.0.1:9";
    let uri = language.uri();
    let args = ["--language-uri", &uri, "--entities-uri", nobody, "--topics-uri", nobody];
    let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &[&args[..], &DOOR].concat());
    let http = gateway.http.unwrap();

    let question = DetectLanguageRequest { id: "a".into(), text: ARTICLE.into(), ..Default::default() };
    let ask_at = async |served: &Served| {
        let mut client = LanguageServiceClient::connect(served.uri()).await.unwrap();
        client.detect_language(question.clone()).await.unwrap().into_inner()
    };
    let (at_gateway, at_service) = (ask_at(&gateway).await, ask_at(&language).await);
    assert_eq!((at_gateway.id.as_str(), &at_gateway.language), ("a", &at_service.language));
    let over_http: DetectLanguageResponse = post(http, "/v1/language", &json!({ "text": ARTICLE, "id": "a" }));
    assert_eq!(over_http.language, at_service.language);

    let (code, answer) = ask(http, "POST", "/v1/entities", &json!({ "text": ARTICLE }).to_string());
    assert!(code == 503 && answer.contains("UPSTREAM_UNAVAILABLE"), "{answer}");
    let partial: EnrichResponse = post(http, "/v1/enrich", &json!({ "text": ARTICLE }));
    assert_eq!((partial.language.is_some(), partial.failures.len()), (true, 2));
}

#[test]
fn the_gateway_opens_no_http_door_unless_it_is_told_to() {
    let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &["--log", "debug"]);
    let (code, log) = gateway.terminate_and_read();
    assert_eq!(code, Some(0));
    assert!(!log.contains("serving HTTP"), "{log}");
}

#[test]
fn calls_over_http_are_measured_like_others_and_their_texts_are_not_logged() {
    let args = [&DOOR[..], &["--metrics-listen", "127.0.0.1:0", "--log", "trace"]].concat();
    let served = Served::start("enrich", "127.0.0.1:0", &args);
    served.wait_for("\"message\":\"ready\"");
    let (http, metrics) = (served.http.unwrap(), served.metrics.unwrap());
    let secret = "Zanzibar97";
    let (code, _) = ask(http, "POST", "/v1/enrich", &json!({ "text": secret }).to_string());
    assert_eq!(code, 200);
    for broken in [
        format!(r#"{{"private": "{secret}"}}"#),
        format!(r#"{{"{secret}": 1}}"#),
        format!(r#"{{"features": ["{secret}"]}}"#),
    ] {
        let (code, answer) = ask(http, "POST", "/v1/enrich", &broken);
        assert!(code == 400 && answer.contains(secret), "the caller is not told what is wrong: {answer}");
    }
    let (_, scraped) = ask(metrics, "GET", "/metrics", "");
    let counted = |code: &str, times: u32| {
        let series = format!(
            "enrich_call_duration_seconds_count{{service=\"enrich.v1.EnrichmentService\",method=\"Enrich\",code=\"{code}\"}} {times}"
        );
        assert!(scraped.contains(&series), "no {series} in {scraped}");
    };
    counted("OK", 1);
    counted("INVALID_ARGUMENT", 3);
    let (_, log) = served.terminate_and_read();
    assert!(log.contains("call ended") && !log.contains(secret), "a text is in the log");
}
