use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::{Code, Status};
use tower::retry::{
    backoff::{Backoff, ExponentialBackoffMaker, MakeBackoff},
    budget::{Budget, TpsBudget},
};
use tower::util::rng::HasherRng;

/// Bounds of the wait before a retry; each is drawn anew between one and two times its base, which doubles.
const BACKOFF_MIN: Duration = Duration::from_millis(25);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// Over this time, calls earn a tenth of their number in retries, and `BUDGET_MIN` a second are had for nothing.
const BUDGET_TTL: Duration = Duration::from_secs(10);
const BUDGET_SHARE: f32 = 0.1;
const BUDGET_MIN: u32 = 5;

/// Repeats calls to one upstream that ended with `UNAVAILABLE`, within a budget: an upstream that is away is not asked
/// several times by every caller. To be used for calls that may be repeated. A clone shares the budget.
#[derive(Clone)]
pub struct Retries {
    attempts_max: u32,
    backoff: Option<ExponentialBackoffMaker>,
    budget: Arc<TpsBudget>,
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries").field("attempts_max", &self.attempts_max).finish_non_exhaustive()
    }
}

impl Retries {
    /// Makes at most `attempts_max` attempts, the first among them.
    pub fn new(attempts_max: u32) -> Retries {
        Retries {
            attempts_max,
            // Cannot fail for these bounds.
            backoff: ExponentialBackoffMaker::new(BACKOFF_MIN, BACKOFF_MAX, 1.0, HasherRng::default()).ok(),
            budget: Arc::new(TpsBudget::new(BUDGET_TTL, BUDGET_MIN, BUDGET_SHARE)),
        }
    }

    /// Runs `call`, and again while it ends with `UNAVAILABLE`, as often and as long as there are attempts, budget and time.
    ///
    /// # Errors
    /// As the last run's.
    pub async fn run<T, F>(&self, deadline: Option<Instant>, call: impl Fn() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        self.budget.deposit();
        let mut backoff = self.backoff.clone().map(|mut maker| maker.make_backoff());
        let mut attempts = 1;
        loop {
            let result = call().await;
            let away = matches!(&result, Err(status) if status.code() == Code::Unavailable);
            let Some(backoff) = backoff.as_mut().filter(|_| away && attempts < self.attempts_max) else {
                return result;
            };
            let pause = backoff.next_backoff();
            if deadline.is_some_and(|deadline| pause.deadline() >= deadline) || !self.budget.withdraw() {
                return result;
            }
            pause.await;
            attempts += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Runs a call whose first `failures` attempts end with `code`; returns how it ended, after how many attempts.
    async fn run(retries: &Retries, deadline: Option<Instant>, failures: u32, code: Code) -> (Option<Code>, u32) {
        let attempts = AtomicU32::new(0);
        let call = || async {
            let failed = attempts.fetch_add(1, Ordering::SeqCst) < failures;
            if failed { Err(Status::new(code, "")) } else { Ok(()) }
        };
        let result = retries.run(deadline, call).await;
        (result.err().map(|status| status.code()), attempts.load(Ordering::SeqCst))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_unavailable_is_tried_again_and_nothing_else_is() {
        let retries = Retries::new(3);
        assert_eq!(run(&retries, None, 2, Code::Unavailable).await, (None, 3));
        assert_eq!(run(&retries, None, 3, Code::Unavailable).await, (Some(Code::Unavailable), 3));
        for code in [Code::ResourceExhausted, Code::DeadlineExceeded, Code::Internal] {
            assert_eq!(run(&retries, None, 1, code).await, (Some(code), 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_that_would_come_too_late_is_not_made() {
        let deadline = Some(Instant::now() + Duration::from_millis(20));
        let ended = run(&Retries::new(3), deadline, 1, Code::Unavailable).await;
        assert_eq!(ended, (Some(Code::Unavailable), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_bounds_the_retries_of_all_calls() {
        let retries = Retries::new(2);
        let mut attempts = 0;
        for _ in 0..1000 {
            attempts += run(&retries, None, 2, Code::Unavailable).await.1;
        }
        // A tenth of the calls, and what is free in the time that the pauses took.
        assert!((1100..1500).contains(&attempts), "{attempts}");
    }
}
