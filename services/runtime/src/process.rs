//! The frame of a binary's `main`.

use crate::{
    StartError, TelemetryConfig,
    telemetry::{self, Telemetry},
};
use std::{process::ExitCode, time::Duration};

/// Longest wait for work that was cut.
const LEAVE_MAX: Duration = Duration::from_secs(3);

/// Starts logs, metrics, traces and an async runtime with a thread for each core, and runs `work` on it to its end. An error
/// is logged, and makes the exit status 1.
pub fn run(config: &TelemetryConfig, work: impl Future<Output = Result<(), StartError>>) -> ExitCode {
    let ran = telemetry::init(&config.log).map_err(StartError::from).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(StartError::Runtime)?;
        let ran = runtime.block_on(async {
            let telemetry = Telemetry::start(config).await?;
            let ran = work.await;
            telemetry.finish().await;
            ran
        });
        // Work that was cut still holds the model: a batch ends in a fraction of a second, and leaving while libtorch computes
        // would run into its own clean-up. What takes longer, a model that is still being read, is not waited for.
        runtime.shutdown_timeout(LEAVE_MAX);
        ran
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ StartError::Log(_)) => {
            say(&error);
            ExitCode::FAILURE
        }
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "there are no logs to say it in")]
fn say(error: &StartError) {
    eprintln!("{error}");
}

/// Runs `load`, which blocks, on a thread of its own.
///
/// # Errors
/// [`StartError::Load`] if it fails, or panics.
pub async fn load<T, E>(load: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, StartError>
where
    T: Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let loaded = tokio::task::spawn_blocking(load).await.map_err(|panic| StartError::Load(panic.into()))?;
    loaded.map_err(|error| StartError::Load(error.into()))
}
