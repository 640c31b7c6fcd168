//! Traces: what of a call goes from process to process, and to a collector.
//!
//! Each guarded call is a span. Its parent is what the caller's `traceparent` (W3C Trace Context) names; the request that
//! the service sees names the span itself, so that whatever is forwarded to upstreams continues it. Without a collector
//! the caller's header is passed on as it came, and a call that has none gets a trace of its own, for the logs.

use crate::StartError;
use crate::metrics::{self, Method, code_name};
use crate::tls::DialTls;
use http::{HeaderMap, HeaderValue, Uri};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::{WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use opentelemetry_sdk::{Resource, error::OTelSdkResult};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use tonic::{Code, transport::Channel};

/// Most spans that wait to be sent; further ones are dropped and counted.
const QUEUE_SPANS_MAX: usize = 8192;
/// Most spans in a message to the collector.
const BATCH_SPANS_MAX: usize = 512;
/// Longest time to send one message, further attempts included.
const SEND_MAX: Duration = Duration::from_secs(10);
/// Where collectors listen, if nothing else is said.
const PORT: u16 = 4317;
/// Longest wait at the end of the process for the spans that are left.
const FINISH_MAX: Duration = Duration::from_secs(2);

/// Where traces go.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "Traces")]
pub struct TraceConfig {
    /// Collector of traces, over OTLP with gRPC, as in "http://127.0.0.1:4317"; by default nothing is sent.
    #[arg(long, env = "ENRICH_TRACE_ENDPOINT")]
    pub trace_endpoint: Option<Uri>,
    /// File of the authorities that vouch for a collector with an https address, PEM. Read again when it changes.
    #[arg(long, env = "ENRICH_TRACE_CA", requires = "trace_endpoint")]
    pub trace_ca: Option<PathBuf>,
    /// Share of traces that are sent, 0 to 1, where the caller's traceparent has not decided.
    #[arg(long, env = "ENRICH_TRACE_RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub trace_ratio: f64,
}

impl Default for TraceConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        TraceConfig { trace_endpoint: None, trace_ca: None, trace_ratio: 1.0 }
    }
}

fn ratio(value: &str) -> Result<f64, String> {
    let ratio = value.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "a ratio lies in 0..=1".to_owned())
}

/// What makes the spans, where they are sent at all.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// What sends the spans of this process.
#[derive(Debug)]
pub struct Sender {
    finish: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// Begins to send spans, for the whole process. `None` where no collector is given, or where it was begun before. To be
/// called in a Tokio runtime.
///
/// # Errors
/// [`StartError::Traces`] if the endpoint is none, or an https one without authorities; [`StartError::Files`] if those cannot
/// be used.
pub fn start(config: &TraceConfig) -> Result<Option<Sender>, StartError> {
    let Some(endpoint) = &config.trace_endpoint else { return Ok(None) };
    let refuse = |cause: String| StartError::Traces { endpoint: endpoint.clone(), cause };
    let channel = match (endpoint.scheme_str(), endpoint.authority(), &config.trace_ca) {
        (Some("http"), Some(_), _) => Channel::builder(endpoint.clone()).connect_timeout(SEND_MAX).connect_lazy(),
        (Some("https"), Some(authority), Some(authorities)) => {
            let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(PORT));
            let name = ServerName::try_from(authority.host().trim_matches(['[', ']']).to_owned());
            let name = name.map_err(|error| refuse(error.to_string()))?;
            let tls = DialTls::start("the authorities for the collector of traces", name, vec![authorities.clone()])?;
            let plain = Uri::try_from(format!("http://{address}")).map_err(|error| refuse(error.to_string()))?;
            let builder = Channel::builder(plain).origin(endpoint.clone()).connect_timeout(SEND_MAX);
            builder.connect_with_connector_lazy(tls.connector(&address))
        }
        (Some("https"), Some(_), None) => {
            return Err(refuse("it needs authorities to check it against: name their file with --trace-ca".to_owned()));
        }
        _ => return Err(refuse("an endpoint looks like http://host:4317 or https://host:4317".to_owned())),
    };
    let exporter =
        opentelemetry_otlp::SpanExporter::builder().with_tonic().with_channel(channel).with_timeout(SEND_MAX);
    let exporter = exporter.build().map_err(|error| refuse(error.to_string()))?;
    let (provider, sender) = provider(exporter, config.trace_ratio);
    Ok(TRACER.set(provider.tracer("enrich")).is_ok().then_some(sender))
}

fn provider(mut exporter: impl SpanExporter + 'static, ratio: f64) -> (SdkTracerProvider, Sender) {
    let program = std::env::args_os().next().unwrap_or_default();
    let name = std::path::Path::new(&program).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let resource = Resource::builder().with_service_name(name).build();
    exporter.set_resource(&resource);
    let (spans, waiting) = mpsc::channel(QUEUE_SPANS_MAX);
    let (finish, finishing) = oneshot::channel();
    let ended = tokio::spawn(send(exporter, waiting, finishing));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(Queue(spans))
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
        .with_resource(resource)
        .build();
    (provider, Sender { finish, ended })
}

impl Sender {
    /// Sends what waits, for as long as a process that ends can wait for that.
    pub async fn finish(self) {
        if self.finish.send(()).is_ok() && timeout(FINISH_MAX, self.ended).await.is_err() {
            tracing::warn!("the collector of traces did not take the last spans in time");
        }
    }
}

/// Hands spans on without waiting: a call must not be held up by its own trace.
#[derive(Debug)]
struct Queue(mpsc::Sender<SpanData>);

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.0.try_send(span).is_err() {
            metrics::spans_dropped(1, "queue_full");
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Sends spans as fast as the collector takes them; what comes meanwhile makes the next message.
async fn send(exporter: impl SpanExporter, mut spans: mpsc::Receiver<SpanData>, mut finishing: oneshot::Receiver<()>) {
    let mut failing = false;
    let mut open = true;
    loop {
        let mut batch = Vec::with_capacity(BATCH_SPANS_MAX);
        let received = tokio::select! {
            received = spans.recv_many(&mut batch, BATCH_SPANS_MAX) => received,
            _ = &mut finishing, if open => {
                spans.close();
                open = false;
                continue;
            }
        };
        if received == 0 {
            return;
        }
        let failure = match timeout(SEND_MAX, exporter.export(batch)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        // Said once, not with every message.
        match failure {
            None => {
                metrics::spans_sent(received);
                if std::mem::replace(&mut failing, false) {
                    tracing::info!("the collector of traces takes spans again");
                }
            }
            Some(cause) => {
                metrics::spans_dropped(received, "send_failed");
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(cause, "the collector of traces does not take spans");
                }
            }
        }
    }
}

/// A call's part of its trace.
#[derive(Debug)]
pub(crate) struct Trace {
    id: TraceId,
    span: Option<Span>,
}

impl Trace {
    /// Begins the span of a call, and writes into the call's headers what its upstreams must know of it.
    pub(crate) fn begin(method: Method, headers: &mut HeaderMap) -> Trace {
        Trace::begin_with(TRACER.get(), method, headers)
    }

    fn begin_with(tracer: Option<&SdkTracer>, method: Method, headers: &mut HeaderMap) -> Trace {
        let propagator = TraceContextPropagator::new();
        let caller = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let Some(tracer) = tracer else {
            let known = caller.span().span_context().clone();
            if known.is_valid() {
                return Trace { id: known.trace_id(), span: None };
            }
            let ids = RandomIdGenerator::default();
            let (id, span) = (ids.new_trace_id(), ids.new_span_id());
            let fresh = SpanContext::new(id, span, TraceFlags::NOT_SAMPLED, false, TraceState::NONE);
            propagate(&propagator, fresh, headers);
            return Trace { id, span: None };
        };
        let attributes = vec![
            KeyValue::new("rpc.system", "grpc"),
            KeyValue::new("rpc.service", method.service),
            KeyValue::new("rpc.method", method.name),
        ];
        let span = tracer
            .span_builder(method.to_string())
            .with_kind(SpanKind::Server)
            .with_attributes(attributes)
            .start_with_context(tracer, &caller);
        propagate(&propagator, span.span_context().clone(), headers);
        Trace { id: span.span_context().trace_id(), span: Some(span) }
    }

    /// The trace that the call belongs to.
    pub(crate) fn id(&self) -> TraceId {
        self.id
    }

    /// Ends the span.
    pub(crate) fn end(&mut self, code: Code) {
        let Some(span) = &mut self.span else { return };
        span.set_attribute(KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)));
        if is_ours(code) {
            span.set_status(Status::error(code_name(code)));
        }
        span.end();
    }
}

/// Whether a call with this code failed by the server's fault, by OpenTelemetry's conventions for gRPC.
fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

fn propagate(propagator: &TraceContextPropagator, context: SpanContext, headers: &mut HeaderMap) {
    propagator.inject_context(&Context::new().with_remote_span_context(context), &mut HeaderInjector(headers));
    if headers.get("tracestate").is_some_and(HeaderValue::is_empty) {
        headers.remove("tracestate");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::method_of;

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn headers(traceparent: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), traceparent.parse().unwrap())])
    }

    fn method() -> Method {
        method_of("/enrich.v1.LanguageService/DetectLanguage")
    }

    fn parent(headers: &HeaderMap) -> &str {
        headers.get("traceparent").unwrap().to_str().unwrap()
    }

    /// A collector that never answers.
    #[derive(Debug)]
    struct Hung;

    impl SpanExporter for Hung {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            std::future::pending().await
        }
    }

    #[test]
    fn without_a_collector_the_callers_trace_is_passed_on_and_a_call_without_gets_one() {
        let mut known = headers(CALLER);
        assert_eq!(Trace::begin_with(None, method(), &mut known).id().to_string(), TRACE);
        assert_eq!(parent(&known), CALLER);

        for mut unknown in [HeaderMap::new(), headers("00-0-0-01"), headers(&CALLER.to_uppercase())] {
            let id = Trace::begin_with(None, method(), &mut unknown).id();
            assert_ne!(id, TraceId::INVALID);
            assert!(parent(&unknown).starts_with(&format!("00-{id}-")) && parent(&unknown).ends_with("-00"));
        }
    }

    #[tokio::test]
    async fn with_a_collector_upstreams_continue_the_calls_own_span() {
        let (provider, _sender) = provider(Hung, 1.0);
        let tracer = provider.tracer("test");
        let mut known = headers(CALLER);
        assert_eq!(Trace::begin_with(Some(&tracer), method(), &mut known).id().to_string(), TRACE);
        assert!(parent(&known).starts_with(&format!("00-{TRACE}-")) && parent(&known).ends_with("-01"));
        assert_ne!(parent(&known), CALLER);

        let mut unsampled = headers(&CALLER.replace("-01", "-00"));
        Trace::begin_with(Some(&tracer), method(), &mut unsampled);
        assert!(parent(&unsampled).ends_with("-00"), "the caller's decision holds");
    }

    #[tokio::test]
    async fn a_collector_that_hangs_costs_spans_and_not_calls() {
        metrics::install().unwrap();
        let (provider, sender) = provider(Hung, 1.0);
        let tracer = provider.tracer("test");
        for _ in 0..QUEUE_SPANS_MAX + BATCH_SPANS_MAX + 1 {
            Trace::begin_with(Some(&tracer), method(), &mut HeaderMap::new()).end(Code::Ok);
        }
        let text = metrics::install().unwrap().render();
        assert!(text.contains("enrich_trace_spans_dropped_total{cause=\"queue_full\"}"), "{text}");
        tokio::time::pause();
        sender.finish().await;
    }

    #[test]
    fn a_ratio_is_one() {
        assert_eq!(ratio("0.25"), Ok(0.25));
        for value in ["-0.1", "1.1", "NaN", "much"] {
            assert!(ratio(value).is_err(), "{value}");
        }
    }
}
