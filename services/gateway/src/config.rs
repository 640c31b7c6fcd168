use clap::builder::RangedU64ValueParser;
use std::time::Duration;

const UPSTREAM_ATTEMPTS_MAX: u32 = 3;
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
            cache_bytes_max: CACHE_BYTES_MAX,
            cache_seconds_max: CACHE_SECONDS_MAX,
        }
    }
}

impl Config {
    /// How long answers are kept; `None` where none are.
    pub(crate) fn cache_age_max(&self) -> Option<Duration> {
        (self.cache_bytes_max > 0).then(|| Duration::from_secs(self.cache_seconds_max))
    }
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
        assert_eq!(Config::default().cache_age_max(), None);
    }
}
