//! Models as bytes: parsed and checked, so that what follows may trust them.

mod bytes;
mod linear;
mod ngrams;

#[cfg(test)]
pub(crate) use linear::tests;
pub use linear::{Linear, Row};
pub use ngrams::{Class, Group, KNOTS, Ngrams, Sums};

/// Why bytes are no model. Each message names what was found and what was expected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// The bytes do not begin as a model does.
    #[error("not such a model: it begins with {found:02x?}, not with {expected:02x?}")]
    Magic {
        /// The first bytes, as far as there are any.
        found: Vec<u8>,
        /// What they should be.
        expected: [u8; 8],
    },
    /// There are more or fewer bytes than the header promises.
    #[error("the model is {bytes} bytes; its header promises {expected}")]
    Length {
        /// What there is.
        bytes: usize,
        /// What there should be.
        expected: u64,
    },
    /// A number in the header that this version cannot work with.
    #[error("the model's {field} is {value}; it must be {expected}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What it is.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The model was trained with other features.
    #[error("the model is for features of version {found}; this program has version {expected}")]
    Features {
        /// What the model was trained with.
        found: u32,
        /// What this program computes.
        expected: u32,
    },
    /// The bytes were damaged after they were written.
    #[error("the model's checksum is {found:016x}; its bytes give {expected:016x}")]
    Checksum {
        /// What the file says.
        found: u64,
        /// What its bytes give.
        expected: u64,
    },
}
