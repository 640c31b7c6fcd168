//! What a process tells of itself: logs here, [metrics] and [traces](trace) beside.

use crate::{MetricsConfig, StartError, TraceConfig, metrics, trace};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What a process tells of itself, and where.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct TelemetryConfig {
    /// Logs.
    #[command(flatten)]
    pub log: LogConfig,
    /// Metrics.
    #[command(flatten)]
    pub metrics: MetricsConfig,
    /// Traces.
    #[command(flatten)]
    pub traces: TraceConfig,
}

/// What runs beside the work of a process.
#[derive(Debug)]
pub(crate) struct Telemetry {
    traces: Option<trace::Sender>,
}

impl Telemetry {
    /// Starts metrics and traces. To be called before the work, which counts from its beginning.
    ///
    /// # Errors
    /// [`StartError::Metrics`] and [`StartError::Traces`].
    pub(crate) async fn start(config: &TelemetryConfig) -> Result<Telemetry, StartError> {
        if let Some(address) = config.metrics.metrics_listen
            && let Some(handle) = metrics::install()
        {
            tokio::spawn(metrics::listen(address, handle).await?.serve());
        }
        Ok(Telemetry { traces: trace::start(&config.traces)? })
    }

    /// Sends what is still to be told.
    pub(crate) async fn finish(self) {
        if let Some(traces) = self.traces {
            traces.finish().await;
        }
    }
}

/// What the logs say and how.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Logs")]
pub struct LogConfig {
    /// Form of the log lines on standard error.
    #[arg(long, env = "ENRICH_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What to log: a level (error, warn, info, debug, trace), or levels by module, as in "info,enrich_runtime=debug",
    /// which adds a line for each call.
    #[arg(long, env = "ENRICH_LOG", default_value = "info")]
    pub log: String,
}

impl Default for LogConfig {
    /// The defaults that `--help` shows.
    fn default() -> Self {
        LogConfig { log_format: LogFormat::Text, log: "info".to_owned() }
    }
}

/// Form of the log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The filter is none.
#[derive(Debug, thiserror::Error)]
#[error("--log {filter:?} is no filter: {source}; a filter is a level, or levels by module as in \"info,tonic=warn\"")]
pub struct LogFilterError {
    filter: String,
    source: tracing_subscriber::filter::ParseError,
}

/// Starts the logs, on standard error. From then on a panic is logged by its place and not by its words, which may
/// quote the caller's text. In a process that has logs already, nothing changes.
///
/// # Errors
/// [`LogFilterError`] if `config.log` is no filter.
pub fn init(config: &LogConfig) -> Result<(), LogFilterError> {
    let filter =
        EnvFilter::try_new(&config.log).map_err(|source| LogFilterError { filter: config.log.clone(), source })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // An error means that logs are on already.
    let started = match config.log_format {
        LogFormat::Text => builder.try_init().is_ok(),
        LogFormat::Json => builder.json().flatten_event(true).try_init().is_ok(),
    };
    if started {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            tracing::error!(place, thread, "panic");
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_can_be_started_twice() {
        init(&LogConfig::default()).unwrap();
        init(&LogConfig { log_format: LogFormat::Json, ..LogConfig::default() }).unwrap();
    }

    #[test]
    fn a_bad_filter_is_named() {
        let error = init(&LogConfig { log: "enrich=loud".to_owned(), ..LogConfig::default() }).unwrap_err();
        assert!(error.to_string().starts_with("--log \"enrich=loud\" is no filter"), "{error}");
    }
}
