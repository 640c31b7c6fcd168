//! What the process counts and measures, in Prometheus' terms.
//!
//! Every name begins with `enrich_`, counts end in `_total`, times are in seconds. Labels hold only what this code
//! spells out (services, methods, codes, reasons, stages) or what the operator configured (models): a caller
//! cannot make a new series. Until [`install`] nothing is kept, and counting costs next to nothing.

mod calls;
mod http;

pub(crate) use calls::{InFlight, Method, code_name, is_method, method_of};
pub(crate) use http::listen;

use enrich_proto::v1;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;
use tonic::Code;

/// Time from a call's arrival to the last byte of its answer.
pub(crate) const CALL_SECONDS: &str = "enrich_call_duration_seconds";
/// Calls at work.
pub(crate) const CALLS_IN_FLIGHT: &str = "enrich_calls_in_flight";
const ERRORS: &str = "enrich_errors_total";
const ITEMS: &str = "enrich_items_total";
const STAGE_SECONDS: &str = "enrich_stage_duration_seconds";
const SPANS_SENT: &str = "enrich_trace_spans_sent_total";
const SPANS_DROPPED: &str = "enrich_trace_spans_dropped_total";
const CONNECTIONS: &str = "enrich_connections";
const CONNECTIONS_REFUSED: &str = "enrich_connections_refused_total";
const RELOADS: &str = "enrich_reloads_total";
const TENANT_TOKENS: &str = "enrich_tenant_tokens_total";
const TENANT_REFUSED: &str = "enrich_tenant_refusals_total";
const COMPUTE_QUEUE: &str = "enrich_compute_queue_jobs";
const COMPUTE_BUSY: &str = "enrich_compute_busy_threads";
const MODEL_INFO: &str = "enrich_model_info";
const BUILD_INFO: &str = "enrich_build_info";

/// Bounds of the buckets of every time, in seconds: from a language detected to the longest deadline by default.
const SECONDS: [f64; 16] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0];
/// Bounds of the buckets of every size in tokens or rows: powers of two.
const SIZES: [f64; 14] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0];

/// Where metrics are served.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Metrics")]
pub struct MetricsConfig {
    /// Address at which metrics are served, over HTTP at /metrics in Prometheus' text format; by default none are kept.
    /// Whoever reaches it can read them: give it to loopback or a network of your own.
    #[arg(long, env = "ENRICH_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
}

/// Begins to keep metrics, for the whole process; called again, it returns the same. `None` if the process keeps
/// them by other means already.
pub fn install() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let start = || {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_tokens".to_owned()), &SIZES))
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_rows".to_owned()), &SIZES));
        // Fails for an empty list of buckets only.
        let recorder = builder.ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    };
    HANDLE.get_or_init(start).as_ref()
}

fn describe() {
    describe_histogram!(CALL_SECONDS, Unit::Seconds, "Time of a call, until the last byte of its answer");
    describe_gauge!(CALLS_IN_FLIGHT, "Calls at work, streams included");
    describe_counter!(ERRORS, "Errors by reason, those of items and of attempts that were repeated included");
    describe_counter!(ITEMS, "Answered items of batches and streams");
    describe_histogram!(STAGE_SECONDS, Unit::Seconds, "Time of a stage of the work on one text, its wait included");
    describe_counter!(SPANS_SENT, "Spans that the collector of traces has taken");
    describe_counter!(SPANS_DROPPED, "Spans lost by cause: queue_full, or send_failed");
    describe_gauge!(CONNECTIONS, "Open connections");
    describe_counter!(
        CONNECTIONS_REFUSED,
        "Connections closed before their first request by cause: too_many, tls, no_http2, handshake_timeout, accept_failed"
    );
    describe_counter!(
        RELOADS,
        "Changed files (certificates, tenants, keys) that were read again, or could not be used"
    );
    describe_counter!(TENANT_TOKENS, "Tokens that a tenant's texts were counted as");
    describe_counter!(
        TENANT_REFUSED,
        "Texts of a tenant that were over its quota, attempts that were repeated included"
    );
    describe_gauge!(COMPUTE_QUEUE, "Jobs that wait for a compute thread");
    describe_gauge!(COMPUTE_BUSY, "Compute threads at work");
    describe_gauge!(MODEL_INFO, "1 for each loaded model");
    describe_gauge!(BUILD_INFO, "1, with the version of this build");
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    metrics_process::Collector::default().describe();
}

/// Tells of a loaded model.
pub fn model(service: &'static str, model: &v1::Model) {
    let labels = [
        ("service", service.to_owned()),
        ("name", model.name.clone()),
        ("version", model.version.clone()),
        ("architecture", model.architecture.clone()),
        ("sha256", model.sha256.clone()),
        ("precision", model.precision.clone()),
        ("device", model.device.clone()),
    ];
    gauge!(MODEL_INFO, &labels).set(1.0);
}

/// Counts an error.
pub(crate) fn error(code: Code, reason: &'static str) {
    counter!(ERRORS, "code" => calls::code_name(code), "reason" => reason).increment(1);
}

/// Counts an item of a batch or stream that was answered.
pub(crate) fn item(code: Code) {
    counter!(ITEMS, "code" => calls::code_name(code)).increment(1);
}

/// Counts spans that the collector has taken.
pub(crate) fn spans_sent(spans: usize) {
    counter!(SPANS_SENT).increment(u64::try_from(spans).unwrap_or(u64::MAX));
}

/// Counts spans that are lost.
pub(crate) fn spans_dropped(spans: usize, cause: &'static str) {
    counter!(SPANS_DROPPED, "cause" => cause).increment(u64::try_from(spans).unwrap_or(u64::MAX));
}

/// Counts a connection that was closed before its first request.
pub(crate) fn connection_refused(cause: &'static str) {
    counter!(CONNECTIONS_REFUSED, "cause" => cause).increment(1);
}

/// Counts changed files that were read again.
pub(crate) fn reload(what: &'static str, ok: bool) {
    counter!(RELOADS, "what" => what, "result" => if ok { "ok" } else { "failed" }).increment(1);
}

/// Counts what a tenant uses.
pub(crate) fn tenant_tokens(tenant: &str, tokens: u64) {
    counter!(TENANT_TOKENS, "tenant" => tenant.to_owned()).increment(tokens);
}

/// Counts a text that was over its tenant's quota.
pub(crate) fn tenant_refused(tenant: &str) {
    counter!(TENANT_REFUSED, "tenant" => tenant.to_owned()).increment(1);
}

/// Measures a stage of the work on a text.
pub(crate) fn stage(service: &'static str, stage: &'static str, duration: Duration) {
    histogram!(STAGE_SECONDS, "service" => service, "stage" => stage).record(duration.as_secs_f64());
}

/// One more of something, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held(metrics::Gauge);

impl Held {
    fn new(gauge: metrics::Gauge) -> Self {
        gauge.increment(1.0);
        Held(gauge)
    }

    /// A job that waits for a compute thread.
    pub(crate) fn waiting_job() -> Self {
        Held::new(gauge!(COMPUTE_QUEUE))
    }

    /// An open connection.
    pub(crate) fn connection() -> Self {
        Held::new(gauge!(CONNECTIONS))
    }

    /// A compute thread at work.
    pub(crate) fn busy_thread() -> Self {
        Held::new(gauge!(COMPUTE_BUSY))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
