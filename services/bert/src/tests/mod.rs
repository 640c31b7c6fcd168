//! The promises of the whole crate, on folders with random weights.

mod loading;
mod scheduling;
mod serving;

use tempfile::TempDir;

use crate::{Engine, LoadError, Options, Precision, testing::RandomFolder};

/// A folder with random weights of the default size.
fn folder(model_type: &'static str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    RandomFolder { model_type, ..RandomFolder::default() }.write(dir.path()).unwrap();
    dir
}

fn start(dir: &TempDir, precision: Precision) -> Result<Engine, LoadError> {
    Engine::start(dir.path(), &Options { precision, ..Options::default() })
}
