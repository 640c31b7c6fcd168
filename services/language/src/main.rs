//! The language service on its own.

use clap::Parser;
use enrich_proto::v1::language_service_server::SERVICE_NAME;
use enrich_runtime::{
    Chassis, ComputeConfig, Limits, LogConfig, Server, ServerConfig, StartError, process, shutdown_signal,
};
use std::process::ExitCode;
use tonic::service::Routes;

/// Names the language a text is written in.
#[derive(Debug, Parser)]
#[command(name = "enrich-language", version)]
struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    compute: ComputeConfig,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    log: LogConfig,
}

fn main() -> ExitCode {
    let args = Args::parse();
    process::run(&args.log.clone(), serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let chassis = Chassis::new(args.limits);
    let server = Server::new(args.server, &chassis, &[SERVICE_NAME]).bind().await?;
    let service = enrich_language::build(args.compute.build(), &chassis);
    server.serve(Routes::new(service), shutdown_signal()).await
}
