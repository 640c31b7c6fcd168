use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Keeps calls away from a peer that fails them: after so many failures in a row the circuit is open for a while, then
/// one call at a time tries whether the peer is back.
#[derive(Debug)]
pub(crate) struct Breaker {
    failures_max: u32,
    open_for: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One call is trying.
    Trial,
}

impl Breaker {
    pub(crate) fn new(failures_max: u32, open_for: Duration) -> Breaker {
        Breaker { failures_max, open_for, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Whether a call may be made. If so, its end is told by [`Breaker::succeeded`], [`Breaker::failed`] or
    /// [`Breaker::abandoned`].
    pub(crate) fn allows(&self) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } if until <= Instant::now() => {
                *state = State::Trial;
                true
            }
            State::Open { .. } | State::Trial => false,
        }
    }

    /// The peer is there.
    pub(crate) fn succeeded(&self) {
        *self.lock() = State::Closed { failures: 0 };
    }

    /// The peer is not. Returns whether that opened the circuit.
    pub(crate) fn failed(&self) -> bool {
        let mut state = self.lock();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::Trial => self.failures_max,
            // A call from before the circuit opened.
            State::Open { .. } => return false,
        };
        let opens = failures >= self.failures_max;
        *state = if opens { State::Open { until: Instant::now() + self.open_for } } else { State::Closed { failures } };
        opens
    }

    /// The call ended without telling anything of the peer.
    pub(crate) fn abandoned(&self) {
        let mut state = self.lock();
        if matches!(*state, State::Trial) {
            *state = State::Open { until: Instant::now() };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const OPEN_FOR: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_the_circuit_and_one_call_tries_whether_the_peer_is_back() {
        let breaker = Breaker::new(3, OPEN_FOR);
        assert!(!breaker.failed() && !breaker.failed());
        breaker.succeeded();
        assert!(!breaker.failed() && !breaker.failed() && breaker.allows());
        assert!(breaker.failed() && !breaker.allows());
        advance(OPEN_FOR).await;
        assert!(breaker.allows() && !breaker.allows());
        assert!(breaker.failed() && !breaker.allows());
        advance(OPEN_FOR).await;
        assert!(breaker.allows());
        breaker.succeeded();
        assert!(breaker.allows() && breaker.allows());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_was_abandoned_is_followed_by_another() {
        let breaker = Breaker::new(1, OPEN_FOR);
        assert!(breaker.failed());
        advance(OPEN_FOR).await;
        assert!(breaker.allows());
        breaker.abandoned();
        assert!(breaker.allows());
    }
}
