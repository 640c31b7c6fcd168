//! What runs a batch: the one thing in which the engine's libraries differ.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Precision, pieces::Specials};

/// A network for one thread.
pub(crate) trait Network: Send {
    /// Makes the calling thread ready for [`Network::forward`]; called once.
    fn settle(&self) {}

    /// The logits of each row's tokens, those of its pieces between those of the two special ones: `[row + 2][labels]` `f32`,
    /// row-major.
    ///
    /// The error is what the library says. Neither it nor a panic harms the network.
    fn forward(&mut self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, String>;
}

/// One for each thread of the engine.
pub(crate) type Networks = Vec<Box<dyn Network>>;

/// What a library makes of a model folder.
pub(crate) struct Loaded {
    pub(crate) networks: Networks,
    /// Never [`Precision::Auto`].
    pub(crate) precision: Precision,
    /// SHA-256 of the weights file, in lower-case hex.
    pub(crate) sha256: String,
    /// Whether rows run faster together, padded to the longest, than one by one.
    pub(crate) batches: bool,
}

/// The ids of `row` between the special pieces.
pub(crate) fn enclosed(row: &[u32], specials: Specials) -> impl Iterator<Item = i64> {
    let (open, close) = (i64::from(specials.open), i64::from(specials.close));
    std::iter::once(open).chain(row.iter().map(|&id| i64::from(id))).chain(std::iter::once(close))
}

/// Runs `compute`; a panic in it becomes an error.
pub(crate) fn caught<T>(compute: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compute)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(text.map_or_else(|| "a panic without a message".to_owned(), |text| first_line(&text)))
    })
}

/// The first line of an error; libtorch appends a stack trace.
pub(crate) fn first_line(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
