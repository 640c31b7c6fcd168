use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How much may be used: so much a second on average, and so much at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) tokens_per_second: u64,
    pub(crate) burst_tokens: u64,
}

/// What a tenant has left. Outlives the file that says its rate.
#[derive(Debug, Default)]
pub(crate) struct Bucket(Mutex<Option<Level>>);

#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// Takes `tokens` out if anything is left, be it less than that: a text longer than the burst must be possible, and what it
    /// takes too much is waited for by those behind it.
    ///
    /// # Errors
    /// How long it takes until something is left.
    pub(crate) fn charge(&self, tokens: u64, rate: Rate, now: Instant) -> Result<(), Duration> {
        let (per_second, burst) = (float(rate.tokens_per_second), float(rate.burst_tokens));
        let mut level = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = level.unwrap_or(Level { tokens: burst, at: now });
        let refilled = before.tokens + now.saturating_duration_since(before.at).as_secs_f64() * per_second;
        let left = refilled.min(burst);
        if left < 1.0 {
            *level = Some(Level { tokens: left, at: now });
            return Err(Duration::try_from_secs_f64((1.0 - left) / per_second).unwrap_or(Duration::MAX));
        }
        *level = Some(Level { tokens: left - float(tokens), at: now });
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "quotas stay far below 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { tokens_per_second: 10, burst_tokens: 20 };

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let (bucket, begun) = (Bucket::default(), Instant::now());
        let at = |ms| begun + Duration::from_millis(ms);
        assert_eq!(bucket.charge(15, RATE, at(0)), Ok(()));
        assert_eq!(bucket.charge(15, RATE, at(0)), Ok(()), "five were left");
        assert_eq!(bucket.charge(1, RATE, at(0)), Err(Duration::from_millis(1100)), "ten are owed");
        assert!(bucket.charge(1, RATE, at(1090)).is_err());
        assert_eq!(bucket.charge(1, RATE, at(1110)), Ok(()));
    }

    #[test]
    fn a_pause_earns_no_more_than_the_burst() {
        let (bucket, begun) = (Bucket::default(), Instant::now());
        assert_eq!(bucket.charge(20, RATE, begun), Ok(()));
        let later = begun + Duration::from_secs(3600);
        assert_eq!(bucket.charge(20, RATE, later), Ok(()));
        assert!(bucket.charge(1, RATE, later).is_err());
    }

    #[test]
    fn on_average_the_rate_holds_whatever_the_sizes() {
        let (bucket, begun) = (Bucket::default(), Instant::now());
        let sizes = [1, 50, 3, 7, 100].into_iter().cycle();
        let mut used = 0;
        for (tenths, size) in (0..10_000).zip(sizes) {
            let now = begun + Duration::from_millis(tenths * 100);
            used += bucket.charge(size, RATE, now).map_or(0, |()| size);
        }
        assert!((9_900..=10_200).contains(&used), "{used} in 1000 s");
    }
}
