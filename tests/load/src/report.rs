use std::{collections::BTreeMap, fmt, time::Duration};
use tonic::{Code, Status};

/// What became of the calls of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Calls made.
    pub sent: u64,
    /// Calls of an open run that were due but not made, because too many were under way.
    pub held_back: u64,
    /// Calls answered OK within their deadline.
    pub good: u64,
    /// Calls by how they ended.
    pub by_code: BTreeMap<String, u64>,
    /// From the first call until the last answer.
    pub elapsed: Duration,
    /// Latencies of the calls answered OK, in microseconds; ascending once the run has ended.
    ok_us: Vec<u64>,
    /// Latencies of the calls refused with RESOURCE_EXHAUSTED, likewise.
    refused_us: Vec<u64>,
}

impl Report {
    pub(crate) fn add(&mut self, outcome: &Result<(), Status>, latency: Duration, deadline: Duration) {
        self.sent += 1;
        let code = outcome.as_ref().err().map_or(Code::Ok, Status::code);
        *self.by_code.entry(format!("{code:?}")).or_default() += 1;
        let us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        match code {
            Code::Ok => {
                self.ok_us.push(us);
                self.good += u64::from(latency <= deadline);
            }
            Code::ResourceExhausted => self.refused_us.push(us),
            _ => {}
        }
    }

    pub(crate) fn close(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
        self.ok_us.sort_unstable();
        self.refused_us.sort_unstable();
    }

    /// Calls answered OK within their deadline, a second.
    pub fn goodput(&self) -> f64 {
        per_second(self.good, self.elapsed)
    }

    /// The latency in milliseconds that `share` (0 to 1) of the calls answered OK did not exceed; 0 without such calls.
    pub fn latency_ms(&self, share: f64) -> f64 {
        quantile_ms(&self.ok_us, share)
    }

    /// The same of the calls that were refused.
    pub fn refusal_ms(&self, share: f64) -> f64 {
        quantile_ms(&self.refused_us, share)
    }
}

#[expect(clippy::cast_precision_loss, reason = "fewer calls than 2^52")]
fn per_second(calls: u64, elapsed: Duration) -> f64 {
    calls as f64 / elapsed.as_secs_f64().max(1e-9)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fewer calls than 2^52, a share from 0 to 1"
)]
fn quantile_ms(ascending_us: &[u64], share: f64) -> f64 {
    let place = (ascending_us.len() as f64 * share).ceil() as usize;
    ascending_us.get(place.saturating_sub(1)).map_or(0.0, |&us| us as f64 / 1000.0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} calls in {:.1} s: {:.1}/s, good {:.1}/s",
            self.sent,
            self.elapsed.as_secs_f64(),
            per_second(self.sent, self.elapsed),
            self.goodput()
        )?;
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| self.latency_ms(share));
        write!(f, "latency of OK, ms: p50 {p50:.1}, p99 {p99:.1}, p99.9 {p999:.1}")?;
        if !self.refused_us.is_empty() {
            let [p50, p99] = [0.5, 0.99].map(|share| self.refusal_ms(share));
            write!(f, "\nlatency of refusals, ms: p50 {p50:.1}, p99 {p99:.1}")?;
        }
        for (code, calls) in &self.by_code {
            write!(f, "\n{code}: {calls}")?;
        }
        if self.held_back > 0 {
            write!(f, "\nheld back: {}", self.held_back)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_millis(100);

    #[test]
    fn only_answers_in_time_are_good() {
        let mut report = Report::default();
        for ms in 1..=200 {
            report.add(&Ok(()), Duration::from_millis(ms), DEADLINE);
        }
        report.add(&Err(Status::resource_exhausted("full")), Duration::from_millis(3), DEADLINE);
        report.close(Duration::from_secs(2));
        assert_eq!((report.sent, report.good, report.by_code["ResourceExhausted"]), (201, 100, 1));
        assert!((report.goodput() - 50.0).abs() < 1e-9);
        assert!((report.latency_ms(0.5) - 100.0).abs() < 1e-9 && (report.latency_ms(0.99) - 198.0).abs() < 1e-9);
        assert!((report.refusal_ms(0.99) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_run_without_answers_has_no_latency() {
        assert!(Report::default().latency_ms(0.5).abs() < 1e-9);
    }
}
