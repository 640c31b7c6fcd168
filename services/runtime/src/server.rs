use crate::body::Until;
use crate::chassis::{Chassis, Phase};
use crate::deadline::Arrival;
use crate::status;
use clap::builder::RangedU64ValueParser;
use enrich_core::Error;
use http::{Request, Response, Uri};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use tonic::{body::Body, service::Routes, transport::server::TcpIncoming};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::Service;

/// Frames of up to 64 KiB: a text of 1 MiB takes 16 of them, not 64.
const FRAME_BYTES_MAX: u32 = 64 << 10;
/// What the headers of one request may hold together.
const HEADER_BYTES_MAX: u32 = 16 << 10;
/// A peer that does not answer a ping for this long is gone.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the statuses of cut calls may take to be sent.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// How a process listens.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Server")]
pub struct ServerConfig {
    /// Address to listen on; port 0 picks a free one. 0.0.0.0 lets other machines in: nothing here asks who calls.
    #[arg(long, env = "ENRICH_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Longest wait for calls in flight at shutdown, in seconds; then they are cut.
    #[arg(
        long,
        env = "ENRICH_DRAIN_SECONDS_MAX",
        default_value_t = 20,
        value_parser = RangedU64ValueParser::<u64>::new().range(0..=3600)
    )]
    pub drain_seconds_max: u64,
    /// Time between the pings that keep a connection alive, in seconds.
    #[arg(
        long,
        env = "ENRICH_KEEPALIVE_SECONDS",
        default_value_t = 30,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=3600)
    )]
    pub keepalive_seconds: u64,
    /// Most calls of one connection at a time; further ones wait at the caller's end.
    #[arg(
        long,
        env = "ENRICH_CONNECTION_STREAMS_MAX",
        default_value_t = 1024,
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000_000)
    )]
    pub connection_streams_max: u32,
    /// Age at which a connection is asked to close once its calls are over, in seconds, so that callers spread over new
    /// processes; by default none.
    #[arg(
        long,
        env = "ENRICH_CONNECTION_AGE_SECONDS_MAX",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=86_400)
    )]
    pub connection_age_seconds_max: Option<u64>,
    /// Whether to serve grpc.health.v1.Health.
    #[arg(long, env = "ENRICH_HEALTH", value_enum, default_value_t = Switch::On)]
    pub health: Switch,
    /// Whether to serve reflection, v1 and v1alpha: what grpcurl lists services with.
    #[arg(long, env = "ENRICH_REFLECTION", value_enum, default_value_t = Switch::On)]
    pub reflection: Switch,
}

impl Default for ServerConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        ServerConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 50051)),
            drain_seconds_max: 20,
            keepalive_seconds: 30,
            connection_streams_max: 1024,
            connection_age_seconds_max: None,
            health: Switch::On,
            reflection: Switch::On,
        }
    }
}

/// Whether something is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Why a process could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listening socket could not be opened.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Reflection cannot be served: the descriptors built in are broken.
    #[error("cannot serve reflection: {0}; turn it off with --reflection off")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// What the services need could not be loaded.
    #[error("{0}")]
    Load(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An upstream's address is none.
    #[error("{uri} is no address of an upstream; one looks like http://host:50051")]
    Upstream {
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
}

/// A gRPC server that cannot be served before it is bound.
#[derive(Debug)]
pub struct Server<State> {
    config: ServerConfig,
    chassis: Chassis,
    names: &'static [&'static str],
    state: State,
}

impl Server<Unbound> {
    /// Describes a server; opens nothing. `names` are the full names of the services it will serve, such as
    /// [`enrich_proto::v1::language_service_server::SERVICE_NAME`]: what health knows and reflection lists.
    pub fn new(config: ServerConfig, chassis: &Chassis, names: &'static [&'static str]) -> Self {
        Server { config, chassis: chassis.clone(), names, state: Unbound }
    }

    /// Opens the listening socket.
    ///
    /// # Errors
    /// [`StartError::Listen`] if the address is taken or not this machine's.
    pub async fn bind(self) -> Result<Server<Bound>, StartError> {
        let address = self.config.listen;
        let open = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok(Bound { listener, address })
        };
        let state = open.await.map_err(|source| StartError::Listen { address, source })?;
        Ok(Server { config: self.config, chassis: self.chassis, names: self.names, state })
    }
}

impl Server<Bound> {
    /// The address that callers can reach.
    pub fn local_addr(&self) -> SocketAddr {
        self.state.address
    }

    /// Serves `routes` until `stop` resolves, then drains: health turns NOT_SERVING, nothing new is accepted, calls in
    /// flight may end for `drain_seconds_max`. Those that then remain end with `UNAVAILABLE`, and their number is logged.
    ///
    /// # Errors
    /// [`StartError::Reflection`], [`StartError::Serve`].
    pub async fn serve(self, routes: Routes, stop: impl Future<Output = ()>) -> Result<(), StartError> {
        self.serve_when(std::future::ready(Ok::<_, StartError>(routes)), stop).await
    }

    /// As [`Server::serve`], with routes that are still being made. Until `load` gives them, health says NOT_SERVING
    /// and calls end with `UNAVAILABLE`, reason LOADING. `load` must not block: heavy work goes on a thread.
    ///
    /// # Errors
    /// [`StartError::Load`] as soon as `load` fails; else as [`Server::serve`].
    pub async fn serve_when<E>(
        self,
        load: impl Future<Output = Result<Routes, E>>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), StartError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let health = Health::new(self.names).await;
        let door = Door { chassis: self.chassis.clone(), own: self.own(&health)?, late: Arc::default() };
        let late = Arc::clone(&door.late);
        let builder = self.transport();
        // `serve_with_incoming` does not set TCP_NODELAY itself; without it Nagle costs 1-2 ms a call.
        let incoming = TcpIncoming::from(self.state.listener).with_nodelay(Some(true));
        let draining = self.chassis.reached(Phase::Draining);
        let mut serving = pin!(builder.serve_with_incoming_shutdown(door, incoming, draining));
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
            .http2_max_header_list_size(HEADER_BYTES_MAX)
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
            let service = tonic_health::server::HealthService::from_health_reporter(health.reporter.clone());
            routes.add_service(tonic_health::pb::health_server::HealthServer::new(service));
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

/// What the server says of itself and of each service: the same, since they come and go together.
#[derive(Debug)]
struct Health {
    reporter: HealthReporter,
    names: &'static [&'static str],
}

impl Health {
    async fn new(names: &'static [&'static str]) -> Self {
        let health = Health { reporter: HealthReporter::new(), names };
        health.tell(ServingStatus::NotServing).await;
        health
    }

    async fn tell(&self, status: ServingStatus) {
        for name in self.names.iter().chain([&""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}

/// The first to see a request: sends it to the server's own services or to those that came later.
#[derive(Clone)]
struct Door {
    chassis: Chassis,
    own: Routes,
    late: Arc<OnceLock<Routes>>,
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

/// Resolves when the process is asked to stop: by SIGTERM or SIGINT. Never, where signals cannot be received.
pub async fn shutdown_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
