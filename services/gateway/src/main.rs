//! The gateway on its own: its upstreams are dialled.

use clap::Parser;
use enrich_gateway::{Config, NAMES, UpstreamConfig, Upstreams, page};
use enrich_runtime::{
    Chassis, DialConfig, Http, HttpConfig, Limits, Server, ServerConfig, StartError, Switch, TelemetryConfig,
    dial_with, process, shutdown_signal, upstream::SystemResolver,
};
use std::{process::ExitCode, sync::Arc};

/// One door in front of the language, entity and topic services.
#[derive(Debug, Parser)]
#[command(name = "enrich-gateway", version)]
struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    http: HttpConfig,
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
    let routes = enrich_gateway::routes(&upstreams, &args.gateway, &chassis);
    let http = Http { config: args.http, by_default: Switch::Off, assets: page::ASSETS };
    let server = Server::new(args.server, &chassis, NAMES).with_http(http).bind().await?;
    server.serve(routes, shutdown_signal()).await
}
