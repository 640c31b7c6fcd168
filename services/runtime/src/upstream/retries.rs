use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
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

/// Repeats calls to one upstream that ended with `UNAVAILABLE`, and hedges those that are slow, within one budget: an
/// upstream that is away or overloaded is not asked several times by every caller. To be used for calls that may be
/// repeated. A clone shares the budget.
#[derive(Clone)]
pub struct Retries {
    attempts_max: u32,
    /// After this time without an answer the call is made a second time.
    hedge_after: Option<Duration>,
    backoff: Option<ExponentialBackoffMaker>,
    budget: Arc<TpsBudget>,
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries").field("attempts_max", &self.attempts_max).finish_non_exhaustive()
    }
}

impl Retries {
    /// Makes at most `attempts_max` attempts, the first among them; each is two calls where the first of them has no answer
    /// after `hedge_after`.
    pub fn new(attempts_max: u32, hedge_after: Option<Duration>) -> Retries {
        Retries {
            attempts_max,
            hedge_after,
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
            let result = self.attempt(&call).await;
            let Some(backoff) = backoff.as_mut().filter(|_| away(&result) && attempts < self.attempts_max) else {
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

    /// One call; and another beside it where the first takes long and the budget allows. The first answer counts, and drops
    /// the other call.
    async fn attempt<T, F>(&self, call: &impl Fn() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let mut first = pin!(call());
        let Some(pause) = self.hedge_after else { return first.await };
        if let Ok(result) = timeout(pause, first.as_mut()).await {
            return result;
        }
        if !self.budget.withdraw() {
            return first.await;
        }
        let mut second = pin!(call());
        tokio::select! {
            result = first.as_mut() => if away(&result) { second.await } else { result },
            result = second.as_mut() => if away(&result) { first.await } else { result },
        }
    }
}

fn away<T>(result: &Result<T, Status>) -> bool {
    matches!(result, Err(status) if status.code() == Code::Unavailable)
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
        let retries = Retries::new(3, None);
        assert_eq!(run(&retries, None, 2, Code::Unavailable).await, (None, 3));
        assert_eq!(run(&retries, None, 3, Code::Unavailable).await, (Some(Code::Unavailable), 3));
        for code in [Code::ResourceExhausted, Code::DeadlineExceeded, Code::Internal] {
            assert_eq!(run(&retries, None, 1, code).await, (Some(code), 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_that_would_come_too_late_is_not_made() {
        let deadline = Some(Instant::now() + Duration::from_millis(20));
        let ended = run(&Retries::new(3, None), deadline, 1, Code::Unavailable).await;
        assert_eq!(ended, (Some(Code::Unavailable), 1));
    }

    /// Calls a service whose answers take, call by call, `seconds`; returns the number of the call that answered, and how
    /// long that took.
    async fn race(retries: &Retries, seconds: &[u64]) -> (Result<usize, Code>, u64) {
        let (begun, calls) = (Instant::now(), AtomicU32::new(0));
        let call = || async {
            let number = calls.fetch_add(1, Ordering::SeqCst) as usize;
            tokio::time::sleep(Duration::from_secs(seconds[number])).await;
            if seconds[number] == AWAY { Err(Status::unavailable("")) } else { Ok(number) }
        };
        let result = retries.run(None, call).await;
        (result.map_err(|status| status.code()), begun.elapsed().as_secs())
    }

    /// A call that takes this long ends with `UNAVAILABLE`.
    const AWAY: u64 = 3;

    #[tokio::test(start_paused = true)]
    async fn a_slow_call_is_made_once_more_and_the_first_answer_counts() {
        let retries = || Retries::new(1, Some(Duration::from_secs(2)));
        assert_eq!(race(&retries(), &[1]).await, (Ok(0), 1));
        assert_eq!(race(&retries(), &[60, 5]).await, (Ok(1), 7));
        assert_eq!(race(&retries(), &[8, 60]).await, (Ok(0), 8));
        assert_eq!(race(&Retries::new(1, None), &[60]).await, (Ok(0), 60));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_calls_the_one_that_is_there_answers() {
        let retries = || Retries::new(1, Some(Duration::from_secs(2)));
        assert_eq!(race(&retries(), &[AWAY, 9]).await, (Ok(1), 11));
        assert_eq!(race(&retries(), &[9, AWAY]).await, (Ok(0), 9));
        assert_eq!(race(&retries(), &[AWAY, AWAY]).await, (Err(Code::Unavailable), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_bounds_the_hedges_too() {
        let retries = Retries::new(1, Some(Duration::from_millis(1)));
        let calls = AtomicU32::new(0);
        let slow = || async {
            calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            Ok(())
        };
        for _ in 0..1000 {
            retries.run(None, slow).await.unwrap();
        }
        let made = calls.load(Ordering::SeqCst);
        assert!((1100..1500).contains(&made), "{made}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_budget_bounds_the_retries_of_all_calls() {
        let retries = Retries::new(2, None);
        let mut attempts = 0;
        for _ in 0..1000 {
            attempts += run(&retries, None, 2, Code::Unavailable).await.1;
        }
        // A tenth of the calls, and what is free in the time that the pauses took.
        assert!((1100..1500).contains(&attempts), "{attempts}");
    }
}
