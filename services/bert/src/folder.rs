//! Reads a model folder: everything but the tensors' way into libtorch.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{LoadError, config::Config, pieces::Pieces, weights::Weights};
use enrich_core::manifest::Manifest;

/// The checked contents of a model folder.
pub(crate) struct Folder {
    pub(crate) config: Config,
    pub(crate) pieces: Pieces,
    pub(crate) weights: Weights,
    pub(crate) manifest: Option<Manifest>,
}

impl Folder {
    pub(crate) fn read(dir: &Path) -> Result<Folder, LoadError> {
        if !dir.is_dir() {
            return Err(LoadError::NotAFolder { path: dir.to_owned() });
        }
        let path = dir.join("config.json");
        let bytes = read(&path, "give the folder that save_pretrained wrote, not one above or below it")?;
        let config = Config::parse(&path, &bytes)?;
        let path = dir.join("tokenizer.json");
        let bytes = read(&path, "save it from the fast tokenizer: AutoTokenizer.from_pretrained(...).save_pretrained")?;
        let pieces = Pieces::parse(&path, &bytes, config.sizes.vocabulary)?;
        let manifest = manifest(dir)?;
        let weights = Weights::read(dir, &config)?;
        if let Some(manifest) = &manifest {
            check_hash(manifest, &weights)?;
        }
        Ok(Folder { config, pieces, weights, manifest })
    }
}

fn read(path: &Path, remedy: &'static str) -> Result<Vec<u8>, LoadError> {
    if !path.is_file() {
        return Err(LoadError::MissingFile { path: path.to_owned(), remedy });
    }
    fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })
}

fn manifest(dir: &Path) -> Result<Option<Manifest>, LoadError> {
    let path: PathBuf = dir.join("manifest.toml");
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
    let malformed = |error: enrich_core::Error| LoadError::Malformed { path, cause: error.to_string() };
    Manifest::parse(&text).map(Some).map_err(malformed)
}

fn check_hash(manifest: &Manifest, weights: &Weights) -> Result<(), LoadError> {
    let name = weights.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match manifest.sha256.get(name) {
        Some(expected) if !expected.eq_ignore_ascii_case(&weights.sha256) => Err(LoadError::HashMismatch {
            path: weights.path.clone(),
            found: weights.sha256.clone(),
            expected: expected.clone(),
        }),
        _ => Ok(()),
    }
}
