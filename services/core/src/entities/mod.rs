//! From the transformer's tags to mentions: which words a text has, how it is cut into windows, which mentions the tags
//! spell, and where exactly they stand.

mod clitics;
mod decode;
mod edges;
mod tag;
mod windows;
mod words;

pub use clitics::Proclitics;
pub use decode::{Calibration, Decoder, Mention, Reading, ScoreRule};
pub use tag::{EntityType, Tag};
pub use windows::{Window, windows};
pub use words::words;
