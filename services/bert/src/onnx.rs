//! ONNX Runtime: int8 products, each window alone.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ort::{
    environment::Environment,
    logging::LogLevel,
    session::{Session, builder::GraphOptimizationLevel},
    value::Tensor,
};

use crate::{
    Backend, Device, LoadError, Options, Precision,
    backend::{Loaded, Network, caught, enclosed, first_line},
    folder::{Folder, read, sha256},
    pieces::Specials,
};

/// The weights with the graph around them.
pub(crate) const FILE: &str = "model.int8.onnx";
/// The name that every ONNX Runtime of version 1 gives itself.
const LIBRARY: &str = "libonnxruntime.so.1";

/// A process has one environment, made by the library that was loaded first.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

struct OnnxNetwork {
    session: Session,
    specials: Specials,
    labels: usize,
}

/// Loads one session for each of `threads`.
pub(crate) fn load(folder: &Folder, threads: NonZeroUsize, options: &Options) -> Result<Loaded, LoadError> {
    let asked = match (options.device, options.precision) {
        (Device::Cpu, Precision::Auto | Precision::Int8) => None,
        (Device::Cpu, precision) => Some(precision.to_string()),
        (device, _) => Some(device.to_string()),
    };
    if let Some(asked) = asked {
        return Err(LoadError::Unsupported { backend: Backend::Onnx, asked, offered: "int8 on the device cpu" });
    }
    let path = folder.path.join(FILE);
    let bytes =
        read(&path, "make it with the training pipeline's stage `quantise`, or choose --entities-engine rust-bert")?;
    let sha256 = sha256(&bytes);
    folder.check_hash(&path, &sha256)?;
    let environment = environment(options.onnxruntime.as_deref())?;
    let malformed = |cause: String| LoadError::Malformed { path: path.clone(), cause };
    let mut loaded = Loaded { networks: Vec::new(), precision: Precision::Int8, sha256, batches: false };
    for _ in 0..threads.get() {
        let session =
            caught(|| session(&environment, &bytes).map_err(|error| first_line(&error))).map_err(malformed)?;
        let (specials, labels) = (folder.pieces.specials, folder.config.sizes.labels);
        loaded.networks.push(Box::new(OnnxNetwork { session, specials, labels }));
    }
    Ok(loaded)
}

/// The process's environment; the first call loads the library.
fn environment(library: Option<&Path>) -> Result<Environment, LoadError> {
    let mut kept = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*kept {
        return Ok(environment.clone());
    }
    let path = match library {
        None => PathBuf::from(LIBRARY),
        Some(folder) if folder.is_dir() => folder.join(LIBRARY),
        Some(file) => file.to_owned(),
    };
    let made = caught(|| {
        let builder = ort::init_from(&path).map_err(|error| first_line(&error))?;
        builder.with_telemetry(false).build().map_err(|error| first_line(&error))
    });
    let environment = made.map_err(|cause| LoadError::OnnxRuntime { path, cause })?;
    // What goes wrong is returned, too, and told in our own log.
    environment.set_log_level(LogLevel::Fatal);
    *kept = Some(environment.clone());
    Ok(environment)
}

fn session(environment: &Environment, bytes: &[u8]) -> ort::Result<Session> {
    let builder = Session::builder(environment)?.with_intra_threads(1)?.with_inter_threads(1)?;
    // The graph comes with the fused operators that pay; a further one, for layer norms, takes three times as long.
    builder.with_optimization_level(GraphOptimizationLevel::Level1)?.commit_from_memory(bytes)
}

impl OnnxNetwork {
    fn window(&mut self, row: &[u32]) -> Result<Vec<f32>, String> {
        let ids: Vec<i64> = enclosed(row, self.specials).collect();
        let expected = ids.len() * self.labels;
        let values = self.run(ids).map_err(|error| first_line(&error))?;
        if values.len() != expected {
            return Err(format!("{} logits where {expected} were expected", values.len()));
        }
        Ok(values)
    }

    fn run(&mut self, ids: Vec<i64>) -> ort::Result<Vec<f32>> {
        let outputs = self.session.run(ort::inputs![Tensor::from_array(([1, ids.len()], ids))?])?;
        Ok(outputs[0].try_extract_tensor::<f32>()?.1.to_vec())
    }
}

impl Network for OnnxNetwork {
    fn forward(&mut self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, String> {
        rows.iter().map(|row| self.window(row)).collect()
    }
}
