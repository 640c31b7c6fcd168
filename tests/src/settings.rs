//! Every setting of the servers and every bound that is none, as docs/operations.md shows them.

use clap::{CommandFactory, Parser};
use std::{fmt::Write, fs, io, path::Path};

/// What the five binaries can be told.
#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    _server: enrich_runtime::ServerConfig,
    #[command(flatten)]
    _http: enrich_runtime::HttpConfig,
    #[command(flatten)]
    _limits: enrich_runtime::Limits,
    #[command(flatten)]
    _upstreams: enrich_gateway::UpstreamConfig,
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

/// A Markdown table of the documented constants of the services that bound something (`..._MAX`, `..._TIMEOUT`): a row for
/// each, with its value as the code writes it.
///
/// # Errors
/// If the code cannot be read.
pub fn constants() -> io::Result<String> {
    let root = crate::root();
    let mut rows = Vec::new();
    constants_in(&root, &root.join("services"), &mut rows)?;
    rows.sort_unstable();
    Ok(format!("| where | constant | value | |\n|---|---|---|---|\n{}", rows.concat()))
}

fn constants_in(root: &Path, folder: &Path, rows: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("tests") {
            constants_in(root, &path, rows)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let mut comment = Vec::new();
            for line in fs::read_to_string(&path)?.lines() {
                match (line.strip_prefix("/// "), constant(line)) {
                    (Some(text), _) => comment.push(text.replace('|', "\\|")),
                    (None, Some((name, value))) if !comment.is_empty() => {
                        rows.push(format!("| `{place}` | `{name}` | `{value}` | {} |\n", comment.join(" ")));
                        comment.clear();
                    }
                    _ => comment.clear(),
                }
            }
        }
    }
    Ok(())
}

/// Name and value, if the line defines a constant that bounds something.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("const ").filter(|(before, _)| before.is_empty() || before.starts_with("pub"))?;
    let (name, rest) = rest.split_once(": ")?;
    let (_, value) = rest.split_once(" = ")?;
    let bounds = name.ends_with("_MAX") || name.ends_with("TIMEOUT");
    let value = value.strip_suffix(';')?;
    (bounds && !value.starts_with('"')).then_some((name, value))
}
