use std::path::PathBuf;

/// What the topic service can be told.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Topics")]
pub struct Config {
    /// Folder of the topic model: topics.bin and manifest.toml.
    #[arg(long, env = "ENRICH_TOPICS_MODEL", default_value = "models/topics")]
    pub topics_model: PathBuf,
    /// TOML file of further topics, defined by terms per language; judged beside the model's.
    #[arg(long, env = "ENRICH_OWN_TOPICS", value_name = "FILE")]
    pub own_topics: Option<PathBuf>,
}
