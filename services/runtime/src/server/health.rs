//! What the server says of itself: at its own port, and for probes that speak no TLS at one that serves nothing else.

use super::StartError;
use crate::accept::{self, Entrance, Speaks};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

/// Most connections to the port for health alone; further ones are closed at once.
const CONNECTIONS_MAX: usize = 64;
/// Longest time that such a connection may take to say that it speaks HTTP/2.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// Most calls of such a connection at a time: a watch of each service, and a check.
const STREAMS_MAX: u32 = 8;

/// What the server says of itself and of each service: the same, since they come and go together.
#[derive(Debug)]
pub(super) struct Health {
    reporter: HealthReporter,
    names: &'static [&'static str],
}

impl Health {
    pub(super) async fn new(names: &'static [&'static str]) -> Self {
        let health = Health { reporter: HealthReporter::new(), names };
        health.tell(ServingStatus::NotServing).await;
        health
    }

    pub(super) async fn tell(&self, status: ServingStatus) {
        for name in self.names.iter().chain([&""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }

    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    /// Serves health without TLS on `listener`, until dropped.
    pub(super) fn serve_alone(&self, listener: TcpListener) -> impl Future<Output = ()> + Send + 'static {
        let service = self.service();
        async move {
            let entrance = Entrance {
                connections_max: CONNECTIONS_MAX,
                handshake_max: HANDSHAKE_MAX,
                tls: None,
                speaks: Speaks::Http2,
            };
            let mut builder = tonic::transport::Server::builder().max_concurrent_streams(STREAMS_MAX);
            let incoming = accept::connections(listener, entrance);
            if let Err(error) = builder.add_service(service).serve_with_incoming(incoming).await {
                tracing::error!("health is no longer served at its own port: {error}");
            }
        }
    }
}

/// Opens the port for health alone.
///
/// # Errors
/// [`StartError::Health`] if the address is taken or not this machine's.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bound = accept::bind(address).await;
    let (listener, address) = bound.map_err(|source| StartError::Health { address, source })?;
    tracing::info!(%address, "serving health");
    Ok(listener)
}
