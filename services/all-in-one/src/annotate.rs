//! `enrich annotate`.

use crate::{
    lines,
    system::{self, System},
    view,
};
use enrich_proto::json;
use enrich_proto::v1::{
    EnrichRequest, EnrichmentServiceGetInfoRequest, Limits, OffsetUnit,
    enrichment_service_client::EnrichmentServiceClient,
};
use enrich_runtime::{
    Chassis, DialConfig, LogConfig, LogFormat, StartError, TelemetryConfig, Upstream, dial_with, embed, process,
    upstream::SystemResolver,
};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tonic::{Request, transport::Uri};

/// Whatever went wrong, for a person to read.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Text file, or `-` for standard input.
    file: PathBuf,
    /// Print the EnrichResponse as JSON.
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Read one `{"id": ..., "text": ...}` a line and print one EnrichResponse a line, in the same order.
    #[arg(long)]
    jsonl: bool,
    /// Unit of the spans in JSON.
    #[arg(long, value_enum, default_value_t = Offsets::CodePoint)]
    offset_unit: Offsets,
    /// Ask a running server instead of loading the models here.
    #[arg(long, value_name = "URI")]
    server: Option<Uri>,
    /// How that server is reached.
    #[command(flatten)]
    dial: DialConfig,
    #[command(flatten)]
    system: system::Config,
}

/// The units of spans, as the command line spells them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Offsets {
    CodePoint,
    Utf8Byte,
    Utf16Unit,
}

/// What is printed for one text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// For a person.
    View,
    /// The EnrichResponse, over several lines.
    Json,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) mode: Mode,
    pub(crate) unit: OffsetUnit,
}

/// A client of the gateway, wherever it is.
pub(crate) type Gateway = EnrichmentServiceClient<Upstream>;

pub(crate) fn run(args: Args) -> ExitCode {
    // The answer is what is wanted on a terminal, not how it came about.
    let log = LogConfig { log_format: LogFormat::Text, log: "warn".to_owned() };
    process::run(&TelemetryConfig { log, ..TelemetryConfig::default() }, async {
        match annotate(args).await {
            // Whoever reads has seen enough: `enrich annotate ... | head`.
            Err(trouble) if is_broken_pipe(&*trouble) => Ok(()),
            ended => ended.map_err(StartError::Load),
        }
    })
}

fn is_broken_pipe(trouble: &(dyn std::error::Error + 'static)) -> bool {
    trouble.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn annotate(args: Args) -> Result<(), Trouble> {
    let upstream = match args.server {
        Some(uri) => dial_with(uri, &args.dial, Arc::new(SystemResolver))?,
        None => {
            let chassis = Chassis::new(args.system.limits.clone());
            embed(System::load(args.system, chassis).await?.gateway())
        }
    };
    let gateway = EnrichmentServiceClient::new(upstream).max_decoding_message_size(usize::MAX);
    let unit = match args.offset_unit {
        Offsets::CodePoint => OffsetUnit::CodePoint,
        Offsets::Utf8Byte => OffsetUnit::Utf8Byte,
        Offsets::Utf16Unit => OffsetUnit::Utf16Unit,
    };
    if args.jsonl {
        return lines::annotate(&args.file, gateway, unit).await;
    }
    let output = if args.json {
        Output { mode: Mode::Json, unit }
    } else {
        Output { mode: Mode::View, unit: OffsetUnit::Utf8Byte }
    };
    one(&args.file, gateway, &output).await
}

/// Enriches the text in `file` and prints what was found.
pub(crate) async fn one(file: &Path, mut gateway: Gateway, output: &Output) -> Result<(), Trouble> {
    let limits = limits(&gateway).await?;
    let text = read(file, limits.text_bytes_max)?;
    let mut request =
        Request::new(EnrichRequest { text: text.clone(), offset_unit: output.unit.into(), ..Default::default() });
    request.set_timeout(longest(&limits));
    let response = gateway.enrich(request).await?.into_inner();
    let shown = match output.mode {
        Mode::View => view::render(&text, &response),
        Mode::Json => json::to_string_pretty(&response)? + "\n",
    };
    // anstream leaves the colours out where standard output is no terminal, or NO_COLOR is set.
    anstream::stdout().lock().write_all(shown.as_bytes())?;
    Ok(())
}

/// What the gateway accepts.
pub(crate) async fn limits(gateway: &Gateway) -> Result<Limits, Trouble> {
    let info = gateway.clone().get_info(EnrichmentServiceGetInfoRequest {}).await?.into_inner();
    info.limits.ok_or_else(|| "the server does not tell its limits".into())
}

/// As long as the server allows: nobody else waits for the answer.
pub(crate) fn longest(limits: &Limits) -> Duration {
    limits.deadline_max.and_then(|longest| Duration::try_from(longest).ok()).unwrap_or(Duration::MAX)
}

/// Opens `file`, or standard input for `-`.
pub(crate) fn open(file: &Path) -> Result<Box<dyn Read + Send>, Trouble> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    match File::open(file) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(format!("cannot open {}: {error}", file.display()).into()),
    }
}

fn read(file: &Path, bytes_max: u64) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    open(file)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len())? > bytes_max {
        return Err(format!("{} is over the limit of {bytes_max} bytes", file.display()).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        format!("{} is not UTF-8: byte {place} begins no character", file.display()).into()
    })
}
