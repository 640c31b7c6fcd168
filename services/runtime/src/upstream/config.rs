use crate::DialTlsConfig;
use clap::builder::RangedU64ValueParser;
use std::path::PathBuf;

const RESOLVE_SECONDS: u64 = 10;
const CONNECTION_AGE_SECONDS_MAX: u64 = 600;
const BREAKER_FAILURES_MAX: u32 = 5;
const BREAKER_OPEN_MS: u64 = 1000;

/// How upstreams are dialled.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Connections to upstreams")]
pub struct DialConfig {
    /// Time between two looks at the addresses behind an upstream's name, in seconds; calls take turns among them. A
    /// failed connection is followed by a look at once.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_RESOLVE_SECONDS",
        default_value_t = RESOLVE_SECONDS,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=3600)
    )]
    pub upstream_resolve_seconds: u64,
    /// Age at which a connection to an upstream is left for a new one, in seconds; calls on it go on.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_CONNECTION_AGE_SECONDS_MAX",
        default_value_t = CONNECTION_AGE_SECONDS_MAX,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=86_400)
    )]
    pub upstream_connection_age_seconds_max: u64,
    /// Failures of one address in a row (nobody there, UNAVAILABLE, no answer in a second or more) after which it gets no
    /// calls for a while.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_BREAKER_FAILURES_MAX",
        default_value_t = BREAKER_FAILURES_MAX,
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=1000)
    )]
    pub upstream_breaker_failures_max: u32,
    /// How long that is, in milliseconds; then one call at a time tries the address again.
    #[arg(
        long,
        env = "ENRICH_UPSTREAM_BREAKER_OPEN_MS",
        default_value_t = BREAKER_OPEN_MS,
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=3_600_000)
    )]
    pub upstream_breaker_open_ms: u64,
    /// File of the API key that this process shows to upstreams, in each call. Read again when it changes. Over an http
    /// address it goes as plain text.
    #[arg(long, env = "ENRICH_UPSTREAM_API_KEY_FILE")]
    pub upstream_api_key_file: Option<PathBuf>,
    /// TLS.
    #[command(flatten)]
    pub tls: DialTlsConfig,
}

impl Default for DialConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        DialConfig {
            upstream_resolve_seconds: RESOLVE_SECONDS,
            upstream_connection_age_seconds_max: CONNECTION_AGE_SECONDS_MAX,
            upstream_breaker_failures_max: BREAKER_FAILURES_MAX,
            upstream_breaker_open_ms: BREAKER_OPEN_MS,
            upstream_api_key_file: None,
            tls: DialTlsConfig::default(),
        }
    }
}
