use std::path::PathBuf;

/// What the language service can be told.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Language")]
pub struct Config {
    /// Folder of the language detector: language.bin and manifest.toml.
    #[arg(long, env = "ENRICH_LANGUAGE_MODEL", default_value = "models/language")]
    pub language_model: PathBuf,
}
