use clap::builder::RangedU64ValueParser;
use enrich_bert::{Backend, Device, Options, Precision};
use std::{num::NonZeroUsize, path::PathBuf};

/// What the entity service can be told.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Entities")]
pub struct Config {
    /// Folder of the token-classification model: config.json, tokenizer.json and model.safetensors, as
    /// `save_pretrained` writes them. BERT, DistilBERT, RoBERTa and XLM-RoBERTa are run. Shipped models have model.int8.onnx, too.
    #[arg(long, env = "ENRICH_ENTITIES_MODEL", default_value = "models/entities")]
    pub entities_model: PathBuf,
    /// What computes: `onnx` (ONNX Runtime, model.int8.onnx, on the CPU), `rust-bert` (libtorch, the folder's other weights), or
    /// `auto`: onnx where the folder has model.int8.onnx and neither a GPU nor another precision is asked for.
    #[arg(long, env = "ENRICH_ENTITIES_ENGINE", default_value = "auto", value_parser = backend)]
    pub entities_engine: Backend,
    /// The ONNX Runtime library or its folder; by default libonnxruntime.so.1 in `lib` beside the program, or where it was when
    /// the program was built.
    #[arg(long, env = "ENRICH_ONNXRUNTIME", value_name = "PATH")]
    pub onnxruntime: Option<PathBuf>,
    /// Where the model computes: `cpu`, or `cuda:N` with a libtorch that has CUDA.
    #[arg(long, env = "ENRICH_ENTITIES_DEVICE", default_value = "cpu", value_parser = device)]
    pub entities_device: Device,
    /// Number format of the computation: `fp32`, `bf16`, `int8`, or `auto`: int8 with onnx, else bf16 where the processor has it
    /// in hardware, else fp32.
    #[arg(long, env = "ENRICH_ENTITIES_PRECISION", default_value = "auto", value_parser = precision)]
    pub entities_precision: Precision,
    /// Threads of the engine, each with batches of its own; by default one for each core.
    #[arg(long, env = "ENRICH_ENTITIES_THREADS")]
    pub entities_threads: Option<NonZeroUsize>,
    /// Most tokens in a batch, padding included; rust-bert only, onnx runs window by window.
    #[arg(long, env = "ENRICH_ENTITIES_BATCH_TOKENS_MAX", default_value_t = 1024, value_parser = tokens())]
    pub entities_batch_tokens_max: usize,
    /// Most tokens that wait; further requests are refused with RESOURCE_EXHAUSTED.
    #[arg(long, env = "ENRICH_ENTITIES_QUEUE_TOKENS_MAX", default_value_t = 1 << 20, value_parser = tokens())]
    pub entities_queue_tokens_max: usize,
    /// Most tokens of a window; a longer text is read in overlapping windows. What the model itself can see at once is
    /// the limit wherever that is less.
    #[arg(long, env = "ENRICH_ENTITIES_WINDOW_TOKENS_MAX", default_value_t = 128, value_parser = window())]
    pub entities_window_tokens_max: usize,
}

impl Config {
    pub(crate) fn options(&self) -> Options {
        Options {
            backend: self.entities_engine,
            onnxruntime: self.onnxruntime.clone(),
            device: self.entities_device,
            precision: self.entities_precision,
            threads: self.entities_threads,
            batch_tokens_max: self.entities_batch_tokens_max,
            queue_tokens_max: self.entities_queue_tokens_max,
        }
    }
}

fn tokens() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(64..=1 << 24)
}

/// A word may be 16 pieces long and wants neighbours.
fn window() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(64..=8192)
}

fn backend(name: &str) -> Result<Backend, String> {
    match name {
        "auto" => Ok(Backend::Auto),
        "rust-bert" => Ok(Backend::RustBert),
        "onnx" => Ok(Backend::Onnx),
        _ => Err("an engine is `auto`, `rust-bert` or `onnx`".to_owned()),
    }
}

fn device(name: &str) -> Result<Device, String> {
    match (name, name.strip_prefix("cuda:").map(str::parse)) {
        ("cpu", _) => Ok(Device::Cpu),
        (_, Some(Ok(index))) => Ok(Device::Cuda(index)),
        _ => Err("a device is `cpu` or `cuda:N`".to_owned()),
    }
}

fn precision(name: &str) -> Result<Precision, String> {
    match name {
        "auto" => Ok(Precision::Auto),
        "fp32" => Ok(Precision::Fp32),
        "bf16" => Ok(Precision::Bf16),
        "int8" => Ok(Precision::Int8),
        _ => Err("a precision is `auto`, `fp32`, `bf16` or `int8`".to_owned()),
    }
}
