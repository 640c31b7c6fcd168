//! How much work a process takes on at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes of UTF-8 that make a token of the shipped vocabulary: 5.4 over news passages in fifteen languages.
const TOKEN_BYTES: usize = 5;
/// A call counts for at most this many tokens in the wait of others: long texts are worked on beside short ones, not before
/// them.
const CALL_TOKENS_MAX: usize = 4096;
/// The share of its time that a call may be expected to take, so that the estimate may be wrong by the rest.
const DEADLINE_SHARE: f64 = 0.75;
/// After this time, what was learned of the speed counts for half as much as what is learned now.
const HALF_LIFE: Duration = Duration::from_secs(5);

/// About how many tokens a text of `bytes` bytes has.
pub fn estimated_tokens(bytes: usize) -> usize {
    bytes / TOKEN_BYTES + 1
}

/// Counts the tokens of the calls at work, and learns from each how fast they are worked off.
///
/// A call that finds W tokens at work, its own among them, and is answered after t has seen them worked off at W / t.
/// The speed is the mean of that over the calls of late, by their tokens.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Tokens of the calls at work.
    tokens: usize,
    /// The same, of each call at most [`CALL_TOKENS_MAX`].
    queued: usize,
    /// Over the calls of late, the sum of tokens times tokens found at work.
    seen: f64,
    /// And that of tokens times seconds taken: `seen / taken` is the speed in tokens a second.
    taken: f64,
    learned_at: Option<Instant>,
}

/// Why a call is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The tokens of the calls at work are as many as there may be.
    Tokens,
    /// The answer would come after this time, and should not come later than `within`.
    Time {
        /// The longest acceptable.
        within: Duration,
        /// The expected.
        expected: Duration,
    },
}

/// What a process lets in at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) tokens_max: usize,
    pub(crate) time_max: Duration,
}

impl Admission {
    /// Lets `tokens` in, or says why not. Where nothing is at work, everything is let in.
    pub(crate) fn admit(
        self: &Arc<Self>,
        tokens: usize,
        deadline: Option<Instant>,
        bounds: Bounds,
    ) -> Result<Ticket, Refusal> {
        let now = Instant::now();
        let queued = tokens.min(CALL_TOKENS_MAX);
        let mut state = self.lock();
        if state.tokens > 0 {
            if state.tokens.saturating_add(tokens) > bounds.tokens_max {
                return Err(Refusal::Tokens);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now).mul_f64(DEADLINE_SHARE));
            let within = left.map_or(bounds.time_max, |left| left.min(bounds.time_max));
            let expected = state.time_for(state.queued + queued);
            if expected > within {
                return Err(Refusal::Time { within, expected });
            }
        }
        state.tokens = state.tokens.saturating_add(tokens);
        state.queued += queued;
        let found = state.queued;
        drop(state);
        Ok(Ticket { admission: Arc::clone(self), tokens, queued, found, begun: now })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How long `tokens` take at the speed learned; no time where nothing was learned.
    fn time_for(&self, tokens: usize) -> Duration {
        let seconds = if self.seen > 0.0 { count(tokens) * self.taken / self.seen } else { 0.0 };
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn learn(&mut self, tokens: usize, found: usize, taken: Duration, now: Instant) {
        let age = self.learned_at.map_or(Duration::MAX, |then| now.saturating_duration_since(then));
        let kept = 0.5_f64.powf(age.as_secs_f64() / HALF_LIFE.as_secs_f64());
        self.seen = self.seen * kept + count(tokens) * count(found);
        self.taken = self.taken * kept + count(tokens) * taken.as_secs_f64();
        self.learned_at = Some(now);
    }
}

#[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
fn count(tokens: usize) -> f64 {
    tokens as f64
}

/// The place of a call's tokens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    admission: Arc<Admission>,
    tokens: usize,
    queued: usize,
    /// Tokens at work when the call was let in, its own among them.
    found: usize,
    begun: Instant,
}

impl Ticket {
    /// Learns from the call, which was worked on to its end. Dropped without it, a ticket teaches nothing: its call may
    /// have been refused further on, or given up.
    pub(crate) fn worked_off(self) {
        let now = Instant::now();
        self.admission.lock().learn(self.queued, self.found, now.saturating_duration_since(self.begun), now);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.admission.lock();
        state.tokens = state.tokens.saturating_sub(self.tokens);
        state.queued = state.queued.saturating_sub(self.queued);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, sleep};

    const BOUNDS: Bounds = Bounds { tokens_max: 100_000, time_max: Duration::from_secs(2) };

    fn admission() -> Arc<Admission> {
        Arc::default()
    }

    fn admit(admission: &Arc<Admission>, tokens: usize) -> Result<Ticket, Refusal> {
        admission.admit(tokens, None, BOUNDS)
    }

    /// Lets the admission see a call of 1,000 tokens that takes a second.
    async fn teach(admission: &Arc<Admission>) {
        let ticket = admit(admission, 1000).unwrap();
        advance(Duration::from_secs(1)).await;
        ticket.worked_off();
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_expected_in_time_is_refused() {
        let admission = admission();
        teach(&admission).await;
        let _held = [admit(&admission, 1000).unwrap(), admit(&admission, 500).unwrap()];
        let (within, expected) = (BOUNDS.time_max, Duration::from_millis(2100));
        assert_eq!(admit(&admission, 600).unwrap_err(), Refusal::Time { within, expected });
        admit(&admission, 500).unwrap();
        let deadline = Some(Instant::now() + Duration::from_secs(2));
        let refusal = admission.admit(400, deadline, BOUNDS).unwrap_err();
        let (within, expected) = (Duration::from_millis(1500), Duration::from_millis(1900));
        assert_eq!(refusal, Refusal::Time { within, expected });
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_process_takes_whatever_comes_and_a_busy_one_no_more_than_its_tokens() {
        let admission = admission();
        teach(&admission).await;
        let held = admit(&admission, 5 * BOUNDS.tokens_max).unwrap();
        assert_eq!(admit(&admission, 1).unwrap_err(), Refusal::Tokens);
        drop(held);
        admit(&admission, 1).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_text_does_not_keep_short_ones_out() {
        let admission = admission();
        for _ in 0..4 {
            let ticket = admit(&admission, CALL_TOKENS_MAX).unwrap();
            advance(Duration::from_secs(1)).await;
            ticket.worked_off();
        }
        let _long = admit(&admission, 90_000).unwrap();
        admit(&admission, 100).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_speed_is_that_of_the_calls_side_by_side() {
        let admission = admission();
        let calls: Vec<Ticket> = (0..10).map(|_| admit(&admission, 100).unwrap()).collect();
        sleep(Duration::from_secs(1)).await;
        calls.into_iter().for_each(Ticket::worked_off);
        // The first found 100 tokens at work and the last 1,000.
        assert_eq!(admission.lock().time_for(550), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_learned_long_ago_yields_to_what_is_learned_now() {
        let admission = admission();
        teach(&admission).await;
        advance(HALF_LIFE * 20).await;
        let ticket = admit(&admission, 1000).unwrap();
        advance(Duration::from_millis(100)).await;
        ticket.worked_off();
        assert!(admission.lock().time_for(1000) < Duration::from_millis(101));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_was_given_up_teaches_nothing_and_leaves_nothing() {
        let admission = admission();
        drop(admit(&admission, 1000).unwrap());
        let state = admission.lock();
        assert_eq!((state.tokens, state.queued, state.time_for(1000)), (0, 0, Duration::ZERO));
    }
}
