use crate::StartError;
use crate::accept::{self, ACCEPT_RETRY};
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// Most scrapers at a time; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 16;
/// Longest time of one scrape, from the connection to the last byte.
const SCRAPE_MAX: Duration = Duration::from_secs(10);
/// Largest head of a request, in bytes; hyper takes no less.
const HEAD_BYTES_MAX: usize = 8 << 10;
/// How often what was measured is folded into the buckets where nobody scrapes: until then it takes memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// A bound port for metrics.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    handle: &'static PrometheusHandle,
}

/// Opens the port at `address`.
///
/// # Errors
/// [`StartError::Metrics`] if the address cannot be had.
pub(crate) async fn listen(address: SocketAddr, handle: &'static PrometheusHandle) -> Result<Listener, StartError> {
    let bound = accept::bind(address).await;
    let (listener, address) = bound.map_err(|source| StartError::Metrics { address, source })?;
    tracing::info!(%address, "serving metrics");
    Ok(Listener { listener, handle })
}

impl Listener {
    /// Serves until dropped.
    pub(crate) async fn serve(self) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let process = metrics_process::Collector::default();
        let mut upkeep = interval(UPKEEP);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let accepted = tokio::select! {
                _ = upkeep.tick() => {
                    self.handle.run_upkeep();
                    continue;
                }
                accepted = accept(&self.listener, &places) => accepted,
            };
            let Some((stream, place)) = accepted else {
                sleep(ACCEPT_RETRY).await;
                continue;
            };
            let (handle, process) = (self.handle, process.clone());
            tokio::spawn(async move {
                let _held = place;
                // Who is slow, or sends no request, is cut off.
                let _ = timeout(SCRAPE_MAX, scrape(stream, handle, process)).await;
            });
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, place))
}

async fn scrape(stream: TcpStream, handle: &'static PrometheusHandle, process: metrics_process::Collector) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let response = respond(&request, || {
            process.collect();
            handle.render()
        });
        async { Ok::<_, Infallible>(response) }
    });
    // An error is the scraper's: it went away, or did not speak HTTP.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

fn respond(request: &Request<Incoming>, render: impl FnOnce() -> String) -> Response<Full<bytes::Bytes>> {
    let (status, text) = match (request.uri().path(), request.method()) {
        ("/metrics", &Method::GET) => (StatusCode::OK, render()),
        ("/metrics", _) => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
        _ => (StatusCode::NOT_FOUND, "metrics are at /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn ask(address: SocketAddr, head: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{head} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn metrics_are_read_at_one_path_and_by_one_method() {
        let handle = super::super::install().unwrap();
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), handle).await.unwrap();
        let address = listener.listener.local_addr().unwrap();
        let taken = listen(address, handle).await.unwrap_err();
        assert!(taken.to_string().starts_with(&format!("cannot serve metrics on {address}")), "{taken}");
        tokio::spawn(listener.serve());

        let found = ask(address, "GET /metrics").await;
        assert!(found.starts_with("HTTP/1.1 200 OK\r\n"), "{found}");
        for part in ["content-type: text/plain; version=0.0.4", "\nenrich_build_info{version=", "\nprocess_open_fds "] {
            assert!(found.contains(part), "no {part} in {found}");
        }
        assert!(ask(address, "GET /").await.starts_with("HTTP/1.1 404 "));
        assert!(ask(address, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
    }

    #[tokio::test]
    async fn a_head_over_the_limit_is_refused() {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), super::super::install().unwrap()).await.unwrap();
        let address = listener.listener.local_addr().unwrap();
        tokio::spawn(listener.serve());
        let long = format!("GET /metrics?{}", "a".repeat(2 * HEAD_BYTES_MAX));
        let answer = ask(address, &long).await;
        assert!(answer.starts_with("HTTP/1.1 414 ") || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}
