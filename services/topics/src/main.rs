//! The topic service on its own.

use clap::Parser;
use enrich_proto::v1::topic_service_server::SERVICE_NAME;
use enrich_runtime::{
    Chassis, ComputeConfig, Limits, Server, ServerConfig, StartError, TelemetryConfig, process, shutdown_signal,
};
use std::process::ExitCode;
use tonic::service::Routes;

/// Judges which topics a text is about.
#[derive(Debug, Parser)]
#[command(name = "enrich-topics", version)]
struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    topics: enrich_topics::Config,
    #[command(flatten)]
    compute: ComputeConfig,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

fn main() -> ExitCode {
    let args = Args::parse();
    process::run(&args.telemetry.clone(), serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let chassis = Chassis::new(args.limits);
    let server = Server::new(args.server, &chassis, &[SERVICE_NAME]).bind().await?;
    let compute = args.compute.build();
    let load = async {
        let model = process::load(move || enrich_topics::load(&args.topics)).await?;
        Ok::<_, StartError>(Routes::new(enrich_topics::build(model, compute, &chassis)))
    };
    server.serve_when(load, shutdown_signal()).await
}
