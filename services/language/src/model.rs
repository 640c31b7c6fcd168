//! The loaded detector.

use crate::Config;
use enrich_core::{
    language::{Detector, LinearDetector},
    model::Ngrams,
};
use enrich_proto::v1;
use enrich_runtime::model_folder::{ModelFolder, ModelFolderError};
use std::{fmt, sync::Arc};

/// A loaded detector. A clone is the same one.
#[derive(Clone)]
pub struct Model {
    pub(crate) detector: Arc<dyn Detector>,
    pub(crate) card: v1::Model,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("card", &self.card).finish_non_exhaustive()
    }
}

/// Loads the detector that `config` names. Blocks meanwhile.
///
/// # Errors
/// [`ModelFolderError`] if the folder holds none; the message says what to do.
pub fn load(config: &Config) -> Result<Model, ModelFolderError> {
    let folder = ModelFolder::read(&config.language_model, "language.bin", "--language-model")?;
    let model = Ngrams::parse(&folder.bytes).map_err(|error| folder.invalid(error))?;
    let card = v1::Model {
        architecture: "linear over hashed groups of letters, by script".to_owned(),
        parameters: model.parameters(),
        precision: "int8".to_owned(),
        device: "cpu".to_owned(),
        ..folder.card
    };
    Ok(Model { detector: Arc::new(LinearDetector::new(model)), card })
}
