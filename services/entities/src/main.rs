//! The entity service on its own.

use clap::Parser;
use enrich_proto::v1::entity_service_server::SERVICE_NAME;
use enrich_runtime::{
    Chassis, ComputeConfig, Limits, Server, ServerConfig, StartError, TelemetryConfig, process, shutdown_signal,
};
use std::process::ExitCode;
use tonic::service::Routes;

/// Finds the people, organisations and places named in a text.
#[derive(Debug, Parser)]
#[command(name = "enrich-entities", version)]
struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    entities: enrich_entities::Config,
    #[command(flatten)]
    compute: ComputeConfig,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    telemetry: TelemetryConfig,
}

fn main() -> ExitCode {
    enrich_bert::bound_kernel_caches();
    let args = Args::parse();
    process::run(&args.telemetry.clone(), serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let chassis = Chassis::new(args.limits);
    let server = Server::new(args.server, &chassis, &[SERVICE_NAME]).bind().await?;
    let compute = args.compute.build();
    let load = async {
        let recognizer = process::load(move || enrich_entities::load(&args.entities)).await?;
        Ok::<_, StartError>(Routes::new(enrich_entities::build(recognizer, compute, &chassis)))
    };
    server.serve_when(load, shutdown_signal()).await
}
