//! The one place where an error becomes a status.

use crate::metrics;
use enrich_core::Error;
use http::Response;
use prost::Message;
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status, body::Body};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "enrich.v1";
const INTERNAL: &str = "internal error";
/// The most that is said of a message that cannot be read, in characters: it may quote that message.
const WORDS_MAX: usize = 300;

/// What a refused caller is told to wait: about as long as a few calls take.
const RETRY_OVERLOADED: Duration = Duration::from_millis(200);
/// What a caller of a process that starts or stops is told to wait: about as long as either takes.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// Turns `error` into the status that the caller gets: its code, its words, google.rpc.ErrorInfo with reason and
/// metadata, and google.rpc.RetryInfo where waiting helps. An internal error says nothing but that; what happened goes
/// to the log.
pub fn status(error: Error) -> Status {
    let wait = wait(code(&error));
    with_wait(error, wait)
}

/// As [`status`], for a caller who is told to wait for `wait`, or for [`RETRY_OVERLOADED`] if that is longer.
pub(crate) fn overloaded(error: Error, wait: Duration) -> Status {
    with_wait(error, Some(wait.max(RETRY_OVERLOADED)))
}

fn with_wait(error: Error, wait: Option<Duration>) -> Status {
    let code = code(&error);
    let message = if code == Code::Internal {
        tracing::error!(error = &error as &dyn std::error::Error, "call failed");
        INTERNAL.to_owned()
    } else {
        error.to_string()
    };
    make(code, message, error.reason(), metadata(&error), wait)
}

/// The one way to a status of our own: with a reason, counted, and with the time to wait where waiting helps.
fn make(
    code: Code,
    message: impl Into<String>,
    reason: &'static str,
    metadata: HashMap<String, String>,
    wait: Option<Duration>,
) -> Status {
    metrics::error(code, reason);
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, metadata);
    if wait.is_some() {
        details.set_retry_info(wait);
    }
    Status::with_error_details(code, message, details)
}

fn code(error: &Error) -> Code {
    match error {
        Error::EmptyText
        | Error::TextTooLong { .. }
        | Error::IdTooLong { .. }
        | Error::MissingId
        | Error::DuplicateId
        | Error::EmptyBatch
        | Error::TooManyItems { .. }
        | Error::UnknownEnumValue { .. }
        | Error::ValueOutOfRange { .. }
        | Error::UnknownLanguage { .. }
        | Error::UnknownTopic { .. }
        | Error::OwnTopicInvalid { .. }
        | Error::RequiredPartNotAsked { .. }
        | Error::LineInvalid { .. } => Code::InvalidArgument,
        Error::Overloaded { .. } => Code::ResourceExhausted,
        Error::DeadlineExceeded => Code::DeadlineExceeded,
        Error::ShuttingDown => Code::Unavailable,
        Error::ModelInvalid { .. } | Error::Inference(_) => Code::Internal,
    }
}

fn wait(code: Code) -> Option<Duration> {
    match code {
        Code::ResourceExhausted => Some(RETRY_OVERLOADED),
        Code::Unavailable => Some(RETRY_UNAVAILABLE),
        _ => None,
    }
}

/// The values of the error under their names in the wire's spelling.
fn metadata(error: &Error) -> HashMap<String, String> {
    let pairs = match error {
        Error::TextTooLong { bytes, bytes_max } | Error::IdTooLong { bytes, bytes_max } => {
            vec![("bytes", bytes.to_string()), ("bytesMax", bytes_max.to_string())]
        }
        Error::TooManyItems { field, items, items_max } => {
            vec![("field", (*field).to_owned()), ("items", items.to_string()), ("itemsMax", items_max.to_string())]
        }
        Error::UnknownEnumValue { field, value } => vec![("field", (*field).to_owned()), ("value", value.to_string())],
        Error::ValueOutOfRange { field, value, min, max } => vec![
            ("field", (*field).to_owned()),
            ("value", value.to_string()),
            ("min", min.to_string()),
            ("max", max.to_string()),
        ],
        Error::UnknownLanguage { field, tag } => vec![("field", (*field).to_owned()), ("tag", tag.clone())],
        Error::UnknownTopic { field, id } => vec![("field", (*field).to_owned()), ("id", id.clone())],
        Error::OwnTopicInvalid { entry, cause } => vec![("entry", entry.clone()), ("cause", cause.clone())],
        Error::RequiredPartNotAsked { part } => vec![("part", (*part).to_owned())],
        Error::LineInvalid { line, cause } => vec![("line", line.to_string()), ("cause", cause.clone())],
        Error::Overloaded { resource, limit } => {
            vec![("resource", (*resource).to_owned()), ("limit", limit.to_string())]
        }
        Error::EmptyText
        | Error::MissingId
        | Error::DuplicateId
        | Error::EmptyBatch
        | Error::DeadlineExceeded
        | Error::ShuttingDown
        // Names a file of this machine: for the log, not for the caller.
        | Error::ModelInvalid { .. }
        | Error::Inference(_) => vec![],
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The models are still loading.
pub(crate) fn loading() -> Status {
    make(Code::Unavailable, "the service is loading its models", "LOADING", HashMap::new(), Some(RETRY_UNAVAILABLE))
}

/// `what` panicked. The panic's own words stay unsaid, here and in the log: they may quote the text.
pub(crate) fn panicked(what: &'static str) -> Status {
    tracing::error!(what, "panicked");
    make(Code::Internal, INTERNAL, "PANIC", HashMap::new(), None)
}

/// `what`, which cannot go wrong, did.
pub(crate) fn failed(what: &'static str) -> Status {
    tracing::error!(what, "failed");
    make(Code::Internal, INTERNAL, "INTERNAL", HashMap::new(), None)
}

/// A message over `bytes_max` bytes.
pub(crate) fn message_too_large(bytes_max: usize) -> Status {
    let metadata = HashMap::from([("bytesMax".to_owned(), bytes_max.to_string())]);
    let words = format!("message is too large; the limit is {bytes_max} bytes");
    make(Code::OutOfRange, words, "MESSAGE_TOO_LARGE", metadata, None)
}

/// `what` is not the JSON that it should be. What `error` says may quote the caller: it is not for the log.
pub(crate) fn malformed(what: &str, error: &dyn std::fmt::Display) -> Status {
    let words: String = format!("{what} cannot be read: {error}").chars().take(WORDS_MAX).collect();
    make(Code::InvalidArgument, words, "MALFORMED_MESSAGE", HashMap::new(), None)
}

/// A header over HTTP that should hold a whole number, at most `max`.
pub(crate) fn header_invalid(name: &'static str, max: u64) -> Status {
    let metadata = HashMap::from([("header".to_owned(), name.to_owned()), ("max".to_owned(), max.to_string())]);
    let words = format!("{name} must be a whole number from 0 to {max}");
    make(Code::InvalidArgument, words, "HEADER_INVALID", metadata, None)
}

/// A request over HTTP whose body claims to be something else.
pub(crate) fn not_json() -> Status {
    let words = "the body must be JSON, uncompressed: send `content-type: application/json`";
    make(Code::InvalidArgument, words, "NOT_JSON", HashMap::new(), None)
}

/// A path over HTTP that stands for nothing.
pub(crate) fn no_path() -> Status {
    let words = "there is nothing at this path; /openapi.json lists those that there are";
    make(Code::NotFound, words, "PATH_UNKNOWN", HashMap::new(), None)
}

/// A method of HTTP that a path does not have.
pub(crate) fn wrong_verb(allowed: &'static str) -> Status {
    let metadata = HashMap::from([("allowed".to_owned(), allowed.to_owned())]);
    let words = format!("this path takes {allowed} only");
    make(Code::Unimplemented, words, "METHOD_NOT_ALLOWED", metadata, None)
}

/// `status` in other words; code and details stay.
pub(crate) fn with_words(status: &Status, words: &str) -> Status {
    from_rpc_status(tonic_types::Status { message: words.to_owned(), ..rpc_status(status) })
}

/// The caller shows neither key nor token.
pub(crate) fn credentials_missing() -> Status {
    let words = "a key is needed: send `x-api-key`, or `authorization: Bearer`";
    make(Code::Unauthenticated, words, "CREDENTIALS_MISSING", HashMap::new(), None)
}

/// What the caller shows is no key of a tenant's, and no token that holds. Which of its checks failed stays unsaid.
pub(crate) fn credentials_invalid() -> Status {
    make(Code::Unauthenticated, "the key or token is not valid", "CREDENTIALS_INVALID", HashMap::new(), None)
}

/// The token holds, and names nobody who may call here.
pub(crate) fn tenant_unknown() -> Status {
    make(Code::PermissionDenied, "the token's tenant is not known here", "TENANT_UNKNOWN", HashMap::new(), None)
}

/// The tenant may call other methods, but not this one.
pub(crate) fn method_denied(tenant: &str) -> Status {
    let metadata = HashMap::from([("tenant".to_owned(), tenant.to_owned())]);
    make(Code::PermissionDenied, "the tenant may not call this method", "METHOD_DENIED", metadata, None)
}

/// The tenant has used what it may; after `wait` it may again.
pub(crate) fn quota_exceeded(tenant: &str, tokens_per_second: u64, wait: Duration) -> Status {
    let metadata = HashMap::from([
        ("tenant".to_owned(), tenant.to_owned()),
        ("tokensPerSecond".to_owned(), tokens_per_second.to_string()),
    ]);
    let words = format!("the tenant's quota of {tokens_per_second} tokens a second is used up; try again");
    make(Code::ResourceExhausted, words, "QUOTA_EXCEEDED", metadata, Some(wait))
}

/// An upstream could not be reached, or the connection to it broke; `error` says how.
pub(crate) fn unreachable(error: &(dyn std::error::Error + 'static)) -> Status {
    tracing::debug!(error, "upstream unavailable");
    let words = "an upstream service is unavailable";
    make(Code::Unavailable, words, "UPSTREAM_UNAVAILABLE", HashMap::new(), Some(RETRY_UNAVAILABLE))
}

/// None of an upstream's `peers` addresses takes calls.
pub(crate) fn nobody(peers: usize) -> Status {
    let metadata = HashMap::from([("addresses".to_owned(), peers.to_string())]);
    let words = "no address of an upstream service takes calls";
    make(Code::Unavailable, words, "UPSTREAM_UNAVAILABLE", metadata, Some(RETRY_UNAVAILABLE))
}

/// `status` with another code; words and details stay.
pub(crate) fn with_code(status: &Status, code: Code) -> Status {
    from_rpc_status(tonic_types::Status { code: code as i32, ..rpc_status(status) })
}

/// Gives tonic's refusals of a message a reason, and a code where tonic's does not say whose mistake it was: too large,
/// or compressed so that it cannot be unpacked. (Bytes that are no message are the codec's affair, in `enrich_proto`.)
///
/// Tells them by tonic's words; tests over real calls notice when those change.
pub(crate) fn clarify(status: Status, message_bytes_max: usize) -> Status {
    if !status.details().is_empty() {
        return status;
    }
    let words = status.message();
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted
            if words.starts_with("Error, decoded message length too large")
                || words.starts_with("Error decompressing: size limit") =>
        {
            message_too_large(message_bytes_max)
        }
        Code::Internal if words.starts_with("Error decompressing:") && words.ends_with("while sending request") => {
            make(Code::InvalidArgument, "message cannot be decompressed", "MALFORMED_MESSAGE", HashMap::new(), None)
        }
        _ => status,
    }
}

/// As [`clarify`], for a response that is nothing but a status.
pub(crate) fn clarify_response(mut response: Response<Body>, message_bytes_max: usize) -> Response<Body> {
    match response.extensions_mut().remove::<Status>() {
        Some(status) => clarify(status, message_bytes_max).into_http(),
        None => response,
    }
}

/// The status as a message: the error of one item of a batch or stream, or of one part of an answer.
pub fn rpc_status(status: &Status) -> tonic_types::Status {
    // Details that are no google.rpc.Status come from a stranger; code and words are worth more than they are.
    let details = tonic_types::Status::decode(status.details()).map(|decoded| decoded.details).unwrap_or_default();
    tonic_types::Status { code: status.code() as i32, message: status.message().to_owned(), details }
}

/// The message as a status; undoes [`rpc_status`].
pub fn from_rpc_status(status: tonic_types::Status) -> Status {
    let code = Code::from_i32(status.code);
    if status.details.is_empty() {
        return Status::new(code, status.message);
    }
    let details = status.encode_to_vec();
    Status::with_details(code, status.message, details.into())
}
