//! Where a generated client sends its calls: over a socket, or to a service in this process.

mod breaker;
mod config;
mod peer;
mod peers;
mod retries;

pub use config::DialConfig;
pub use peers::{Resolve, SystemResolver};
pub use retries::Retries;

use crate::access::own_key;
use crate::reload::Reloaded;
use crate::server::StartError;
use crate::status;
use crate::tls::DialTls;
use enrich_core::Error;
use http::{HeaderValue, Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::time::Instant;
use tonic::transport::Uri;
use tonic::{Code, Status, TimeoutExpired, body::Body};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

/// What a generated client is made with. Whether the service behind it is embedded or dialled cannot be told, and its
/// errors are the same.
pub type Upstream = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// An [`Upstream`] that calls `service` in this process. `service` wears a [`Guard`](crate::Guard) built with
/// [`Chassis::embedded`](crate::Chassis::embedded).
pub fn embed<S>(service: S) -> Upstream
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(service.map_err(|never| match never {}))
}

/// An [`Upstream`] that dials `uri` ("http://host:port") with the defaults and the system's resolver; see [`dial_with`].
///
/// # Errors
/// [`StartError::Upstream`] if `uri` is none of the form above.
pub fn dial(uri: Uri) -> Result<Upstream, StartError> {
    dial_with(uri, &DialConfig::default(), Arc::new(SystemResolver))
}

/// An [`Upstream`] that dials every address behind the name in `uri` and gives calls to them in turn. The name is looked up
/// again and again. An address that says by `grpc.health.v1` that it does not serve is passed over, and so is, for a
/// while, one that fails call after call. An `https` upstream must prove that it has the name. To be called in a Tokio
/// runtime; calls to one address share a connection.
///
/// A transport that fails, before or amid an answer, is `UNAVAILABLE`; a deadline that passes is `DEADLINE_EXCEEDED`.
///
/// # Errors
/// [`StartError::Upstream`] if `uri` is not of the form "http://host:port" or "https://host:port"; for the latter also
/// [`StartError::UpstreamTls`] if `config` has no authorities. [`StartError::Files`] if a file that `config` names cannot be
/// used.
pub fn dial_with(uri: Uri, config: &DialConfig, resolver: Arc<dyn Resolve>) -> Result<Upstream, StartError> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let secure = uri.scheme_str() == Some("https");
    if !secure && uri.scheme_str() != Some("http") || host.is_empty() {
        return Err(StartError::Upstream { uri });
    }
    let tls = if secure { Some(config.tls.start(&uri, &host)?) } else { None };
    let key = config.upstream_api_key_file.as_deref().map(own_key).transpose()?;
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let target = Target { uri, host, port, config: config.clone(), tls, key };
    Ok(BoxCloneSyncService::new(peers::Peers::new(target, resolver)))
}

/// What is dialled, and how.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    /// Its name.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) config: DialConfig,
    /// What proves an https upstream.
    pub(crate) tls: Option<DialTls>,
    /// What it is shown with each call.
    pub(crate) key: Option<Reloaded<HeaderValue>>,
}

/// What an upstream's refusal is to the caller of this process: `CANCELLED`, which this caller did not do, is its
/// deadline or an upstream that gave up; a message over the limits of an upstream is the caller's mistake.
pub fn settle(status: Status, deadline: Option<Instant>) -> Status {
    match status.code() {
        Code::Cancelled if deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
            status::status(Error::DeadlineExceeded)
        }
        Code::Cancelled => status::unreachable(&status),
        Code::OutOfRange => status::with_code(&status, Code::InvalidArgument),
        _ => status,
    }
}

/// The status of a call that got no answer.
fn transport(error: &(dyn std::error::Error + 'static)) -> Status {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // tonic would say CANCELLED.
        if error.is::<TimeoutExpired>() {
            return status::status(Error::DeadlineExceeded);
        }
        cause = error.source();
    }
    status::unreachable(error)
}

/// The status of a call whose answer broke off. What the upstream itself says comes in trailers, never as an error of
/// the body.
fn broken(error: &Status) -> Status {
    match error.code() {
        Code::DeadlineExceeded => error.clone(),
        _ => status::unreachable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tonic_types::StatusExt;

    #[test]
    fn a_cancellation_that_this_caller_did_not_do_is_its_deadline_or_the_upstream_giving_up() {
        let (now, cancelled) = (Instant::now(), || Status::cancelled("gone"));
        assert_eq!(settle(cancelled(), Some(now)).code(), Code::DeadlineExceeded);
        assert_eq!(settle(cancelled(), Some(now + Duration::from_secs(60))).code(), Code::Unavailable);
        assert_eq!(settle(cancelled(), None).code(), Code::Unavailable);
    }

    #[test]
    fn a_message_over_an_upstreams_limit_is_the_callers_mistake_with_its_details() {
        let refusal = status::clarify(Status::out_of_range("Error, decoded message length too large: 9 bytes"), 8);
        let settled = settle(refusal.clone(), None);
        assert_eq!((settled.code(), settled.message()), (Code::InvalidArgument, refusal.message()));
        assert_eq!(settled.get_details_error_info().unwrap().reason, "MESSAGE_TOO_LARGE");
    }

    #[test]
    fn what_else_an_upstream_says_stays_as_it_is() {
        for status in [Status::internal("a"), Status::resource_exhausted("b"), Status::unavailable("c")] {
            assert_eq!(settle(status.clone(), None).code(), status.code());
        }
    }
}
