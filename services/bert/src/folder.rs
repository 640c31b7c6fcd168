//! Reads a model folder: everything but the weights, which are the library's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{LoadError, config::Config, pieces::Pieces};
use enrich_core::manifest::Manifest;
use sha2::{Digest, Sha256};

/// The checked contents of a model folder, its weights excepted.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    pub(crate) config: Config,
    pub(crate) pieces: Pieces,
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
        Ok(Folder { path: dir.to_owned(), config, pieces, manifest })
    }

    /// Refuses the weights at `path` if their hash `found` is not the one that the manifest has for them.
    pub(crate) fn check_hash(&self, path: &Path, found: &str) -> Result<(), LoadError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match self.manifest.as_ref().and_then(|manifest| manifest.sha256.get(name)) {
            Some(expected) if !expected.eq_ignore_ascii_case(found) => Err(LoadError::HashMismatch {
                path: path.to_owned(),
                found: found.to_owned(),
                expected: expected.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// The SHA-256 of a file's content, in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn read(path: &Path, remedy: &'static str) -> Result<Vec<u8>, LoadError> {
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
