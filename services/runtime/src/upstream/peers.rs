use crate::status;
use crate::upstream::{Target, peer::Attempt, peer::Peer};
use http::{Request, Response};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tonic::{Code, Status, body::Body};
use tower::Service;

/// Least time between two looks at the addresses.
const RESOLVE_GAP: Duration = Duration::from_secs(1);
/// How long a first look may take.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Finds the addresses behind a name.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`, with `port`.
    fn resolve(&self, host: &str, port: u16) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
}

/// The resolver of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
        let host = host.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// The peers behind one name, which calls take in turns; a clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    /// `None` until the name was looked up for the first time.
    known: watch::Receiver<Option<Arc<[Arc<Peer>]>>>,
    turn: Arc<AtomicUsize>,
    look: Arc<Notify>,
    _resolver: Arc<JoinSet<()>>,
}

impl Peers {
    /// Begins to look up the name of `target`.
    pub(crate) fn new(target: Target, resolver: Arc<dyn Resolve>) -> Peers {
        let (tell, known) = watch::channel(None);
        let look = Arc::new(Notify::new());
        let mut task = JoinSet::new();
        let wanted = Arc::clone(&look);
        task.spawn(async move {
            loop {
                let found = timeout(RESOLVE_TIMEOUT, resolver.resolve(&target.host, target.port)).await;
                let found = found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                tell.send_modify(|peers| settle(peers, found, &target));
                sleep(RESOLVE_GAP).await;
                let pause = Duration::from_secs(target.config.upstream_resolve_seconds).saturating_sub(RESOLVE_GAP);
                // Either is a reason to look again.
                let _ = timeout(pause, wanted.notified()).await;
            }
        });
        Peers { known, turn: Arc::default(), look, _resolver: Arc::new(task) }
    }

    /// The next peer in turn that serves and whose circuit is closed; where none says that it serves, one that may.
    async fn next(&mut self) -> Result<Attempt, Status> {
        let peers = match self.known.wait_for(Option::is_some).await {
            Ok(known) => known.clone().unwrap_or_default(),
            Err(_) => Arc::default(),
        };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = || (0..peers.len()).map(|n| &peers[turn.wrapping_add(n) % peers.len()]);
        let found = in_turn().filter(|peer| peer.is_serving()).find_map(Peer::attempt);
        found.or_else(|| in_turn().find_map(Peer::attempt)).ok_or_else(|| {
            self.look.notify_one();
            status::nobody(peers.len())
        })
    }
}

/// Takes the addresses found for the peers; those known before stay as they are, and all do if none was found.
fn settle(peers: &mut Option<Arc<[Arc<Peer>]>>, found: io::Result<Vec<SocketAddr>>, target: &Target) {
    let before = peers.take().unwrap_or_default();
    let mut addresses = found.unwrap_or_else(|error| {
        tracing::warn!(uri = %target.uri, %error, "an upstream's name cannot be looked up");
        Vec::new()
    });
    addresses.sort_unstable();
    addresses.dedup();
    let known = |address| before.iter().find(|peer| peer.address == address).map(Arc::clone);
    let now: Arc<[Arc<Peer>]> = addresses
        .into_iter()
        .filter_map(|address| known(address).or_else(|| Peer::new(address, target).map(Arc::new)))
        .collect();
    *peers = Some(if now.is_empty() { before } else { now });
}

impl Service<Request<Body>> for Peers {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut peers = self.clone();
        Box::pin(async move {
            let result = peers.next().await?.call(request).await;
            if result.as_ref().is_err_and(|status| status.code() == Code::Unavailable) {
                peers.look.notify_one();
            }
            result
        })
    }
}
