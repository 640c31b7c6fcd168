//! The promises of the whole crate, on folders with random weights.

mod loading;
mod onnx;
mod scheduling;
mod serving;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::{Backend, Engine, LoadError, Options, Precision, testing::RandomFolder};

/// A folder with random weights of the default size.
fn folder(model_type: &'static str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    RandomFolder { model_type, ..RandomFolder::default() }.write(dir.path()).unwrap();
    dir
}

fn start(dir: &TempDir, precision: Precision) -> Result<Engine, LoadError> {
    Engine::start(dir.path(), &Options { precision, ..Options::default() })
}

/// The shipped model: the one folder here that ONNX Runtime can run.
fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/entities")
}

/// The engine with each library underneath, on two threads.
fn both() -> [Engine; 2] {
    [Backend::RustBert, Backend::Onnx].map(|backend| {
        let options = Options { backend, threads: std::num::NonZeroUsize::new(2), ..Options::default() };
        Engine::start(&shipped(), &options).unwrap()
    })
}
