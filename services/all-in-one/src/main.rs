//! The binary `enrich`: the whole system in one process, as a server or as a command.

mod annotate;
mod lines;
mod serve;
mod system;
mod view;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Language, people, organisations, places and topics of news texts.
#[derive(Debug, Parser)]
#[command(name = "enrich", version, propagate_version = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve all four services on one port.
    Serve(Box<serve::Args>),
    /// Enrich a file, or many texts, and print what was found.
    Annotate(Box<annotate::Args>),
}

fn main() -> ExitCode {
    enrich_bert::bound_kernel_caches();
    match Args::parse().command {
        Command::Serve(args) => serve::run(*args),
        Command::Annotate(args) => annotate::run(*args),
    }
}
