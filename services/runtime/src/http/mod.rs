//! The HTTP door: JSON, gRPC-Web, and what a browser is shown. It has no rules of its own: each call is made into the gRPC
//! call that it stands for, and goes through the door that gRPC calls go through.

mod answer;
mod ask;
mod assets;
mod config;
mod face;

pub use assets::Asset;
pub use config::{HttpConfig, HttpListen, Origin};

use crate::accept::{self, Entrance, Speaks};
use crate::server::{Door, ServerConfig, StartError, Switch};
use face::Face;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_io_timeout::TimeoutStream;
use tokio_stream::StreamExt;
use tower::Layer;

/// A peer that takes nothing of its answer for this long is gone.
const WRITE_MAX: Duration = Duration::from_secs(20);
/// The least that hyper can be told to keep of a request's head, in bytes.
const HEAD_BYTES_LEAST: usize = 8 << 10;
/// The port where nobody has named one.
const PORT: u16 = 8080;

/// The HTTP door of a process.
#[derive(Clone, Debug)]
pub struct Http {
    /// What the process was told.
    pub config: HttpConfig,
    /// Whether there is one where nobody has said.
    pub by_default: Switch,
    /// What a browser finds beside the calls.
    pub assets: &'static [Asset],
}

/// A bound HTTP door.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
    http: Http,
}

impl Http {
    /// Opens the port, if there is to be one, beside that of gRPC at `grpc`. Where it was not asked for and cannot be had, the
    /// process goes on without.
    pub(crate) async fn bind(self, grpc: SocketAddr) -> Result<Option<Bound>, StartError> {
        // Port 0 stands for any free one, here as there.
        let beside = SocketAddr::new(grpc.ip(), if grpc.port() == 0 { 0 } else { PORT });
        let (address, asked_for) = match (self.config.http_listen, self.by_default) {
            (Some(HttpListen::At(address)), _) => (address, true),
            (None, Switch::On) => (beside, false),
            (Some(HttpListen::Off), _) | (None, Switch::Off) => return Ok(None),
        };
        match accept::bind(address).await {
            Ok((listener, address)) => {
                tracing::info!(%address, "serving HTTP");
                Ok(Some(Bound { listener, address, http: self }))
            }
            Err(source) if asked_for => Err(StartError::Http { address, source }),
            Err(error) => {
                tracing::warn!(%address, %error, "no HTTP door: choose another address with --http-listen, or off");
                Ok(None)
            }
        }
    }
}

impl Bound {
    /// Prepares the door: what cannot be used is told before anything is served. The future serves until `draining`, then lets
    /// the calls in flight end; it ends with the last connection.
    pub(crate) fn serve(
        self,
        door: Door,
        config: &ServerConfig,
        draining: impl Future<Output = ()>,
    ) -> Result<impl Future<Output = ()>, StartError> {
        let handshake_max = Duration::from_secs(config.handshake_seconds_max);
        let entrance = Entrance {
            connections_max: config.connections_max,
            handshake_max,
            tls: config.tls.start(Speaks::Http1)?,
            speaks: Speaks::Http1,
        };
        let mut builder = http1::Builder::new();
        let head_bytes_max = usize::try_from(config.header_bytes_max).unwrap_or(usize::MAX).max(HEAD_BYTES_LEAST);
        builder.timer(TokioTimer::new()).header_read_timeout(handshake_max).max_buf_size(head_bytes_max);
        let face = tower::util::option_layer(self.http.config.cors()).layer(Face::new(door, self.http.assets)?);
        Ok(async move {
            let mut connections = accept::connections(self.listener, entrance);
            let graceful = GracefulShutdown::new();
            let mut draining = pin!(draining);
            loop {
                let connection = tokio::select! {
                    () = &mut draining => break,
                    connection = connections.next() => connection,
                };
                let Some(Ok(connection)) = connection else { break };
                let mut stream = TimeoutStream::new(connection);
                stream.set_write_timeout(Some(WRITE_MAX));
                let service = TowerToHyperService::new(face.clone());
                let serving = graceful.watch(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
                // An error is the peer's: it went away, was too slow, or did not speak HTTP.
                tokio::spawn(async move { drop(serving.await) });
            }
            drop(connections);
            graceful.shutdown().await;
        })
    }
}
