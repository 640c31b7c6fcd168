//! The model's folder, and the file of own topics.

use crate::{
    Config,
    model::{Model, OwnFile},
};
use enrich_core::{
    Error,
    model::Linear,
    topics::{
        Classifier, LinearClassifier,
        own::{FILE_BYTES_MAX, OwnTopics},
    },
};
use enrich_proto::v1;
use enrich_runtime::model_folder::{ModelFolder, ModelFolderError};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why there is no topic model, or no own topics, that can be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder holds no model that can be used.
    #[error(transparent)]
    Model(#[from] ModelFolderError),
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
    let folder = ModelFolder::read(&config.topics_model, "topics.bin", "--topics-model")?;
    let model = Linear::parse(&folder.bytes).map_err(|error| folder.invalid(error))?;
    let card = v1::Model {
        architecture: "linear over hashed words and letter groups".to_owned(),
        parameters: model.parameters(),
        precision: "int8".to_owned(),
        device: "cpu".to_owned(),
        ..folder.card
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
