//! What the processes tell of themselves: metrics, traces, logs.

use crate::{
    SENTENCE,
    process::{Served, request},
};
use enrich_proto::v1::{Feature, enrichment_service_client::EnrichmentServiceClient};
use enrich_tests::root;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

/// The metrics that a text names: words that begin with `enrich_`, without the ends that Prometheus gives histograms.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("enrich_"));
    let ends = ["_bucket", "_count", "_sum"];
    words.map(|word| ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()).collect()
}

fn sources(folder: &str, found: &mut String) {
    for entry in fs::read_dir(root().join(folder)).unwrap().flatten() {
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            sources(&path, found);
        } else if path.ends_with(".rs") {
            found.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn the_dashboard_shows_metrics_that_exist() {
    let dashboard = fs::read_to_string(root().join("helm/enrich/dashboards/enrich.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    let mut code = String::new();
    sources("services", &mut code);
    let shown = metrics_in(&dashboard["panels"].to_string());
    assert!(shown.len() > 15, "{shown:?}");
    for name in shown {
        assert!(code.contains(&format!("\"{name}\"")), "no service has the metric {name}");
    }
}

fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_served_text_shows_in_the_metrics_of_every_floor() {
    let served = Served::start("enrich", "127.0.0.1:0", &["--metrics-listen", "127.0.0.1:0"]);
    served.wait_for("\"message\":\"ready\"");
    let mut client = EnrichmentServiceClient::connect(served.uri()).await.unwrap();
    client.enrich(request(SENTENCE)).await.unwrap();
    let text = scrape(served.metrics.unwrap());
    for part in [
        "enrich_call_duration_seconds_count{service=\"enrich.v1.EnrichmentService\",method=\"Enrich\",code=\"OK\"} 1\n",
        "enrich_call_duration_seconds_count{service=\"enrich.v1.TopicService\",method=\"ClassifyTopics\",code=\"OK\"} 1\n",
        "enrich_stage_duration_seconds_count{service=\"enrich.v1.EntityService\",stage=\"model\"} 1\n",
        "enrich_engine_batch_rows_sum{model=\"",
        "enrich_engine_queue_tokens{model=\"",
        "enrich_model_info{service=\"enrich.v1.TopicService\",",
        "enrich_connections 1\n",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let text_words = SENTENCE.split_whitespace().find(|word| text.contains(word));
    assert_eq!(text_words, None);
}

pub(crate) struct Collector(pub(crate) mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).for_each(|span| self.0.send(span).unwrap());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test]
async fn one_trace_goes_through_two_processes_and_into_their_logs() {
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let endpoint = format!("http://{}", incoming.local_addr().unwrap());
    let (send, mut spans) = mpsc::unbounded_channel();
    let collector = tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector(send)));
    tokio::spawn(collector.serve_with_incoming(incoming));

    let args = ["--trace-endpoint", &endpoint, "--log", "info,enrich_runtime=debug"];
    let language = Served::start("enrich-language", "127.0.0.1:0", &args);
    language.wait_for("\"message\":\"ready\"");
    let uri = language.uri();
    let gateway = Served::start("enrich-gateway", "127.0.0.1:0", &[&args[..], &["--language-uri", &uri]].concat());
    let mut client = EnrichmentServiceClient::connect(gateway.uri()).await.unwrap();
    let mut call = Request::new(request(SENTENCE));
    call.get_mut().features = vec![Feature::Language.into()];
    let trace = "0af7651916cd43dd8448eb211c80319c";
    call.metadata_mut().insert("traceparent", format!("00-{trace}-b7ad6b7169203331-01").parse().unwrap());
    client.enrich(call).await.unwrap();

    let (a, b) = (spans.recv().await.unwrap(), spans.recv().await.unwrap());
    let (outer, inner) = if a.name.contains("EnrichmentService") { (a, b) } else { (b, a) };
    assert_eq!(outer.name, "enrich.v1.EnrichmentService/Enrich");
    assert_eq!(inner.name, "enrich.v1.LanguageService/DetectLanguage");
    assert_eq!((&inner.trace_id, &inner.parent_span_id), (&outer.trace_id, &outer.span_id));
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!((hex(&outer.trace_id).as_str(), hex(&outer.parent_span_id).as_str()), (trace, "b7ad6b7169203331"));

    for served in [&gateway, &language] {
        let line: serde_json::Value = serde_json::from_str(&served.wait_for("\"call ended\"")).unwrap();
        assert_eq!(line["span"]["trace_id"], trace, "{line}");
    }
}
