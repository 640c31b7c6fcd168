//! The thinking: pure functions over text. No I/O, no async, no wire types.

pub mod entities;
mod error;
pub mod features;
pub mod language;
pub mod manifest;
pub mod model;
pub mod offsets;
pub mod sentences;
mod span;
pub mod tag;
pub mod text;
pub mod topics;

pub use error::Error;
pub use span::Span;
