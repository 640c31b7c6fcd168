//! The model's folder, and the file of own topics.

use crate::{
    Config,
    model::{Model, OwnFile},
};
use enrich_core::{
    Error,
    manifest::Manifest,
    model::Linear,
    topics::{
        Classifier, LinearClassifier,
        own::{FILE_BYTES_MAX, OwnTopics},
    },
};
use enrich_proto::v1;
use enrich_runtime::wire;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

const WEIGHTS: &str = "topics.bin";

/// Why there is no topic model, or no own topics, that can be used.
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
    /// The file of own topics could not be read.
    #[error("cannot read {path}: {source}; --own-topics names a TOML file of topics")]
    ReadOwnTopics {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file of own topics is not what it should be.
    #[error("{path} cannot be used: {source}; README.md says under \"Your own topics\" how to write one")]
    OwnTopics {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and on which line.
        source: Error,
    },
}

/// Loads the model and the own topics that `config` names. Blocks meanwhile.
///
/// # Errors
/// [`LoadError`] if the folder holds no model or the file no topics; the message says what to do.
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
    let classifier = LinearClassifier::new(model);
    let own = config.own_topics.as_ref().map(|path| own_topics(path, &classifier)).transpose()?;
    Ok(Model { classifier: Arc::new(classifier), own, card })
}

/// Reads and compiles the file of own topics at `path`, to be judged beside those of `classifier`.
fn own_topics(path: &Path, classifier: &LinearClassifier) -> Result<OwnFile, LoadError> {
    let mut bytes = Vec::new();
    // One byte more than may be, or a file that is too long would be cut.
    let read = |file: File| file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    let unread = |source| LoadError::ReadOwnTopics { path: path.to_owned(), source };
    File::open(path).and_then(read).map_err(unread)?;
    let topics = OwnTopics::parse(&bytes, &classifier.topics());
    let topics = topics.map_err(|source| LoadError::OwnTopics { path: path.to_owned(), source })?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(OwnFile { name, topics: Arc::new(topics) })
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })
}
