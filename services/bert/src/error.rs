use std::path::PathBuf;

use crate::{Backend, Device};

/// Why a model folder was refused. Each message names the path and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The path is no folder.
    #[error(
        "{} is not a folder: give the folder that holds config.json, tokenizer.json and model.safetensors",
        path.display()
    )]
    NotAFolder {
        /// What was given.
        path: PathBuf,
    },
    /// A file that every model folder holds is not there.
    #[error("{} is missing: {remedy}", path.display())]
    MissingFile {
        /// Where it should be.
        path: PathBuf,
        /// How to get one.
        remedy: &'static str,
    },
    /// A file is there and cannot be read.
    #[error("{} cannot be read: check its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("{} is malformed ({cause}): export the model again", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The model is of a kind that this engine does not run.
    #[error(
        "{} describes {found}: this engine runs token classification with model_type bert, distilbert, roberta or \
         xlm-roberta",
        path.display()
    )]
    UnknownArchitecture {
        /// The config.json.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// The labels say nothing of persons, organisations or places.
    #[error(
        "{}: {cause}; id2label must name O and B-/I- labels of PER, ORG or LOC (PERSON, ORGANIZATION and GPE are \
         understood too): rename the labels there to these",
        path.display()
    )]
    Labels {
        /// The config.json.
        path: PathBuf,
        /// Which label, and why.
        cause: String,
    },
    /// The tokenizer knows pieces that the model has no embedding for.
    #[error(
        "{} has the piece id {id_max} but the model's vocabulary is {vocabulary}: the tokenizer belongs to another \
         model; take both from the same export",
        path.display()
    )]
    VocabularyMismatch {
        /// The tokenizer.json.
        path: PathBuf,
        /// Greatest id that the tokenizer gives.
        id_max: u32,
        /// `vocab_size` of the config.json.
        vocabulary: usize,
    },
    /// The tokenizer has no piece for a special purpose.
    #[error(
        "{} has none of the special pieces {names}: export the tokenizer again with its special pieces",
        path.display()
    )]
    MissingSpecialPiece {
        /// The tokenizer.json.
        path: PathBuf,
        /// The names that were looked for.
        names: String,
    },
    /// The weights lack a tensor that the architecture needs.
    #[error(
        "{} lacks the tensor {tensor}: it does not fit the config.json beside it; take both from the same export",
        path.display()
    )]
    MissingTensor {
        /// The weights.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
    },
    /// A tensor has a shape that the config.json contradicts.
    #[error(
        "{}: the tensor {tensor} is {found:?} where config.json asks for {expected:?}; take both from the same export",
        path.display()
    )]
    TensorShape {
        /// The weights.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that fits the config.json.
        expected: Vec<usize>,
    },
    /// The weights are not those that the manifest describes.
    #[error(
        "{} has the sha256 {found} but manifest.toml says {expected}: fetch the file again, or remove manifest.toml \
         if you changed the weights on purpose",
        path.display()
    )]
    HashMismatch {
        /// The weights.
        path: PathBuf,
        /// Hash of the file, in hex.
        found: String,
        /// Hash in the manifest.
        expected: String,
    },
    /// The device asked for is not there.
    #[error(
        "the device {device} is not available: this libtorch sees {count} CUDA devices; use the device cpu, or build \
         with LIBTORCH set to a libtorch that has CUDA"
    )]
    NoDevice {
        /// What was asked for.
        device: Device,
        /// How many CUDA devices there are.
        count: i64,
    },
    /// The library does not compute in the way asked for.
    #[error("the engine {backend} does not compute in {asked}: ask for {offered}, or choose the other engine")]
    Unsupported {
        /// The library that was chosen.
        backend: Backend,
        /// The precision or device asked for.
        asked: String,
        /// What it does compute in.
        offered: &'static str,
    },
    /// There is no ONNX Runtime, or not one that serves.
    #[error(
        "ONNX Runtime ({}) cannot be loaded: {cause}; run `make setup`, or give the path of libonnxruntime.so (1.18 or later) \
         with --onnxruntime, or choose --entities-engine rust-bert",
        path.display()
    )]
    OnnxRuntime {
        /// The file, or the name that was looked for.
        path: PathBuf,
        /// What the loader says.
        cause: String,
    },
    /// The library failed on a folder that looked right.
    #[error("{} cannot be run: {cause}", path.display())]
    Inference {
        /// The folder.
        path: PathBuf,
        /// What the library says.
        cause: String,
    },
}
