//! Prints the logits of windows, for comparison with another implementation.
//!
//! `cargo run --release -p enrich-bert --example logits -- FOLDER fp32|bf16 < WINDOWS`
//! where each line of the input holds the piece ids of a window as a JSON list, without the special pieces, and each
//! line of the output the logits of every piece as a list of lists. All windows are one request, so that they share
//! batches. With `words` in place of the precision, a line is a JSON list of words and the answer the pieces of each.

use std::{
    error::Error,
    io::{Write, stdin, stdout},
    path::PathBuf,
};

use enrich_bert::{Engine, Options, Precision, Window};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let mode = arguments.next().unwrap_or_default();
    let precision = if mode == "bf16" { Precision::Bf16 } else { Precision::Fp32 };
    let engine = Engine::start(&folder, &Options { precision, ..Options::default() })?;
    let lines: Vec<String> = stdin().lines().collect::<Result<_, _>>()?;
    if mode == "words" {
        for line in lines {
            let words: Vec<String> = serde_json::from_str(&line)?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            writeln!(stdout(), "{}", serde_json::to_string(&engine.pieces(&words)?)?)?;
        }
        return Ok(());
    }
    let mut windows = Vec::new();
    for line in lines {
        let pieces: Vec<u32> = serde_json::from_str(&line)?;
        windows.push(Window { heads: (0..u32::try_from(pieces.len())?).collect(), pieces });
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for logits in runtime.block_on(engine.classify(windows, None))? {
        let rows: Vec<&[f32]> = logits.rows().collect();
        writeln!(stdout(), "{}", serde_json::to_string(&rows)?)?;
    }
    Ok(())
}
