use std::{fmt, num::NonZeroUsize};

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
    /// `Bf16` where the processor multiplies it in hardware (avx512_bf16), else `Fp32`; `Fp32` on CUDA.
    #[default]
    Auto,
    /// 32-bit floats.
    Fp32,
    /// bfloat16. Without hardware for it this is slower than `Fp32`.
    Bf16,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Precision::Auto => "auto",
            Precision::Fp32 => "fp32",
            Precision::Bf16 => "bf16",
        })
    }
}

/// How an engine runs. The default suits a machine that serves nothing else.
///
/// A token here is a piece of a window or one of the two special pieces that enclose it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the model computes.
    pub device: Device,
    /// The number format.
    pub precision: Precision,
    /// Threads that compute, each a batch of its own; unset means one for each core that the process may use. On CUDA
    /// there is one.
    pub threads: Option<NonZeroUsize>,
    /// Most tokens in one batch, padding included. A window longer than this runs alone.
    pub batch_tokens_max: usize,
    /// Most tokens that wait. A request that would exceed it is refused at once, unless nothing else waits:
    /// so the longest text is served whatever this says.
    pub queue_tokens_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
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
