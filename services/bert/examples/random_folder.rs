//! Writes a model folder with random weights: `base` (XLM-RoBERTa base: 12 x 768, 250,002 pieces) or `compact` (6 x 256).
//!
//! `cargo run --release -p enrich-bert --features testing --example random_folder -- base|compact FOLDER`

use std::{error::Error, fs, path::PathBuf};

use enrich_bert::testing::RandomFolder;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let layout = match arguments.next().as_deref() {
        Some("base") => RandomFolder::base(),
        Some("compact") => RandomFolder::compact(),
        _ => return Err("which layout, `base` or `compact`?".into()),
    };
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    fs::create_dir_all(&folder)?;
    layout.write(&folder)?;
    Ok(())
}
