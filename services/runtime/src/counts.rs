//! What a process counts, for its own services and as metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the services of one process have counted since its start; [`Chassis::counts`](crate::Chassis::counts) has it.
#[derive(Debug)]
pub struct Counts {
    /// Parts of answers that were taken from the cache.
    pub cache_hits: Counter,
    /// Parts that were looked for in the cache and not found; those of private texts are not looked for.
    pub cache_misses: Counter,
    /// Parts that were taken from work under way for another caller.
    pub work_shared: Counter,
    /// Calls refused because as many were in flight as may be.
    pub refused_calls: Counter,
    /// Calls refused because as many tokens were at work as may be, or because their answer was not expected in time.
    pub refused_work: Counter,
}

impl Default for Counts {
    fn default() -> Self {
        Counts {
            cache_hits: Counter::new("enrich_cache_hits_total"),
            cache_misses: Counter::new("enrich_cache_misses_total"),
            work_shared: Counter::new("enrich_work_shared_total"),
            refused_calls: Counter::new("enrich_calls_refused_total"),
            refused_work: Counter::new("enrich_work_refused_total"),
        }
    }
}

/// A number that only grows.
#[derive(Debug)]
pub struct Counter {
    metric: &'static str,
    total: AtomicU64,
}

impl Counter {
    fn new(metric: &'static str) -> Self {
        Counter { metric, total: AtomicU64::new(0) }
    }

    /// Counts one more.
    pub fn add(&self) {
        metrics::counter!(self.metric).increment(1);
        self.total.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were counted.
    pub fn get(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}
