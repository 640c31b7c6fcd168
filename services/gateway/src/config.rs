use clap::builder::RangedU64ValueParser;
use std::time::Duration;
use tonic::transport::Uri;

const UPSTREAM_ATTEMPTS_MAX: u32 = 3;
const UPSTREAM_HEDGE_MS: u64 = 0;
const CACHE_BYTES_MAX: u64 = 0;
const CACHE_SECONDS_MAX: u64 = 600;

/// What the gateway can be told.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Gateway")]
pub struct Config {
    /// Most attempts at a part whose service is UNAVAILABLE, the first among them; retries are at most a tenth of the calls.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_ATTEMPTS_MAX",
        default_value_t = UPSTREAM_ATTEMPTS_MAX,
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=10)
    )]
    pub upstream_attempts_max: u32,
    /// Time without an answer of a part after which its service, another address of it if there is one, is asked a second
    /// time, in milliseconds; the first answer counts. 0 asks once. Such calls and retries together are at most a tenth of
    /// the calls.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_HEDGE_MS",
        default_value_t = UPSTREAM_HEDGE_MS,
        value_parser = RangedU64ValueParser::<u64>::new().range(0..=60_000)
    )]
    pub upstream_hedge_ms: u64,
    /// Most bytes of answers that are kept for callers who ask the same again; 0 keeps none. Texts marked private are
    /// never kept.
    #[arg(
        long,
        env = "ENRICH_CACHE_BYTES_MAX",
        default_value_t = CACHE_BYTES_MAX,
        value_parser = RangedU64ValueParser::<u64>::new().range(0..=1 << 40)
    )]
    pub cache_bytes_max: u64,
    /// Longest time an answer is kept, in seconds.
    #[arg(
        long,
        env = "ENRICH_CACHE_SECONDS_MAX",
        default_value_t = CACHE_SECONDS_MAX,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=86_400)
    )]
    pub cache_seconds_max: u64,
}

impl Default for Config {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        Config {
            upstream_attempts_max: UPSTREAM_ATTEMPTS_MAX,
            upstream_hedge_ms: UPSTREAM_HEDGE_MS,
            cache_bytes_max: CACHE_BYTES_MAX,
            cache_seconds_max: CACHE_SECONDS_MAX,
        }
    }
}

impl Config {
    /// When a slow part is asked for a second time; `None` where it never is.
    pub(crate) fn hedge_after(&self) -> Option<Duration> {
        (self.upstream_hedge_ms > 0).then(|| Duration::from_millis(self.upstream_hedge_ms))
    }

    /// How long answers are kept; `None` where none are.
    pub(crate) fn cache_age_max(&self) -> Option<Duration> {
        (self.cache_bytes_max > 0).then(|| Duration::from_secs(self.cache_seconds_max))
    }
}

/// Where the analysers listen: http, or https with `--upstream-ca`.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Upstreams")]
pub struct UpstreamConfig {
    /// Where the language service listens.
    #[arg(long, env = "ENRICH_LANGUAGE_URI", default_value = "http://127.0.0.1:50052")]
    pub language_uri: Uri,
    /// Where the entity service listens.
    #[arg(long, env = "ENRICH_ENTITIES_URI", default_value = "http://127.0.0.1:50053")]
    pub entities_uri: Uri,
    /// Where the topic service listens.
    #[arg(long, env = "ENRICH_TOPICS_URI", default_value = "http://127.0.0.1:50054")]
    pub topics_uri: Uri,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn the_default_of_the_type_is_that_of_the_command_line() {
        assert_eq!(Line::parse_from(["enrich"]).config, Config::default());
        assert_eq!((Config::default().cache_age_max(), Config::default().hedge_after()), (None, None));
    }
}
