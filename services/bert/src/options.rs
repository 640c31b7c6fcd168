use std::{fmt, num::NonZeroUsize, path::PathBuf};

/// The library that computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Backend {
    /// `Onnx` where the folder has a model.int8.onnx and the options ask for nothing that it does not do, else `RustBert`.
    #[default]
    Auto,
    /// rust-bert on libtorch: model.safetensors or rust_model.ot, on the processor or a GPU.
    RustBert,
    /// ONNX Runtime: model.int8.onnx, on the processor.
    Onnx,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Auto => "auto",
            Backend::RustBert => "rust-bert",
            Backend::Onnx => "onnx",
        })
    }
}

/// Where the model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The CUDA device of this index; needs a libtorch that was built with CUDA.
    Cuda(usize),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// The number format of weights and activations. Logits come back as `f32` from each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// `Int8` with ONNX Runtime. With rust-bert `Bf16` where the processor multiplies it in hardware (avx512_bf16), else
    /// `Fp32`; `Fp32` on CUDA.
    #[default]
    Auto,
    /// 32-bit floats.
    Fp32,
    /// bfloat16. Without hardware for it this is slower than `Fp32`.
    Bf16,
    /// 8-bit integers in the products with weights, `Fp32` between them.
    Int8,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::Auto => "auto",
            Precision::Fp32 => "fp32",
            Precision::Bf16 => "bf16",
            Precision::Int8 => "int8",
        })
    }
}

/// How an engine runs. The default suits a machine that serves nothing else.
///
/// A token here is a piece of a window or one of the two special pieces that enclose it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The library that computes.
    pub backend: Backend,
    /// The ONNX Runtime library, or the folder that holds it as libonnxruntime.so.1. Unset: that name, beside the program or
    /// where the system's loader looks: in `lib` beside the program, where the program was built, in the system's folders.
    /// A process loads one; later engines share it.
    pub onnxruntime: Option<PathBuf>,
    /// Where the model computes.
    pub device: Device,
    /// The number format.
    pub precision: Precision,
    /// Threads that compute, each a batch of its own; unset means one for each core that the process may use. On CUDA
    /// there is one.
    pub threads: Option<NonZeroUsize>,
    /// Most tokens in one batch, padding included. A window longer than this runs alone. ONNX Runtime runs every window alone,
    /// whatever this says: without padding it is as fast.
    pub batch_tokens_max: usize,
    /// Most tokens that wait. A request that would exceed it is refused at once, unless nothing else waits:
    /// so the longest text is served whatever this says.
    pub queue_tokens_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            backend: Backend::default(),
            onnxruntime: None,
            device: Device::default(),
            precision: Precision::default(),
            threads: None,
            batch_tokens_max: 1024,
            queue_tokens_max: 1 << 20,
        }
    }
}

/// Whether this processor multiplies bfloat16 in hardware, in a form that libtorch uses.
///
/// Every processor with amx_bf16 has avx512_bf16 too.
pub(crate) fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        std::is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}
