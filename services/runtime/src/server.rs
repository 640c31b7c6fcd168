mod config;
mod health;

pub use config::{ServerConfig, Switch};

use crate::accept::{self, Entrance, Speaks};
use crate::access::Access;
use crate::body::Until;
use crate::chassis::{Chassis, Phase};
use crate::deadline::Arrival;
use crate::http::{self as http_door, Http};
use crate::{Limits, status};
use enrich_core::Error;
use health::Health;
use http::{Request, Response, Uri};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tonic::{body::Body, service::Routes};
use tonic_health::ServingStatus;
use tower::Service;

/// Frames of up to 64 KiB: a text of 1 MiB takes 16 of them, not 64.
const FRAME_BYTES_MAX: u32 = 64 << 10;
/// Streams that a peer has reset before they were served; one that goes on beyond this is sent away ("rapid reset").
const RESET_STREAMS_MAX: usize = 32;
/// A peer that does not answer a ping for this long is gone.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the statuses of cut calls may take to be sent.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// Why a process could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Files could not be read or used.
    #[error("{what} cannot be used: {cause}")]
    Files {
        /// What they hold.
        what: &'static str,
        /// What is wrong, and with which file.
        cause: String,
    },
    /// The listening socket could not be opened.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The port for health alone could not be opened.
    #[error("cannot serve health on {address}: {source}; choose another address with --health-listen")]
    Health {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The port for HTTP could not be opened.
    #[error("cannot serve HTTP on {address}: {source}; choose another address with --http-listen, or off")]
    Http {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The port for metrics could not be opened.
    #[error("cannot serve metrics on {address}: {source}; choose another address with --metrics-listen")]
    Metrics {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Traces cannot be sent where they should be.
    #[error("cannot send traces to {endpoint}: {cause}")]
    Traces {
        /// What was given.
        endpoint: Uri,
        /// What is wrong with it.
        cause: String,
    },
    /// Reflection cannot be served: the descriptors built in are broken.
    #[error("cannot serve reflection: {0}; turn it off with --reflection off")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// What the services need could not be loaded.
    #[error("{0}")]
    Load(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An upstream's address is none.
    #[error("{uri} is no address of an upstream; one looks like http://host:50051 or https://host:50051")]
    Upstream {
        /// What was given.
        uri: Uri,
    },
    /// An upstream's address asks for TLS, and no authority that would vouch for it is known.
    #[error("{uri} needs authorities to check it against: name their file with --upstream-ca")]
    UpstreamTls {
        /// What was given.
        uri: Uri,
    },
    /// The logs could not be started.
    #[error(transparent)]
    Log(#[from] crate::telemetry::LogFilterError),
    /// The threads of the async runtime could not be started.
    #[error("cannot start the async runtime: {0}")]
    Runtime(#[source] std::io::Error),
    /// The server stopped with an error.
    #[error("the server stopped: {0}")]
    Serve(#[source] tonic::transport::Error),
}

/// Not listening yet.
#[derive(Debug)]
pub struct Unbound;

/// Listening; the port is known. Callers' connections wait until the server serves.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    /// The port for health alone.
    probed: Option<TcpListener>,
    http: Option<http_door::Bound>,
}

/// A gRPC server that cannot be served before it is bound.
#[derive(Debug)]
pub struct Server<State> {
    config: ServerConfig,
    chassis: Chassis,
    names: &'static [&'static str],
    http: Option<Http>,
    state: State,
}

impl Server<Unbound> {
    /// Describes a server; opens nothing. `names` are the full names of the services it will serve, such as
    /// [`enrich_proto::v1::language_service_server::SERVICE_NAME`]: what health knows and reflection lists.
    pub fn new(config: ServerConfig, chassis: &Chassis, names: &'static [&'static str]) -> Self {
        Server { config, chassis: chassis.clone(), names, http: None, state: Unbound }
    }

    /// With an HTTP door beside that of gRPC.
    #[must_use]
    pub fn with_http(self, http: Http) -> Self {
        Server { http: Some(http), ..self }
    }

    /// Opens the listening sockets.
    ///
    /// # Errors
    /// [`StartError::Listen`], [`StartError::Health`] or [`StartError::Http`] if an address is taken or not this machine's.
    pub async fn bind(self) -> Result<Server<Bound>, StartError> {
        let probed = match self.config.health_listen {
            Some(address) => Some(health::bind(address).await?),
            None => None,
        };
        let address = self.config.listen;
        let bound = accept::bind(address).await;
        let (listener, address) = bound.map_err(|source| StartError::Listen { address, source })?;
        let http = match self.http {
            Some(http) => http.bind(self.config.listen).await?,
            None => None,
        };
        let state = Bound { listener, address, probed, http };
        Ok(Server { config: self.config, chassis: self.chassis, names: self.names, http: None, state })
    }
}

impl Server<Bound> {
    /// The address that callers can reach.
    pub fn local_addr(&self) -> SocketAddr {
        self.state.address
    }

    /// The address of the HTTP door, if there is one.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.state.http.as_ref().map(|http| http.address)
    }

    /// Serves `routes` until `stop` resolves, then drains: health turns NOT_SERVING, nothing new is accepted, calls in
    /// flight may end for `drain_seconds_max`. Those that then remain end with `UNAVAILABLE`, and their number is logged.
    ///
    /// # Errors
    /// [`StartError::Files`], [`StartError::Reflection`], [`StartError::Serve`].
    pub async fn serve(self, routes: Routes, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        self.serve_when(std::future::ready(Ok::<_, StartError>(routes)), stop).await
    }

    /// As [`Server::serve`], with routes that are still being made. Until `load` gives them, health says NOT_SERVING
    /// and calls end with `UNAVAILABLE`, reason LOADING. `load` must not block: heavy work goes on a thread.
    ///
    /// # Errors
    /// [`StartError::Load`] as soon as `load` fails; else as [`Server::serve`].
    pub async fn serve_when<E>(
        mut self,
        load: impl Future<Output = Result<Routes, E>>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), StartError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let health = Health::new(self.names).await;
        // Ends with this call: until then it says that the server drains.
        let mut beside = JoinSet::new();
        if let Some(listener) = self.state.probed.take() {
            beside.spawn(health.serve_alone(listener));
        }
        let access = self.config.access.start()?;
        let door = Door { chassis: self.chassis.clone(), own: self.own(&health)?, late: Arc::default(), access };
        let late = Arc::clone(&door.late);
        let builder = self.transport();
        let entrance = Entrance {
            connections_max: self.config.connections_max,
            handshake_max: Duration::from_secs(self.config.handshake_seconds_max),
            tls: self.config.tls.start(Speaks::Http2)?,
            speaks: Speaks::Http2,
        };
        let http = match self.state.http {
            Some(http) => Some(http.serve(door.clone(), &self.config, self.chassis.reached(Phase::Draining))?),
            None => None,
        };
        let http = async {
            if let Some(http) = http {
                http.await;
            }
            Ok(())
        };
        let incoming = accept::connections(self.state.listener, entrance);
        let draining = self.chassis.reached(Phase::Draining);
        let grpc = builder.serve_with_incoming_shutdown(door, incoming, draining);
        let serving = async { tokio::try_join!(grpc, http).map(|((), ())| ()) };
        let mut serving = pin!(serving);
        let mut stop = pin!(stop);
        tracing::info!(address = %self.state.address, "listening");

        let routes = tokio::select! {
            ended = &mut serving => return ended.map_err(StartError::Serve),
            () = &mut stop => None,
            routes = load => Some(routes.map_err(|error| StartError::Load(error.into()))?),
        };
        if let Some(routes) = routes {
            // Cannot fail: nobody else sets it.
            let _ = late.set(routes.prepare());
            health.tell(ServingStatus::Serving).await;
            tracing::info!("ready");
            tokio::select! {
                ended = &mut serving => return ended.map_err(StartError::Serve),
                () = &mut stop => {}
            }
        }
        health.tell(ServingStatus::NotServing).await;
        drain(&self.chassis, serving, Duration::from_secs(self.config.drain_seconds_max)).await
    }

    fn transport(&self) -> tonic::transport::Server {
        let builder = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(self.config.keepalive_seconds)))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            .http2_max_header_list_size(self.config.header_bytes_max)
            .http2_max_pending_accept_reset_streams(Some(RESET_STREAMS_MAX))
            .max_concurrent_streams(self.config.connection_streams_max)
            .max_frame_size(FRAME_BYTES_MAX);
        match self.config.connection_age_seconds_max {
            // Without a grace: calls in flight on an old connection end by their own deadlines.
            Some(age) => builder.max_connection_age(Duration::from_secs(age)),
            None => builder,
        }
    }

    /// What is served from the first moment to the last.
    fn own(&self, health: &Health) -> Result<Routes, StartError> {
        let mut routes = Routes::builder();
        if self.config.health == Switch::On {
            routes.add_service(health.service());
        }
        if self.config.reflection == Switch::On {
            let mut names = self.names.to_vec();
            if self.config.health == Switch::On {
                names.push("grpc.health.v1.Health");
            }
            let describe = |name: &'static str| {
                let builder = tonic_reflection::server::Builder::configure()
                    .register_encoded_file_descriptor_set(enrich_proto::DESCRIPTORS)
                    .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
                names.iter().chain([&name]).fold(builder, |builder, name| builder.with_service_name(*name))
            };
            let v1 = describe("grpc.reflection.v1.ServerReflection").build_v1();
            routes.add_service(v1.map_err(StartError::Reflection)?);
            let v1alpha = describe("grpc.reflection.v1alpha.ServerReflection").build_v1alpha();
            routes.add_service(v1alpha.map_err(StartError::Reflection)?);
        }
        Ok(routes.routes().prepare())
    }
}

async fn drain<E>(chassis: &Chassis, mut serving: Pin<&mut E>, drain_max: Duration) -> Result<(), StartError>
where
    E: Future<Output = Result<(), tonic::transport::Error>>,
{
    let begun = Instant::now();
    chassis.advance(Phase::Draining);
    tracing::info!(in_flight = chassis.in_flight(), "draining");
    let mut ended = timeout(drain_max, &mut serving).await;
    if ended.is_err() {
        let cut = chassis.in_flight();
        if cut > 0 {
            tracing::warn!(cut, drain_seconds_max = drain_max.as_secs(), "calls were cut");
        }
        chassis.advance(Phase::Cut);
        ended = timeout(FLUSH_MAX, serving).await;
    }
    tracing::info!(elapsed_ms = begun.elapsed().as_millis(), "stopped");
    // An elapsed flush leaves connections whose peers do not read; they end with the process.
    ended.unwrap_or(Ok(())).map_err(StartError::Serve)
}

/// The first to see a request: sends it to the server's own services or to those that came later.
#[derive(Clone)]
pub(crate) struct Door {
    chassis: Chassis,
    own: Routes,
    access: Option<Access>,
    late: Arc<OnceLock<Routes>>,
}

impl Door {
    /// The limits in force.
    pub(crate) fn limits(&self) -> &Limits {
        self.chassis.limits()
    }
}

impl Service<Request<Body>> for Door {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        if let Some(access) = &self.access
            && !path.starts_with("/grpc.health.")
        {
            let path = path.to_owned();
            match access.admit(request.headers_mut(), &path) {
                Ok(tenant) => request.extensions_mut().insert(tenant),
                Err(refusal) => return Box::pin(async move { Ok(refusal.into_http()) }),
            };
        }
        let path = request.uri().path();
        if path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.") {
            let answer = self.own.call(request);
            let draining = self.chassis.reached(Phase::Draining);
            // A health watch has no end of its own, and would hold up the drain to its last second.
            let end = async move {
                draining.await;
                status::status(Error::ShuttingDown)
            };
            return Box::pin(async move { Ok(answer.await?.map(|body| Body::new(Until::new(body, end)))) });
        }
        let Some(routes) = self.late.get() else {
            return Box::pin(async { Ok(status::loading().into_http()) });
        };
        // tonic's transport starts a timer of its own right after this, and answers CANCELLED when it wins. Counted from
        // here, the guard's deadline is never the later one, and the guard is polled first.
        request.extensions_mut().insert(Arrival(Instant::now()));
        Box::pin(routes.clone().call(request))
    }
}

/// Resolves when the process is asked to stop: by SIGTERM or SIGINT. Never, where signals cannot be received. They are caught
/// from this call on, not only once the future is polled. To be called in a Tokio runtime.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let asked = {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            let received = |signal: std::io::Result<tokio::signal::unix::Signal>| async {
                match signal {
                    Ok(mut signal) => drop(signal.recv().await),
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                () = received(interrupt) => {}
                () = received(terminate) => {}
            }
        }
    };
    #[cfg(not(unix))]
    let asked = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    asked
}
