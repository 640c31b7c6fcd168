//! The limits of a process.

use crate::access::Tenant;
use clap::builder::RangedU64ValueParser;
use enrich_core::Error;
use std::sync::Arc;
use std::time::Duration;
use tonic::Request;

/// Longest id, in UTF-8 bytes.
pub const ID_BYTES_MAX: usize = 256;

const TEXT_BYTES_MAX: usize = 1 << 20;
const BATCH_ITEMS_MAX: usize = 256;
const BATCH_CONCURRENCY_MAX: usize = 8;
const MESSAGE_BYTES_MAX: usize = 16 << 20;
const IN_FLIGHT_MAX: usize = 256;
const WORK_TOKENS_MAX: usize = 1 << 20;
const QUEUE_MS_MAX: u64 = 2000;
const STREAM_ITEMS_IN_FLIGHT_MAX: usize = 32;
const DEADLINE_DEFAULT_MS: u64 = 10_000;
const DEADLINE_MAX_MS: u64 = 120_000;

/// Numbers of things: none would stop the service, a million is more than a process carries.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000_000)
}

/// Sizes in bytes: spans count in 32 bits.
fn bytes() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1 << 30)
}

/// Times in milliseconds, up to a day.
fn millis() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=86_400_000)
}

/// What one process accepts. Callers can read it with `GetInfo`.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Longest accepted text, in UTF-8 bytes.
    #[arg(long, env = "ENRICH_TEXT_BYTES_MAX", default_value_t = TEXT_BYTES_MAX, value_parser = bytes())]
    pub text_bytes_max: usize,
    /// Most items in a batch.
    #[arg(long, env = "ENRICH_BATCH_ITEMS_MAX", default_value_t = BATCH_ITEMS_MAX, value_parser = count())]
    pub batch_items_max: usize,
    /// Most items of one batch at work at a time.
    #[arg(long, env = "ENRICH_BATCH_CONCURRENCY_MAX", default_value_t = BATCH_CONCURRENCY_MAX, value_parser = count())]
    pub batch_concurrency_max: usize,
    /// Largest accepted message, in bytes. A batch of the longest texts must fit to be of use.
    #[arg(long, env = "ENRICH_MESSAGE_BYTES_MAX", default_value_t = MESSAGE_BYTES_MAX, value_parser = bytes())]
    pub message_bytes_max: usize,
    /// Most calls at work at a time in this process; further ones are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "ENRICH_IN_FLIGHT_MAX", default_value_t = IN_FLIGHT_MAX, value_parser = count())]
    pub in_flight_max: usize,
    /// Most tokens of the calls at work, estimated from the texts' bytes; further calls are refused with RESOURCE_EXHAUSTED.
    #[arg(
        long,
        env = "ENRICH_WORK_TOKENS_MAX",
        default_value_t = WORK_TOKENS_MAX,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1 << 40)
    )]
    pub work_tokens_max: usize,
    /// Longest time until an answer, in milliseconds, that a call is let in with; one that is expected to take longer, or
    /// more than three quarters of its deadline, is refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "ENRICH_QUEUE_MS_MAX", default_value_t = QUEUE_MS_MAX, value_parser = millis())]
    pub queue_ms_max: u64,
    /// Most items of one stream at work at a time; a caller who sends more is held back.
    #[arg(
        long,
        env = "ENRICH_STREAM_ITEMS_IN_FLIGHT_MAX",
        default_value_t = STREAM_ITEMS_IN_FLIGHT_MAX,
        value_parser = count()
    )]
    pub stream_items_in_flight_max: usize,
    /// Longest time a call may take where the caller names no deadline, in milliseconds.
    #[arg(long, env = "ENRICH_DEADLINE_DEFAULT_MS", default_value_t = DEADLINE_DEFAULT_MS, value_parser = millis())]
    pub deadline_default_ms: u64,
    /// Longest time a call may take whatever the caller asks, streams included, in milliseconds.
    #[arg(long, env = "ENRICH_DEADLINE_MAX_MS", default_value_t = DEADLINE_MAX_MS, value_parser = millis())]
    pub deadline_max_ms: u64,
}

impl Default for Limits {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        Limits {
            text_bytes_max: TEXT_BYTES_MAX,
            batch_items_max: BATCH_ITEMS_MAX,
            batch_concurrency_max: BATCH_CONCURRENCY_MAX,
            message_bytes_max: MESSAGE_BYTES_MAX,
            in_flight_max: IN_FLIGHT_MAX,
            work_tokens_max: WORK_TOKENS_MAX,
            queue_ms_max: QUEUE_MS_MAX,
            stream_items_in_flight_max: STREAM_ITEMS_IN_FLIGHT_MAX,
            deadline_default_ms: DEADLINE_DEFAULT_MS,
            deadline_max_ms: DEADLINE_MAX_MS,
        }
    }
}

impl Limits {
    /// Whether a text may be worked on under this id; an empty id is one.
    ///
    /// # Errors
    /// [`Error::IdTooLong`], [`Error::EmptyText`], [`Error::TextTooLong`], in this order.
    pub fn check(&self, id: &str, text: &str) -> Result<(), Error> {
        check_id(id)?;
        if text.is_empty() {
            return Err(Error::EmptyText);
        }
        if text.len() > self.text_bytes_max {
            return Err(Error::TextTooLong { bytes: text.len(), bytes_max: self.text_bytes_max });
        }
        Ok(())
    }

    /// Whether a batch may have `items` items.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::TooManyItems`].
    pub fn check_batch(&self, items: usize) -> Result<(), Error> {
        if items == 0 {
            return Err(Error::EmptyBatch);
        }
        if items > self.batch_items_max {
            return Err(Error::TooManyItems { field: "requests", items, items_max: self.batch_items_max });
        }
        Ok(())
    }

    /// The limits as `GetInfo` tells them to the caller of `request`; those of a cache are unset.
    pub fn to_proto<T>(&self, request: &Request<T>) -> enrich_proto::v1::Limits {
        let duration = |ms| prost_types::Duration::try_from(Duration::from_millis(ms)).ok();
        enrich_proto::v1::Limits {
            text_bytes_max: wide(self.text_bytes_max),
            batch_items_max: wide(self.batch_items_max),
            message_bytes_max: wide(self.message_bytes_max),
            in_flight_max: wide(self.in_flight_max),
            stream_items_in_flight_max: wide(self.stream_items_in_flight_max),
            deadline_default: duration(self.deadline_default_ms.min(self.deadline_max_ms)),
            deadline_max: duration(self.deadline_max_ms),
            id_bytes_max: wide(ID_BYTES_MAX),
            tenant: request.extensions().get::<Arc<Tenant>>().map(|tenant| tenant.to_proto()),
            work_tokens_max: wide(self.work_tokens_max),
            queue_time_max: duration(self.queue_ms_max),
            cache_bytes_max: 0,
            cache_age_max: None,
        }
    }
}

/// Whether `id` is short enough to be one.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    if id.len() > ID_BYTES_MAX {
        return Err(Error::IdTooLong { bytes: id.len(), bytes_max: ID_BYTES_MAX });
    }
    Ok(())
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        limits: Limits,
    }

    #[test]
    fn the_default_of_the_type_is_that_of_the_command_line() {
        assert_eq!(Line::parse_from(["enrich"]).limits, Limits::default());
    }

    #[test]
    fn help_shows_every_default_and_variable() {
        let help = Line::command().render_long_help().to_string();
        for shown in ["1048576", "16777216", "256", "32", "10000", "120000", "ENRICH_TEXT_BYTES_MAX"] {
            assert!(help.contains(shown), "{shown} is not in\n{help}");
        }
        assert_eq!(help.matches("[env: ENRICH_").count(), 10);
        assert_eq!(help.matches("[default: ").count(), 10);
    }

    #[test]
    fn a_limit_of_nothing_is_refused() {
        assert!(Line::try_parse_from(["enrich", "--batch-concurrency-max", "0"]).is_err());
        assert!(Line::try_parse_from(["enrich", "--deadline-max-ms", "0"]).is_err());
    }

    #[test]
    fn a_text_over_the_limit_names_the_limit() {
        let limits = Limits { text_bytes_max: 4, ..Limits::default() };
        assert!(limits.check("", "ماء").is_err_and(|error| error.to_string() == "text is 6 bytes; the limit is 4"));
        assert!(limits.check("", "ما").is_ok());
    }

    #[test]
    fn an_id_over_256_bytes_is_refused() {
        let limits = Limits::default();
        assert!(matches!(limits.check(&"é".repeat(129), "x"), Err(Error::IdTooLong { bytes: 258, bytes_max: 256 })));
        assert!(limits.check(&"e".repeat(256), "x").is_ok());
    }

    #[test]
    fn a_batch_of_none_and_one_over_the_limit_are_refused() {
        let limits = Limits::default();
        assert!(matches!(limits.check_batch(0), Err(Error::EmptyBatch)));
        assert!(matches!(limits.check_batch(257), Err(Error::TooManyItems { items: 257, items_max: 256, .. })));
        assert!(limits.check_batch(256).is_ok());
    }

    #[test]
    fn limits_are_told_in_the_units_of_the_contract() {
        let told = Limits::default().to_proto(&Request::new(()));
        assert_eq!(told.text_bytes_max, 1 << 20);
        assert_eq!(told.deadline_default.map(|d| (d.seconds, d.nanos)), Some((10, 0)));
        assert_eq!(told.deadline_max.map(|d| d.seconds), Some(120));
        assert_eq!(told.id_bytes_max, 256);
    }
}
