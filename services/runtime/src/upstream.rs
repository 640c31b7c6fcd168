//! Where a generated client sends its calls: over a socket, or to a service in this process.

use crate::server::StartError;
use crate::status;
use enrich_core::Error;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::time::Duration;
use tonic::transport::{Channel, Uri};
use tonic::{Code, Status, TimeoutExpired, body::Body};
use tower::{Service, ServiceExt, util::BoxCloneSyncService};

/// How long a connection may take to come up. A caller with a shorter deadline does not wait that long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An upstream that answers no ping for the sum of both is taken for gone, and its calls for lost.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

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

/// An [`Upstream`] that dials `uri` ("http://host:port") on first use and again after a failure. One connection
/// carries all calls; the name is resolved anew with each connection. To be called in a Tokio runtime.
///
/// A transport that fails, before or amid an answer, is `UNAVAILABLE`; a deadline that passes is `DEADLINE_EXCEEDED`.
///
/// # Errors
/// [`StartError::Upstream`] if `uri` is none of the form above.
pub fn dial(uri: Uri) -> Result<Upstream, StartError> {
    if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) {
        return Err(StartError::Upstream { uri });
    }
    let channel = Channel::builder(uri)
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .connect_lazy();
    let channel = channel
        .map_err(|error| transport(&error))
        .map_response(|response| response.map(|body| Body::new(body.map_err(|status| broken(&status)))));
    Ok(BoxCloneSyncService::new(channel))
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
