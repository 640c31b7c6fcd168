use crate::{Door, Report};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tonic::Status;

/// Calls that may be under way at a time; those due beyond it are counted as held back, not made.
const UNDER_WAY_MAX: usize = 20_000;

/// What is sent, and for how long.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where to.
    pub door: Door,
    /// The texts, sent in turn; at least one.
    pub texts: Arc<[String]>,
    /// How long new calls are made.
    pub duration: Duration,
}

impl Load {
    async fn call(&self, number: usize) -> Result<(), Status> {
        self.door.call(number, self.texts[number % self.texts.len()].clone()).await
    }
}

/// Lets `callers` callers ask one after the other, each as soon as it has its answer.
pub async fn closed(load: &Load, callers: usize) -> Report {
    let begun = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let mut work = JoinSet::new();
    for _ in 0..callers {
        let (load, next) = (load.clone(), Arc::clone(&next));
        work.spawn(async move {
            let mut outcomes = Vec::new();
            while begun.elapsed() < load.duration {
                let asked = Instant::now();
                let outcome = load.call(next.fetch_add(1, Ordering::Relaxed)).await;
                outcomes.push((outcome, asked.elapsed()));
            }
            outcomes
        });
    }
    let mut report = Report::default();
    for (outcome, latency) in work.join_all().await.into_iter().flatten() {
        report.add(&outcome, latency, load.door.deadline());
    }
    report.close(begun.elapsed());
    report
}

/// Makes `rate` calls a second, evenly spaced, whatever comes back.
pub async fn open(load: &Load, rate: f64) -> Report {
    let begun = Instant::now();
    let gap = Duration::from_secs_f64(1.0 / rate.max(1e-3));
    let mut report = Report::default();
    let mut work: JoinSet<(Result<(), Status>, Duration)> = JoinSet::new();
    let mut due = begun;
    for number in 0.. {
        if due.duration_since(begun) >= load.duration {
            break;
        }
        sleep_until(due).await;
        while let Some(Ok((outcome, latency))) = work.try_join_next() {
            report.add(&outcome, latency, load.door.deadline());
        }
        if work.len() < UNDER_WAY_MAX {
            let load = load.clone();
            work.spawn(async move { (load.call(number).await, due.elapsed()) });
        } else {
            report.held_back += 1;
        }
        due += gap;
    }
    for (outcome, latency) in work.join_all().await {
        report.add(&outcome, latency, load.door.deadline());
    }
    report.close(begun.elapsed());
    report
}
