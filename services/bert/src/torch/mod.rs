//! rust-bert on libtorch: padded batches in fp32 or bf16.

mod memory;
mod network;
mod weights;

pub use memory::bound_kernel_caches;

use std::num::NonZeroUsize;

use tch::Kind;

use self::{network::TorchNetwork, weights::Weights};
use crate::{Backend, Device, LoadError, Options, Precision, backend::Loaded, folder::Folder, options::has_bf16};

/// Loads one network for each of `threads`; all share the memory of the weights.
///
/// To be called on a thread of its own, because libtorch's settings and buffers stay with the thread that made them.
pub(crate) fn load(folder: &Folder, threads: NonZeroUsize, options: &Options) -> Result<Loaded, LoadError> {
    memory::keep_freed_buffers();
    let (device, precision) = place(options)?;
    tch::set_num_threads(1);
    let _no_grad = tch::no_grad_guard();
    let mut weights = Weights::read(folder)?;
    let kind = if precision == Precision::Bf16 { Kind::BFloat16 } else { Kind::Float };
    weights.place(device, kind)?;
    // A GPU computes one batch at a time.
    let threads = if device == tch::Device::Cpu { threads.get() } else { 1 };
    let mut loaded = Loaded { networks: Vec::new(), precision, sha256: weights.sha256.clone(), batches: true };
    for _ in 0..threads {
        loaded.networks.push(Box::new(TorchNetwork::build(folder, &weights, device)?));
    }
    Ok(loaded)
}

/// Settles where the model runs and in which number format.
fn place(options: &Options) -> Result<(tch::Device, Precision), LoadError> {
    let device = match options.device {
        Device::Cpu => tch::Device::Cpu,
        Device::Cuda(index) => {
            let count = tch::Cuda::device_count();
            if i64::try_from(index).unwrap_or(i64::MAX) >= count {
                return Err(LoadError::NoDevice { device: options.device, count });
            }
            tch::Device::Cuda(index)
        }
    };
    let bf16 = device == tch::Device::Cpu && has_bf16();
    let precision = match options.precision {
        Precision::Auto if bf16 => Precision::Bf16,
        Precision::Auto => Precision::Fp32,
        Precision::Int8 => {
            let asked = "int8".to_owned();
            return Err(LoadError::Unsupported { backend: Backend::RustBert, asked, offered: "fp32 and bf16" });
        }
        chosen => chosen,
    };
    if precision == Precision::Bf16 && device == tch::Device::Cpu && !bf16 {
        tracing::warn!("this processor has no bf16 arithmetic; fp32 would be faster");
    }
    Ok((device, precision))
}
