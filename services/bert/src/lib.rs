//! The transformer engine: windows of pieces in, logits of their words out.
//!
//! An [`Engine`] owns a token-classification model in the Hugging Face layout, run on threads of its own by one of two
//! libraries: rust-bert on libtorch, or ONNX Runtime. Requests wait in one bounded queue; what runs together is decided by
//! deadline and by length, so that one long text does not hold up short ones and little is spent on padding.
//!
//! Everything about texts, words and mentions is above this crate; everything about libtorch and ONNX Runtime is inside it,
//! in `torch` and `onnx`; the rest knows of neither more than the trait in `backend`.

mod backend;
mod config;
mod engine;
mod error;
mod folder;
mod labels;
mod metrics;
mod onnx;
mod options;
mod pieces;
mod queue;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod torch;

pub use engine::{Engine, ModelInfo};
pub use error::LoadError;
pub use options::{Backend, Device, Options, Precision};
pub use torch::bound_kernel_caches;

/// Most pieces of one word that are looked at. The word's tag comes from the first; the others only inform it.
pub const PIECES_PER_WORD_MAX: usize = 16;

/// A stretch of a text that the model sees at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Ids of the pieces, without the special ones at either end; at most [`Engine::window_pieces_max`].
    pub pieces: Vec<u32>,
    /// For each word to classify, the index in `pieces` of its first piece; ascending.
    pub heads: Vec<u32>,
}

/// What the model says of the words of one window: `[heads][labels]` `f32`, row-major, not normalised.
///
/// The columns are in the order of [`Engine::tags`]. Divide by [`ModelInfo::temperature`] before a softmax.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    labels: usize,
    values: Vec<f32>,
}

impl Logits {
    /// One row of logits for each head of the window, in the order of the heads.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        // A model has at least one label, or it would not have loaded; the maximum only rules the panic out.
        self.values.chunks_exact(self.labels.max(1))
    }
}
