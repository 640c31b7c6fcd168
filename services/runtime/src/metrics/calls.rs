use super::{CALL_SECONDS, CALLS_IN_FLIGHT, Held};
use metrics::{gauge, histogram};
use prost::Message;
use prost_types::FileDescriptorSet;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;
use tonic::Code;

/// A method of the contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// Full name of its service: "enrich.v1.LanguageService".
    pub(crate) service: &'static str,
    /// Its own name: "DetectLanguage".
    pub(crate) name: &'static str,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.service, self.name)
    }
}

/// What stands for a path that names no method.
const OTHER: Method = Method { service: "other", name: "other" };

/// The methods of the contracts by their paths.
static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    // The descriptors are built in; a test reads them.
    let files = FileDescriptorSet::decode(enrich_proto::DESCRIPTORS).unwrap_or_default().file;
    let mut methods = HashMap::new();
    for file in files {
        for service in file.service {
            let full: &'static str =
                format!("{}.{}", file.package.as_deref().unwrap_or_default(), service.name()).leak();
            for method in service.method {
                let name: &'static str = method.name().to_owned().leak();
                methods.insert(format!("/{full}/{name}"), Method { service: full, name });
            }
        }
    }
    methods
});

/// The method that a request's path names. A caller may write anything there: what is no method is all one.
pub(crate) fn method_of(path: &str) -> Method {
    METHODS.get(path).copied().unwrap_or(OTHER)
}

/// Whether a path names a method of the contracts.
pub(crate) fn is_method(path: &str) -> bool {
    METHODS.contains_key(path)
}

/// A call at work, until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    method: Method,
    _held: Held,
}

impl InFlight {
    pub(crate) fn new(method: Method) -> Self {
        InFlight { method, _held: Held::new(gauge!(CALLS_IN_FLIGHT, "service" => method.service)) }
    }

    /// Measures the call that ended.
    pub(crate) fn ended(&self, code: Code, duration: Duration) {
        let Method { service, name } = self.method;
        let labels = [("service", service), ("method", name), ("code", code_name(code))];
        histogram!(CALL_SECONDS, &labels).record(duration.as_secs_f64());
    }
}

/// The code as the specification of gRPC spells it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_the_contracts_is_known_and_nothing_else() {
        let known = Method { service: "enrich.v1.EnrichmentService", name: "StreamEnrich" };
        assert_eq!(method_of("/enrich.v1.EnrichmentService/StreamEnrich"), known);
        assert_eq!(METHODS.len(), 16);
        for path in ["", "/", "/enrich.v1.EnrichmentService/", "/enrich.v1.EnrichmentService/streamenrich", "/x/y"] {
            assert_eq!(method_of(path), OTHER);
        }
    }
}
