//! The tensors of a checkpoint, checked against its config.json before libtorch sees a model.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors};
use tch::{Kind, Tensor};

use crate::{
    LoadError,
    backend::first_line,
    config::Config,
    folder::{Folder, sha256},
};

/// The names that the weights may have, in order of preference.
const FILES: [&str; 2] = ["model.safetensors", "rust_model.ot"];

/// The checked tensors of a checkpoint.
pub(super) struct Weights {
    pub(super) path: PathBuf,
    /// SHA-256 of the file, in lower-case hex.
    pub(super) sha256: String,
    tensors: HashMap<String, Tensor>,
}

impl Weights {
    /// Reads the weights in `folder` and checks that they are what its manifest and its config.json describe.
    pub(super) fn read(folder: &Folder) -> Result<Weights, LoadError> {
        let (dir, config) = (&folder.path, &folder.config);
        let found = FILES.iter().map(|name| dir.join(name)).find(|path| path.is_file());
        let path = found.ok_or_else(|| LoadError::MissingFile {
            path: dir.join(FILES[0]),
            remedy: "save the model with save_pretrained(..., safe_serialization=True); rust_model.ot is read too",
        })?;
        let bytes = fs::read(&path).map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
        let sha256 = sha256(&bytes);
        let tensors = if path.extension().is_some_and(|extension| extension == "ot") {
            check(&path, config, ot(&path)?)?
        } else {
            check(&path, config, safetensors(&path, &bytes)?)?
        };
        folder.check_hash(&path, &sha256)?;
        Ok(Weights { path, sha256, tensors })
    }

    /// Moves every tensor to `device` as numbers of `kind`.
    pub(super) fn place(&mut self, device: tch::Device, kind: Kind) -> Result<(), LoadError> {
        for tensor in self.tensors.values_mut() {
            // One by one, so that the memory of the old form of each is freed before the next is made.
            *tensor = tensor
                .f_to_device(device)
                .and_then(|tensor| tensor.f_to_kind(kind))
                .map_err(|error| LoadError::Inference { path: self.path.clone(), cause: first_line(&error) })?;
        }
        Ok(())
    }

    /// The tensor of this name.
    pub(super) fn get(&self, name: &str) -> Result<&Tensor, LoadError> {
        self.tensors
            .get(name)
            .ok_or_else(|| LoadError::MissingTensor { path: self.path.clone(), tensor: name.to_owned() })
    }
}

/// Every tensor of a .ot archive.
fn ot(path: &Path) -> Result<HashMap<String, Tensor>, LoadError> {
    let tensors = Tensor::load_multi(path)
        .map_err(|error| LoadError::Malformed { path: path.to_owned(), cause: first_line(&error) })?;
    Ok(tensors.into_iter().collect())
}

/// Every floating-point tensor of a safetensors file.
fn safetensors(path: &Path, bytes: &[u8]) -> Result<HashMap<String, Tensor>, LoadError> {
    let malformed = |cause: String| LoadError::Malformed { path: path.to_owned(), cause };
    let file = SafeTensors::deserialize(bytes).map_err(|error| malformed(format!("{error:?}")))?;
    let mut tensors = HashMap::new();
    for (name, view) in file.tensors() {
        let kind = match view.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            Dtype::F64 => Kind::Double,
            // Buffers such as position_ids; a weight of such a type is reported as missing.
            _ => continue,
        };
        let shape: Vec<i64> = view.shape().iter().map(|&size| i64::try_from(size).unwrap_or(i64::MAX)).collect();
        let tensor =
            Tensor::f_from_data_size(view.data(), &shape, kind).map_err(|error| malformed(first_line(&error)))?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// Keeps the tensors that `config` names and refuses a missing one or one of another shape.
fn check(
    path: &Path,
    config: &Config,
    mut found: HashMap<String, Tensor>,
) -> Result<HashMap<String, Tensor>, LoadError> {
    let mut tensors = HashMap::new();
    for (name, expected) in config.tensors() {
        let Some(tensor) = found.remove(&name).or_else(|| found.remove(&old_name(&name))) else {
            return Err(LoadError::MissingTensor { path: path.to_owned(), tensor: name });
        };
        let shape: Vec<usize> = tensor.size().iter().map(|&size| usize::try_from(size).unwrap_or(0)).collect();
        if shape != expected {
            return Err(LoadError::TensorShape { path: path.to_owned(), tensor: name, found: shape, expected });
        }
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

/// The name that checkpoints converted from TensorFlow use for a tensor of a layer norm.
fn old_name(name: &str) -> String {
    name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
}
