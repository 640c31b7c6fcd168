use crate::support::{config, say, serve};
use enrich_runtime::{Limits, TraceConfig, trace};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

/// Takes spans and hands them to the test.
struct Collector(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            self.0.send(span).unwrap();
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test]
async fn a_call_reaches_the_collector_as_a_span_of_its_callers_trace() {
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("http://{}", incoming.local_addr().unwrap()).parse().unwrap();
    let (send, mut spans) = mpsc::unbounded_channel();
    let collector = tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector(send)));
    tokio::spawn(collector.serve_with_incoming(incoming));
    let sender = trace::start(&TraceConfig { trace_endpoint: Some(endpoint), trace_ca: None, trace_ratio: 0.0 })
        .unwrap()
        .unwrap();

    let served = serve(Limits::default(), config()).await;
    // Of this trace the caller says that it is sent; what other tests call is not.
    for (text, parent) in [("water", "b7ad6b7169203331"), ("", "b7ad6b7169203332")] {
        let mut request = say(text);
        let traceparent = format!("00-0af7651916cd43dd8448eb211c80319c-{parent}-01");
        request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
        let _ = served.client().detect_language(request).await;
    }
    sender.finish().await;
    let mut found = Vec::new();
    while let Ok(span) = spans.try_recv() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(span.name, "enrich.v1.LanguageService/DetectLanguage");
        let code = span.attributes.iter().find(|pair| pair.key == "rpc.grpc.status_code").unwrap();
        let code = format!("{:?}", code.value.as_ref().unwrap().value.as_ref().unwrap());
        found.push((hex(&span.trace_id), hex(&span.parent_span_id), code));
    }
    let expected = |parent: &str, code: &str| ("0af7651916cd43dd8448eb211c80319c".into(), parent.into(), code.into());
    assert_eq!(found, [expected("b7ad6b7169203331", "IntValue(0)"), expected("b7ad6b7169203332", "IntValue(3)")]);
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_refused() {
    let needed = "it needs authorities to check it against: name their file with --trace-ca";
    let form = "an endpoint looks like http://host:4317 or https://host:4317";
    for (endpoint, cause) in [("collector:4317", form), ("https://collector/", needed)] {
        let config = TraceConfig { trace_endpoint: Some(endpoint.parse().unwrap()), ..TraceConfig::default() };
        let error = trace::start(&config).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot send traces to {endpoint}: {cause}"));
    }
}
