use crate::access::API_KEY;
use crate::deadline::timeout;
use crate::reload::Reloaded;
use crate::tls::Connector;
use crate::upstream::{Target, breaker::Breaker, broken, transport};
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use std::net::SocketAddr;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status, body::Body};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tower::{Service, ServiceExt};

/// How long a connection may take to come up. A caller with a shorter deadline does not wait that long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that answers no ping for the sum of both is taken for gone, and its calls for lost.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// A call that had less time than this says nothing of the peer if it is not answered: callers could close the circuit to
/// everybody by deadlines that nobody keeps.
const SILENCE_MIN: Duration = Duration::from_secs(1);
/// Time between two attempts to watch the health of a peer.
const WATCH_RETRY: Duration = Duration::from_secs(1);

/// One address of an upstream.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    endpoint: Endpoint,
    tls: Option<Connector>,
    key: Option<Reloaded<HeaderValue>>,
    channel: Mutex<(Channel, Instant)>,
    age_max: Duration,
    breaker: Arc<Breaker>,
    serving: Arc<AtomicBool>,
    /// Watches the peer's health; ends with it.
    _watch: JoinSet<()>,
}

impl Peer {
    /// The peer of `target` at `address`; `None` for an address that no URI can hold.
    pub(crate) fn new(address: SocketAddr, target: &Target) -> Option<Peer> {
        let config = &target.config;
        let tls = target.tls.as_ref().map(|tls| tls.connector(&address.to_string()));
        let endpoint = Channel::builder(Uri::try_from(format!("http://{address}")).ok()?)
            .origin(target.uri.clone())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        let open_for = Duration::from_millis(config.upstream_breaker_open_ms);
        let breaker = Arc::new(Breaker::new(config.upstream_breaker_failures_max, open_for));
        let serving = Arc::new(AtomicBool::new(true));
        let mut watch = JoinSet::new();
        // On a connection of its own: it would hold one of the calls' beyond its age.
        let health = HealthClient::new(connect(&endpoint.clone().keep_alive_while_idle(true), tls.as_ref()));
        watch.spawn(watch_health(health, address, Arc::clone(&serving), Arc::clone(&breaker)));
        Some(Peer {
            address,
            channel: Mutex::new((connect(&endpoint, tls.as_ref()), Instant::now())),
            endpoint,
            tls,
            key: target.key.clone(),
            age_max: Duration::from_secs(config.upstream_connection_age_seconds_max),
            breaker,
            serving,
            _watch: watch,
        })
    }

    /// Whether the peer says that it serves, or says nothing.
    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Relaxed)
    }

    /// A call to this peer, if its circuit lets it through.
    pub(crate) fn attempt(self: &Arc<Self>) -> Option<Attempt> {
        self.breaker.allows().then(|| Attempt { peer: Arc::clone(self), begun: Instant::now(), time: None, open: true })
    }

    /// The connection, a new one if it has come of age.
    fn channel(&self) -> Channel {
        let mut channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        if channel.1.elapsed() > self.age_max {
            *channel = (connect(&self.endpoint, self.tls.as_ref()), Instant::now());
        }
        channel.0.clone()
    }
}

fn connect(endpoint: &Endpoint, tls: Option<&Connector>) -> Channel {
    match tls {
        Some(connector) => endpoint.connect_with_connector_lazy(connector.clone()),
        None => endpoint.connect_lazy(),
    }
}

/// One call to one peer; tells its circuit how it ended.
#[derive(Debug)]
pub(crate) struct Attempt {
    peer: Arc<Peer>,
    begun: Instant,
    /// The time that the caller gave.
    time: Option<Duration>,
    open: bool,
}

impl Attempt {
    pub(crate) async fn call(mut self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        self.time = timeout(request.headers());
        if let Some(key) = &self.peer.key {
            request.headers_mut().insert(API_KEY, HeaderValue::clone(&key.get()));
        }
        let mut channel = self.peer.channel();
        let answer = async { channel.ready().await?.call(request).await };
        match answer.await {
            Ok(response) => {
                let code = response.headers().get(Status::GRPC_STATUS).map(|code| Code::from_bytes(code.as_bytes()));
                self.end(code != Some(Code::Unavailable));
                Ok(response.map(|body| Body::new(body.map_err(|status| broken(&status)))))
            }
            Err(error) => {
                let status = transport(&error);
                if status.code() == Code::Unavailable {
                    self.end(false);
                }
                Err(status)
            }
        }
    }

    fn end(&mut self, there: bool) {
        self.open = false;
        if there {
            self.peer.breaker.succeeded();
        } else if self.peer.breaker.failed() {
            tracing::warn!(address = %self.peer.address, "an upstream fails; it gets no calls for a while");
        }
    }
}

impl Drop for Attempt {
    /// The caller gave up, or its time did: that tells of the peer only if it had time to answer.
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        // The caller's clock began a moment before.
        let silent = self.time.is_some_and(|time| time >= SILENCE_MIN && self.begun.elapsed() >= time.mul_f64(0.9));
        if silent {
            self.end(false);
        } else {
            self.peer.breaker.abandoned();
        }
    }
}

/// Follows what the peer says of itself, for as long as it knows how to.
async fn watch_health(
    mut client: HealthClient<Channel>,
    address: SocketAddr,
    serving: Arc<AtomicBool>,
    breaker: Arc<Breaker>,
) {
    let tell = |now: bool| {
        if serving.swap(now, Ordering::Relaxed) != now {
            tracing::info!(%address, serving = now, "an upstream's health changed");
        }
        if now {
            breaker.succeeded();
        }
    };
    loop {
        let error = match client.watch(HealthCheckRequest { service: String::new() }).await {
            Ok(response) => {
                let mut answers = response.into_inner();
                loop {
                    match answers.message().await {
                        Ok(Some(answer)) => tell(answer.status() == ServingStatus::Serving),
                        Ok(None) => break Status::unavailable("the watch ended"),
                        Err(error) => break error,
                    }
                }
            }
            Err(error) => error,
        };
        match error.code() {
            // It does not tell, or not this process.
            Code::Unimplemented | Code::NotFound | Code::Unauthenticated | Code::PermissionDenied => return tell(true),
            _ => tell(false),
        }
        sleep(WATCH_RETRY).await;
    }
}
