//! `enrich serve`.

use crate::{
    annotate::{Mode, Output, Trouble, one},
    system::{self, System},
};
use enrich_gateway::{NAMES, page};
use enrich_proto::v1::enrichment_service_client::EnrichmentServiceClient;
use enrich_runtime::{
    Chassis, Http, HttpConfig, Server, ServerConfig, StartError, Switch, TelemetryConfig, dial, process,
    shutdown_signal,
};
use std::{io::Write, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};
use tokio::sync::oneshot;
use tonic::transport::Uri;

/// How soon a server that has loaded, and is about to serve, is asked again.
const SAMPLE_RETRY: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    http: HttpConfig,
    #[command(flatten)]
    system: system::Config,
    #[command(flatten)]
    telemetry: TelemetryConfig,
    /// Text file to send through the port as soon as it is served; what was found is printed. Not with TLS or tenants: it goes
    /// without a key.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tls_certificate", "tenants"])]
    sample: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> ExitCode {
    process::run(&args.telemetry.clone(), serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let chassis = Chassis::new(args.system.limits.clone());
    let http = Http { config: args.http, by_default: Switch::On, assets: page::ASSETS };
    let server = Server::new(args.server, &chassis, NAMES).with_http(http).bind().await?;
    let (loaded, told) = oneshot::channel();
    if let Some(file) = args.sample {
        let (address, page) = (server.local_addr(), server.http_addr());
        tokio::spawn(async move {
            // An error means that nothing could be loaded; the server says so and ends.
            if told.await.is_ok() {
                show(file, address, page).await;
            }
        });
    }
    let load = async {
        let routes = System::load(args.system, chassis.clone()).await?.routes();
        let _ = loaded.send(());
        Ok::<_, StartError>(routes)
    };
    server.serve_when(load, shutdown_signal()).await
}

/// Prints what the server says of `file`, and where its page is. Nothing here ends the server.
async fn show(file: PathBuf, address: SocketAddr, page: Option<SocketAddr>) {
    let shown = async {
        let uri = Uri::try_from(format!("http://{address}"))?;
        let mut client = EnrichmentServiceClient::new(dial(uri)?).max_decoding_message_size(usize::MAX);
        while client.get_info(enrich_proto::v1::EnrichmentServiceGetInfoRequest {}).await.is_err() {
            tokio::time::sleep(SAMPLE_RETRY).await;
        }
        let output = Output { mode: Mode::View, unit: enrich_proto::v1::OffsetUnit::Utf8Byte };
        one(&file, client, &output).await?;
        if let Some(page) = page {
            writeln!(std::io::stdout(), "\nThe page is at http://{page}/")?;
        }
        Ok::<_, Trouble>(())
    };
    if let Err(error) = shown.await {
        tracing::error!(file = %file.display(), "the sample could not be shown: {error}");
    }
}
