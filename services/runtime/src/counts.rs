//! What a process counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the services of one process have counted since its start; [`Chassis::counts`](crate::Chassis::counts) has it.
#[derive(Debug, Default)]
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

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were counted.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
