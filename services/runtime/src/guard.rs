use crate::body::{self, Call};
use crate::chassis::Chassis;
use crate::deadline::{Arrival, Deadline, timeout};
use crate::metrics::{InFlight, method_of};
use crate::status;
use crate::trace::Trace;
use enrich_core::Error;
use http::{Request, Response};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body, server::NamedService};
use tower::Service;
use tracing::{Instrument, Span};

/// What every gRPC service wears, whether a socket or a neighbour in the process calls it.
///
/// - The call ends by its deadline: what `grpc-timeout` says, or the default, at most the maximum. Handlers find it
///   with [`deadline`](crate::deadline()).
/// - A panic becomes `INTERNAL`; the next call is served.
/// - A call over the in-flight limit is refused at once, and so is one that comes while the process drains.
/// - A caller who goes away ends the work.
/// - A debug event closes the call, a metric and a span of its trace: its method, code and duration, never its text.
/// - The trace that the caller's `traceparent` names goes on: with the call's logs, and to its upstreams.
///
/// All of it holds until the last byte of the response: a stream over its deadline ends with `DEADLINE_EXCEEDED` in
/// its trailers, and gives back its place even if nobody reads it.
#[derive(Clone, Debug)]
pub struct Guard<S> {
    service: S,
    chassis: Chassis,
}

impl<S> Guard<S> {
    /// Guards `service`. Pass [`Chassis::embedded`] for a service that only others in this process call.
    pub fn new(service: S, chassis: &Chassis) -> Self {
        Guard { service, chassis: chassis.clone() }
    }
}

impl<S: NamedService> NamedService for Guard<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // `poll_ready` made this very value ready, so it serves, and a clone takes its place.
        let next = self.service.clone();
        let service = std::mem::replace(&mut self.service, next);
        let chassis = self.chassis.clone();
        let arrival = request.extensions_mut().remove().unwrap_or_else(|| Arrival(Instant::now()));
        Box::pin(async move { Ok(answer(service, request, &chassis, arrival).await) })
    }
}

async fn answer<S>(mut service: S, mut request: Request<Body>, chassis: &Chassis, arrival: Arrival) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    let record = Record::start(&mut request);
    let limits = chassis.limits();
    let place = match chassis.admit() {
        Ok(place) => place,
        Err(refusal) => return record.close(refusal),
    };
    let wanted = timeout(request.headers()).unwrap_or(Duration::from_millis(limits.deadline_default_ms));
    let deadline = arrival.0 + wanted.min(Duration::from_millis(limits.deadline_max_ms));
    if deadline <= Instant::now() {
        return record.close(status::status(Error::DeadlineExceeded));
    }
    request.extensions_mut().insert(Deadline(deadline));

    let mut end = Box::pin(chassis.end(deadline));
    // Dropping the set aborts the work. The work itself holds the place: after a deadline it may still be busy until
    // it next awaits, and a place given away before that would let in more than the process can carry.
    let mut work = JoinSet::new();
    let held = place.clone();
    let task = async move {
        let _held = held;
        service.call(request).await
    };
    work.spawn(task.instrument(record.span.clone()));
    let joined = tokio::select! {
        biased;
        joined = work.join_next() => joined,
        status = &mut end => return record.close(status),
    };
    match joined {
        Some(Ok(Ok(response))) => {
            let response = status::clarify_response(response, limits.message_bytes_max);
            body::guard(response, Call { place, end, record })
        }
        Some(Ok(Err(never))) => match never {},
        Some(Err(_)) | None => {
            let status = record.span.in_scope(|| status::panicked("call"));
            record.close(status)
        }
    }
}

/// Writes the one event that closes a call, and measures it, when it is dropped.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) span: Span,
    started: Instant,
    in_flight: InFlight,
    trace: Trace,
    code: Option<Code>,
}

impl Record {
    fn start(request: &mut Request<Body>) -> Self {
        let method = method_of(request.uri().path());
        let trace = Trace::begin(method, request.headers_mut());
        // Of the highest level, so that whatever is logged of the call says whose it is.
        let span = tracing::error_span!("call", %method, trace_id = %trace.id(), code = tracing::field::Empty);
        Record { span, started: Instant::now(), in_flight: InFlight::new(method), trace, code: None }
    }

    /// Notes how the call ended.
    pub(crate) fn note(&mut self, code: Code) {
        self.code.get_or_insert(code);
    }

    fn close(mut self, status: Status) -> Response<Body> {
        self.note(status.code());
        status.into_http()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // No code: the caller went away before the answer ended.
        let code = self.code.unwrap_or(Code::Cancelled);
        self.span.record("code", tracing::field::debug(code));
        let elapsed = self.started.elapsed();
        self.in_flight.ended(code, elapsed);
        self.trace.end(code);
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(parent: &self.span, ?code, elapsed_us, "call ended");
    }
}
