//! The model's folder.

use crate::Config;
use enrich_core::{
    manifest::Manifest,
    model::Linear,
    topics::{Classifier, LinearClassifier},
};
use enrich_proto::v1;
use enrich_runtime::wire;
use sha2::{Digest, Sha256};
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

const WEIGHTS: &str = "topics.bin";

/// A loaded model. A clone is the same model.
#[derive(Clone)]
pub struct Model {
    pub(crate) classifier: Arc<dyn Classifier>,
    pub(crate) card: v1::Model,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("card", &self.card).finish_non_exhaustive()
    }
}

/// Why a folder holds no topic model that can be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}; --topics-model names a folder with topics.bin and manifest.toml")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path} cannot be used: {cause}; restore the folder, or train a model anew (training/README.md)")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
}

/// Loads the model that `config` names. Blocks meanwhile.
///
/// # Errors
/// [`LoadError`] if the folder holds no model; the message says what to do.
pub fn load(config: &Config) -> Result<Model, LoadError> {
    let weights = config.topics_model.join(WEIGHTS);
    let bytes = read(&weights)?;
    let manifest = config.topics_model.join("manifest.toml");
    let text = String::from_utf8(read(&manifest)?);
    let invalid = |path: &Path, cause: String| LoadError::Invalid { path: path.to_owned(), cause };
    let text = text.map_err(|error| invalid(&manifest, error.to_string()))?;
    let made = Manifest::parse(&text).map_err(|error| invalid(&manifest, error.to_string()))?;
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if made.sha256.get(WEIGHTS) != Some(&sha256) {
        return Err(invalid(&weights, format!("its SHA-256 is {sha256}, which is not the one in manifest.toml")));
    }
    let model = Linear::parse(&bytes).map_err(|error| invalid(&weights, error.to_string()))?;
    let card = v1::Model {
        name: made.name,
        version: made.version,
        architecture: "linear over hashed words and letter groups".to_owned(),
        sha256,
        licence: made.licence,
        parameters: model.parameters(),
        precision: "int8".to_owned(),
        device: "cpu".to_owned(),
        scores: wire::measured(&made.scores),
    };
    Ok(Model { classifier: Arc::new(LinearClassifier::new(model)), card })
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })
}
