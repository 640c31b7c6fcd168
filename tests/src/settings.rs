//! Every setting of the servers, as docs/operations.md shows it.

use clap::{CommandFactory, Parser};
use std::fmt::Write;

/// What the five binaries can be told, but for where the upstreams are, which only the gateway is told.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    _server: enrich_runtime::ServerConfig,
    #[command(flatten)]
    _limits: enrich_runtime::Limits,
    #[command(flatten)]
    _gateway: enrich_gateway::Config,
    #[command(flatten)]
    _dial: enrich_runtime::DialConfig,
    #[command(flatten)]
    _compute: enrich_runtime::ComputeConfig,
    #[command(flatten)]
    _language: enrich_language::Config,
    #[command(flatten)]
    _entities: enrich_entities::Config,
    #[command(flatten)]
    _topics: enrich_topics::Config,
    #[command(flatten)]
    _telemetry: enrich_runtime::TelemetryConfig,
}

/// A Markdown table: a row for each setting, its variable, its default, and what `--help` says of it.
pub fn table() -> String {
    let mut table = "| setting | variable | default | |\n|---|---|---|---|\n".to_owned();
    for setting in Line::command().get_arguments() {
        let Some(flag) = setting.get_long() else { continue };
        let variable = setting.get_env().map(|name| name.to_string_lossy()).unwrap_or_default();
        let default = match setting.get_default_values() {
            _ if flag == "compute-threads" => "one for each core".to_owned(),
            [value] => value.to_string_lossy().into_owned(),
            _ => "none".to_owned(),
        };
        let help = setting.get_long_help().or_else(|| setting.get_help()).map(ToString::to_string).unwrap_or_default();
        let help = help.replace('\n', " ").replace('|', "\\|");
        // Cannot fail: a string takes everything.
        let _ = writeln!(table, "| `--{flag}` | `{variable}` | {default} | {help} |");
    }
    table
}
