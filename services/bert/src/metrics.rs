//! What the engine counts, in Prometheus' terms, by model. Without a recorder in the process nothing is kept.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const QUEUE: &str = "enrich_engine_queue_tokens";
const TOKENS: &str = "enrich_engine_tokens_total";
const BATCH_TOKENS: &str = "enrich_engine_batch_tokens";
const BATCH_ROWS: &str = "enrich_engine_batch_rows";
const BATCH_SECONDS: &str = "enrich_engine_batch_duration_seconds";

/// The metrics of one model's engine.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    model: String,
}

impl Metrics {
    pub(crate) fn new(model: &str) -> Self {
        describe_gauge!(QUEUE, "Tokens that wait for the model");
        describe_counter!(TOKENS, "Tokens that the model has computed, padding left out");
        describe_histogram!(BATCH_TOKENS, "Tokens of a batch, padding left out");
        describe_histogram!(BATCH_ROWS, "Windows of a batch");
        describe_histogram!(BATCH_SECONDS, Unit::Seconds, "Time that a batch computes");
        Metrics { model: model.to_owned() }
    }

    /// So many tokens wait now.
    pub(crate) fn queued(&self, tokens: usize) {
        gauge!(QUEUE, "model" => self.model.clone()).set(float(tokens));
    }

    /// A batch was computed.
    pub(crate) fn computed(&self, rows: usize, tokens: usize, elapsed: Duration) {
        let labels = [("model", self.model.clone())];
        counter!(TOKENS, &labels).increment(u64::try_from(tokens).unwrap_or(u64::MAX));
        histogram!(BATCH_TOKENS, &labels).record(float(tokens));
        histogram!(BATCH_ROWS, &labels).record(float(rows));
        histogram!(BATCH_SECONDS, &labels).record(elapsed.as_secs_f64());
    }
}

#[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
fn float(number: usize) -> f64 {
    number as f64
}
