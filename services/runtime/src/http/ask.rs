//! From a request with JSON to the request of a gRPC call.

use super::face::Call;
use crate::status;
use bytes::{BufMut, Bytes, BytesMut};
use enrich_proto::json::{JsonError, Transcoder};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::task::JoinHandle;
use tonic::{Status, body::Body};

/// What precedes a message on the wire: whether it is compressed, and its length.
pub(super) const PREFIX_BYTES: usize = 5;
/// JSON over this takes long enough to read or write that other calls would wait for it.
pub(super) const INLINE_BYTES_MAX: usize = 64 << 10;
/// What a call carries besides its message.
const CARRIED: [&str; 5] = ["grpc-timeout", "traceparent", "tracestate", "x-request-id", "x-api-key"];
const GRPC_TIMEOUT: &str = "grpc-timeout";
const TIMEOUT_MS: &str = "x-timeout-ms";
/// The most that eight digits, all that gRPC takes, can say in milliseconds: a day and three hours.
const TIMEOUT_MS_MAX: u32 = 99_999_999;

/// Why the body of a request could not be taken, for its caller's eyes only: what it says may quote the text, and what goes
/// through the gRPC service is logged at some level.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<Status>>>);

impl Refusal {
    fn put(&self, status: Status) -> Status {
        let quiet = status::with_words(&status, "");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        quiet
    }

    /// What was put there.
    pub(super) fn take(&self) -> Option<Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The gRPC call that `request` stands for.
///
/// # Errors
/// The refusal of a request that is none of JSON, or whose deadline cannot be read.
pub(super) fn request(call: &Call, request: Request<Incoming>, refusal: &Refusal) -> Result<Request<Body>, Status> {
    let headers = carried(request.headers())?;
    let body = if request.method() == Method::GET {
        // A message without fields.
        Body::new(Full::new(Bytes::from_static(&[0; PREFIX_BYTES])))
    } else {
        check_type(request.headers())?;
        let bytes_max = call.message_bytes_max;
        if usize::try_from(request.body().size_hint().lower()).is_ok_and(|bytes| bytes > bytes_max) {
            return Err(status::message_too_large(bytes_max));
        }
        let state = State::Reading(request.into_body(), BytesMut::new());
        Body::new(JsonBody { state, bytes_max, transcoder: call.transcoder.clone(), refusal: refusal.clone() })
    };
    let mut asked = Request::new(body);
    *asked.method_mut() = Method::POST;
    *asked.uri_mut() = call.rpc.clone();
    *asked.headers_mut() = headers;
    Ok(asked)
}

fn carried(headers: &HeaderMap) -> Result<HeaderMap, Status> {
    let mut carried = HeaderMap::new();
    for name in CARRIED.into_iter().chain([AUTHORIZATION.as_str()]) {
        if let Some(value) = headers.get(name) {
            carried.insert(name.parse::<http::HeaderName>().map_err(|_| status::failed("header"))?, value.clone());
        }
    }
    if let (Some(ms), None) = (headers.get(TIMEOUT_MS), headers.get(GRPC_TIMEOUT)) {
        carried.insert(GRPC_TIMEOUT, milliseconds(ms)?);
    }
    carried.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    Ok(carried)
}

/// A deadline in gRPC's spelling.
fn milliseconds(value: &HeaderValue) -> Result<HeaderValue, Status> {
    let digits = value.to_str().ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let ms = digits.and_then(|digits| digits.parse().ok()).filter(|ms| *ms <= TIMEOUT_MS_MAX);
    let spelt = ms.and_then(|ms: u32| HeaderValue::from_str(&format!("{ms}m")).ok());
    spelt.ok_or_else(|| status::header_invalid(TIMEOUT_MS, u64::from(TIMEOUT_MS_MAX)))
}

/// A browser sends JSON from another origin's page only after asking, other types without.
fn check_type(headers: &HeaderMap) -> Result<(), Status> {
    let shown = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = shown.split(';').next().unwrap_or_default().trim();
    let plain = headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    if plain && essence.eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(status::not_json()) }
}

/// The message of a call, read from JSON while the service waits for it: within the call's deadline and place in flight.
struct JsonBody {
    state: State,
    bytes_max: usize,
    transcoder: Arc<Transcoder>,
    refusal: Refusal,
}

enum State {
    Reading(Incoming, BytesMut),
    Working(JoinHandle<Result<Bytes, JsonError>>),
    Over,
}

/// The message behind its prefix.
fn framed(transcoder: &Transcoder, json: &[u8]) -> Result<Bytes, JsonError> {
    let message = transcoder.request_to_wire(json)?;
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(0);
    // Cannot be cut: a message is at most as long as its JSON, and that is bounded by 2^30.
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(&message);
    Ok(framed.freeze())
}

impl JsonBody {
    fn end(&mut self, framed: Result<Bytes, JsonError>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.state = State::Over;
        let name = self.transcoder.request_name();
        let framed = framed.map(Frame::data).map_err(|error| match error {
            JsonError::Parse { source, .. } => status::malformed(name, &source),
            error => status::malformed(name, &error),
        });
        Poll::Ready(Some(framed.map_err(|refusal| self.refusal.put(refusal))))
    }
}

impl http_body::Body for JsonBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Over => return Poll::Ready(None),
                State::Working(work) => {
                    let worked = ready!(Pin::new(work).poll(cx));
                    return match worked {
                        Ok(framed) => this.end(framed),
                        Err(_) => Poll::Ready(Some(Err(status::failed("JSON")))),
                    };
                }
                State::Reading(incoming, json) => match ready!(Pin::new(incoming).poll_frame(cx)) {
                    Some(Ok(frame)) => {
                        let Some(data) = frame.data_ref() else { continue };
                        if json.len() + data.len() > this.bytes_max {
                            let refusal = this.refusal.put(status::message_too_large(this.bytes_max));
                            this.state = State::Over;
                            return Poll::Ready(Some(Err(refusal)));
                        }
                        json.extend_from_slice(data);
                    }
                    Some(Err(error)) => {
                        let refusal = this.refusal.put(status::malformed("the body", &error));
                        this.state = State::Over;
                        return Poll::Ready(Some(Err(refusal)));
                    }
                    None => {
                        let json = std::mem::take(json).freeze();
                        let transcoder = Arc::clone(&this.transcoder);
                        if json.len() <= INLINE_BYTES_MAX {
                            return this.end(framed(&transcoder, &json));
                        }
                        this.state = State::Working(tokio::task::spawn_blocking(move || framed(&transcoder, &json)));
                    }
                },
            }
        }
    }
}
