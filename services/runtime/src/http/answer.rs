//! From the answer of a gRPC call to a response with JSON.

use super::ask::{INLINE_BYTES_MAX, PREFIX_BYTES, Refusal};
use crate::status;
use bytes::Bytes;
use enrich_proto::json::{self, Transcoder};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt;

/// Reads the answer of a call to its end and makes it the response.
pub(super) async fn response(
    transcoder: &Arc<Transcoder>,
    answer: Response<Body>,
    refusal: &Refusal,
) -> Response<Body> {
    match message(answer).await {
        Ok(framed) => match json_of(transcoder, framed).await {
            Some(json) => respond(StatusCode::OK, json),
            None => error(&status::failed("JSON")),
        },
        Err(status) => error(&refusal.take().unwrap_or(status)),
    }
}

/// The one message of an answer, behind its prefix.
async fn message(answer: Response<Body>) -> Result<Bytes, Status> {
    // An answer without a message has its status in the headers.
    let early = Status::from_header_map(answer.headers());
    let collected = answer.into_body().collect().await?;
    let late = collected.trailers().and_then(Status::from_header_map);
    match early.or(late) {
        Some(status) if status.code() == Code::Ok => Ok(collected.to_bytes()),
        Some(status) => Err(status),
        None => Err(status::failed("answer")),
    }
}

/// `None` if what the service answered is no message of its own.
async fn json_of(transcoder: &Arc<Transcoder>, framed: Bytes) -> Option<Vec<u8>> {
    let write = |transcoder: &Transcoder, framed: &Bytes| {
        let message = framed.get(PREFIX_BYTES..)?;
        transcoder.response_to_json(message).ok()
    };
    if framed.len() <= INLINE_BYTES_MAX {
        return write(transcoder, &framed);
    }
    let transcoder = Arc::clone(transcoder);
    tokio::task::spawn_blocking(move || write(&transcoder, &framed)).await.ok()?
}

fn respond(code: StatusCode, json: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::from(json)));
    *response.status_mut() = code;
    response.headers_mut().extend([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]);
    response
}

/// The response that tells of `status`: google.rpc.Status as JSON, under the code of HTTP that stands for its own.
pub(super) fn error(status: &Status) -> Response<Body> {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    let mut told = status::rpc_status(status);
    let json = json::status_to_json(&told).or_else(|_| {
        // Details of a type that is unknown here; code and words are worth more.
        told.details.clear();
        json::status_to_json(&told)
    });
    let mut response = respond(http_code(status.code(), &reason), json.unwrap_or_default());
    if let Some(wait) = status.get_details_retry_info().and_then(|info| info.retry_delay) {
        response.headers_mut().insert(RETRY_AFTER, seconds(wait));
    }
    if status.code() == Code::Unauthenticated {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The response to a method that a path does not have; `allowed` are those that it has.
pub(super) fn wrong_verb(allowed: &'static str) -> Response<Body> {
    let mut response = error(&status::wrong_verb(allowed));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// HTTP counts whole seconds.
fn seconds(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// The mapping that google/rpc/code.proto writes beside each code, but where HTTP has a code for the very reason.
fn http_code(code: Code, reason: &str) -> StatusCode {
    match (code, reason) {
        (_, "MESSAGE_TOO_LARGE") => StatusCode::PAYLOAD_TOO_LARGE,
        (_, "NOT_JSON") => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (_, "METHOD_NOT_ALLOWED") => StatusCode::METHOD_NOT_ALLOWED,
        (Code::Ok, _) => StatusCode::OK,
        (Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange, _) => StatusCode::BAD_REQUEST,
        (Code::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Code::PermissionDenied, _) => StatusCode::FORBIDDEN,
        (Code::NotFound, _) => StatusCode::NOT_FOUND,
        (Code::AlreadyExists | Code::Aborted, _) => StatusCode::CONFLICT,
        (Code::ResourceExhausted, _) => StatusCode::TOO_MANY_REQUESTS,
        // What others call "client closed request"; it has no name in the standard.
        (Code::Cancelled, _) => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        (Code::Unknown | Code::Internal | Code::DataLoss, _) => StatusCode::INTERNAL_SERVER_ERROR,
        (Code::Unimplemented, _) => StatusCode::NOT_IMPLEMENTED,
        (Code::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Code::DeadlineExceeded, _) => StatusCode::GATEWAY_TIMEOUT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_code_of_http_that_the_standard_mapping_names() {
        let mapped: Vec<u16> = (0..17).map(|code| http_code(Code::from_i32(code), "").as_u16()).collect();
        let named = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
        assert_eq!(mapped, named);
        assert_eq!(http_code(Code::OutOfRange, "MESSAGE_TOO_LARGE").as_u16(), 413);
    }

    #[test]
    fn the_time_to_wait_is_rounded_up() {
        let told = |ms| seconds(Duration::from_millis(ms)).to_str().map(str::to_owned).unwrap_or_default();
        assert_eq!([told(200), told(1000), told(1001)], ["1", "1", "2"]);
    }
}
