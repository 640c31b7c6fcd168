//! The gateway on its own: its upstreams are dialled.

use clap::Parser;
use enrich_gateway::{Config, UpstreamConfig, Upstreams};
use enrich_proto::v1::enrichment_service_server::SERVICE_NAME;
use enrich_runtime::{
    Chassis, DialConfig, Limits, Server, ServerConfig, StartError, TelemetryConfig, dial_with, process,
    shutdown_signal, upstream::SystemResolver,
};
use std::{process::ExitCode, sync::Arc};
use tonic::service::Routes;

/// One door in front of the language, entity and topic services.
#[derive(Debug, Parser)]
#[command(name = "enrich-gateway", version)]
struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    upstreams: UpstreamConfig,
    #[command(flatten)]
    dial: DialConfig,
    #[command(flatten)]
    gateway: Config,
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
    let dial = |uri| dial_with(uri, &args.dial, Arc::new(SystemResolver));
    let upstreams = Upstreams {
        language: dial(args.upstreams.language_uri)?,
        entities: dial(args.upstreams.entities_uri)?,
        topics: dial(args.upstreams.topics_uri)?,
    };
    let routes = Routes::new(enrich_gateway::build(&upstreams, &args.gateway, &chassis));
    let server = Server::new(args.server, &chassis, &[SERVICE_NAME]).bind().await?;
    server.serve(routes, shutdown_signal()).await
}
