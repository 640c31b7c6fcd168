//! A bounded place for work that would hold up a thread that serves sockets.

use crate::metrics::Held;
use clap::builder::RangedU64ValueParser;
use enrich_core::Error;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tracing::Span;

/// Room for the jobs of every call that may be in flight, a job for each of its three parts: an admitted call should not
/// lose a part to a queue that is shorter than the door is wide.
const QUEUE_MAX: usize = 1024;

/// How much pure computation runs at a time.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Computation")]
pub struct ComputeConfig {
    /// Threads for computation; by default as many as there are cores.
    #[arg(
        long,
        env = "ENRICH_COMPUTE_THREADS",
        default_value_t = cores(),
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024)
    )]
    pub compute_threads: usize,
    /// Most jobs that wait for one of these threads; further ones are refused with RESOURCE_EXHAUSTED.
    #[arg(
        long,
        env = "ENRICH_COMPUTE_QUEUE_MAX",
        default_value_t = QUEUE_MAX,
        value_parser = RangedU64ValueParser::<usize>::new().range(0..=1_000_000)
    )]
    pub compute_queue_max: usize,
}

impl Default for ComputeConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        ComputeConfig { compute_threads: cores(), compute_queue_max: QUEUE_MAX }
    }
}

impl ComputeConfig {
    /// Makes the pool.
    pub fn build(&self) -> Compute {
        Compute::new(self.compute_threads, self.compute_queue_max)
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A bounded pool for computation of more than about 500 us. Shorter work costs less where it stands.
///
/// A clone is the same pool. The threads are Tokio's blocking ones: [`Compute::run`] must be called in a runtime.
#[derive(Clone, Debug)]
pub struct Compute {
    /// One for each job at work or waiting.
    places: Arc<Semaphore>,
    /// One for each job at work; handed out in the order of asking.
    threads: Arc<Semaphore>,
    queue_max: usize,
}

/// A job panicked. Its own words stay unsaid: they may quote the text.
#[derive(Debug, thiserror::Error)]
#[error("computation panicked")]
struct JobPanicked;

impl Compute {
    /// A pool that works on `threads` jobs at a time (at least one) and lets `queue_max` more wait.
    pub fn new(threads: usize, queue_max: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS / 2);
        let queue_max = queue_max.min(Semaphore::MAX_PERMITS / 2);
        Compute {
            places: Arc::new(Semaphore::new(threads + queue_max)),
            threads: Arc::new(Semaphore::new(threads)),
            queue_max,
        }
    }

    /// Runs `job` on a thread of the pool. If the caller drops the future, a job that has not begun never does; one
    /// that has begun runs to its end and keeps its thread until then.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once if the queue is full; [`Error::Inference`] if the job panics.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Error::Overloaded { resource: "queued jobs", limit: self.queue_max })?;
        self.on_thread(job, Some(place)).await
    }

    /// As [`Compute::run`], for the rest of work whose beginning was let in: it waits for a thread however many wait, since
    /// refusing it would throw away what is done. How much there can be of it is bounded by the calls in flight.
    ///
    /// # Errors
    /// [`Error::Inference`] if the job panics.
    pub async fn resume<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        self.on_thread(job, None).await
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<T, Error> {
        let waiting = Held::waiting_job();
        // Cannot fail: the semaphore is never closed.
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(|_| Error::ShuttingDown)?;
        drop(waiting);
        let span = Span::current();
        // Dropping the set takes a job that has not begun off the queue of Tokio's threads.
        let mut set = JoinSet::new();
        set.spawn_blocking(move || {
            let _held = (place, thread, Held::busy_thread());
            span.in_scope(job)
        });
        match set.join_next().await {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) if error.is_panic() => Err(Error::Inference(Box::new(JobPanicked))),
            Some(Err(_)) | None => Err(Error::ShuttingDown),
        }
    }
}
