//! Connections, from their arrival to their first request: who may have one, and for how long they may take to say so.

use crate::metrics::{self, Held};
use crate::reload::Reloaded;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// What every HTTP/2 connection begins with.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Connections that are ready and wait for the server to take them.
const READY_MAX: usize = 64;
/// How long a failed accept is waited out: it fails again at once where files run out.
pub(crate) const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// The protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// HTTP/1.1. That it is spoken shows with the first request, for which the server has a limit of its own.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Speaks {
    /// Its name within TLS.
    pub(crate) fn alpn(self) -> &'static [u8] {
        match self {
            Speaks::Http1 => b"http/1.1",
            Speaks::Http2 => b"h2",
        }
    }
}

/// What a connection must keep to before its first request.
#[derive(Debug)]
pub(crate) struct Entrance {
    /// Most connections at a time.
    pub(crate) connections_max: usize,
    /// Longest time from its arrival to the end of its handshakes.
    pub(crate) handshake_max: Duration,
    /// Present where every connection is TLS.
    pub(crate) tls: Option<Reloaded<ServerConfig>>,
    /// What it is to speak.
    pub(crate) speaks: Speaks,
}

/// Opens a port, and tells its address: port 0 stands for any free one.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The connections that have said, in time, that they speak HTTP/2, if they are to, and, where it is asked for, TLS. Others
/// are closed and counted. Accepts until the stream is dropped.
pub(crate) fn connections(listener: TcpListener, entrance: Entrance) -> ReceiverStream<io::Result<Connection>> {
    let (ready, taken) = mpsc::channel(READY_MAX);
    tokio::spawn(accept(listener, entrance, ready));
    ReceiverStream::new(taken)
}

async fn accept(listener: TcpListener, entrance: Entrance, ready: mpsc::Sender<io::Result<Connection>>) {
    let places = Arc::new(Semaphore::new(entrance.connections_max));
    loop {
        let accepted = tokio::select! {
            () = ready.closed() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            metrics::connection_refused("accept_failed");
            sleep(ACCEPT_RETRY).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // Closed at once: a caller learns more from that than from a connection that does not answer.
            metrics::connection_refused("too_many");
            continue;
        };
        let (ready, handshake_max, speaks) = (ready.clone(), entrance.handshake_max, entrance.speaks);
        let tls = entrance.tls.as_ref().map(Reloaded::get);
        tokio::spawn(async move {
            let shaken = tokio::select! {
                () = ready.closed() => return,
                shaken = timeout(handshake_max, shake(stream, tls, speaks, place)) => shaken,
            };
            match shaken {
                // An error means that the server has stopped.
                Ok(Ok(connection)) => drop(ready.send(Ok(connection)).await),
                Ok(Err(cause)) => refuse(peer, cause),
                Err(_) => refuse(peer, "handshake_timeout"),
            }
        });
    }
}

fn refuse(peer: SocketAddr, cause: &'static str) {
    metrics::connection_refused(cause);
    tracing::debug!(%peer, cause, "connection refused");
}

async fn shake(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    speaks: Speaks,
    place: OwnedSemaphorePermit,
) -> Result<Connection, &'static str> {
    // Without it Nagle costs 1-2 ms a call.
    let _ = stream.set_nodelay(true);
    let info = stream.connect_info();
    let mut io: Pin<Box<dyn Io>> = match tls {
        Some(config) => Box::pin(TlsAcceptor::from(config).accept(stream).await.map_err(|_| "tls")?),
        None => Box::pin(stream),
    };
    let unread: &'static [u8] = match speaks {
        Speaks::Http1 => &[],
        Speaks::Http2 => {
            let mut preface = [0; PREFACE.len()];
            io.read_exact(&mut preface).await.map_err(|_| "no_http2")?;
            if preface != *PREFACE {
                return Err("no_http2");
            }
            PREFACE
        }
    };
    Ok(Connection { io, unread, info, _place: place, _held: Held::connection() })
}

trait Io: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// An accepted connection, and its place among those that may be.
pub(crate) struct Connection {
    io: Pin<Box<dyn Io>>,
    /// What of the preface the server has yet to read.
    unread: &'static [u8],
    info: TcpConnectInfo,
    _place: OwnedSemaphorePermit,
    _held: Held,
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.info.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            return self.io.as_mut().poll_read(cx, buffer);
        }
        let (now, later) = self.unread.split_at(self.unread.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.unread = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
