//! A model's folder: one file of weights and the manifest.toml that vouches for it.

use enrich_core::manifest::Manifest;
use enrich_proto::v1;
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::wire;

/// Why a folder holds no model that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelFolderError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}; {flag} names a folder with {weights} and manifest.toml")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
        /// The option that names the folder.
        flag: &'static str,
        /// The name of the file of weights.
        weights: &'static str,
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

/// A file of weights whose hash is that of its manifest.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    /// Where the weights stand.
    pub path: PathBuf,
    /// The weights.
    pub bytes: Vec<u8>,
    /// Name, version, licence, hash and scores; the rest is for whoever knows the weights.
    pub card: v1::Model,
}

impl ModelFolder {
    /// Reads the file `weights` of `folder`, which the option `flag` names, and the manifest beside it. Blocks meanwhile.
    ///
    /// # Errors
    /// [`ModelFolderError`] if a file is missing, the manifest is none, or the hash is another.
    pub fn read(folder: &Path, weights: &'static str, flag: &'static str) -> Result<ModelFolder, ModelFolderError> {
        let read = |path: &Path| {
            let path = path.to_owned();
            fs::read(&path).map_err(|source| ModelFolderError::Read { path, source, flag, weights })
        };
        let path = folder.join(weights);
        let bytes = read(&path)?;
        let manifest = folder.join("manifest.toml");
        let invalid = |path: &Path, cause: String| ModelFolderError::Invalid { path: path.to_owned(), cause };
        let text = String::from_utf8(read(&manifest)?).map_err(|error| invalid(&manifest, error.to_string()))?;
        let made = Manifest::parse(&text).map_err(|error| invalid(&manifest, error.to_string()))?;
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if made.sha256.get(weights) != Some(&sha256) {
            return Err(invalid(&path, format!("its SHA-256 is {sha256}, which is not the one in manifest.toml")));
        }
        let card = v1::Model {
            name: made.name,
            version: made.version,
            sha256,
            licence: made.licence,
            scores: wire::measured(&made.scores),
            ..v1::Model::default()
        };
        Ok(ModelFolder { path, bytes, card })
    }

    /// The error that the weights are wrong.
    pub fn invalid(&self, cause: impl ToString) -> ModelFolderError {
        ModelFolderError::Invalid { path: self.path.clone(), cause: cause.to_string() }
    }
}
