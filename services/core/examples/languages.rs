//! Prints what the language detector sees of texts, for training: the featuriser that serves is the one that trains.
//!
//! Standard in: texts, a line each. Arguments: for each script the letters of its longest group, `Latn=5`; any other has 5.
//! Standard out, little-endian: for each text the four letters of its script, a `u32` of its words, for each word a `u32` of
//! its groups, then the hashes of all groups, each a `u32`.
//!
//! With `--model PATH` it prints the model's answers instead, a line each: tag, dialect, score, whether it is reliable, and the
//! ranking (`tag=score`), parted by tabs. A text may be preceded by the tags to choose among, parted by commas, and
//! a tab.

use std::error::Error;
use std::io::{self, BufRead, Write};

use enrich_core::language::{Detector, LinearDetector, Query, Votes, grams};
use enrich_core::model::Ngrams;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let lines = io::stdin().lock().lines();
    match arguments.as_slice() {
        [flag, path] if flag == "--model" => {
            let detector = LinearDetector::new(Ngrams::parse(&std::fs::read(path)?)?);
            for line in lines {
                print_answer(&line?, &detector, &mut out)?;
            }
        }
        orders => {
            for line in lines {
                print_groups(&line?, orders, &mut out)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// Prints the groups of `text`.
fn print_groups(text: &str, orders: &[String], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let votes = Votes::of(text);
    let script = votes.script().family().code();
    let order = orders.iter().find_map(|order| order.strip_prefix(script)?.strip_prefix('='));
    let order = order.map_or(Ok(5), str::parse)?;
    out.write_all(script.as_bytes())?;
    let words: Vec<&str> = votes.words().collect();
    print_count(words.len(), out)?;
    let mut hashes = Vec::new();
    for word in words {
        let before = hashes.len();
        grams::visit(word, order, |hash| hashes.extend(hash.to_le_bytes()));
        print_count((hashes.len() - before) / 4, out)?;
    }
    Ok(out.write_all(&hashes)?)
}

/// Prints what `detector` makes of a line: a text, or the tags to choose among, a tab and a text.
fn print_answer(line: &str, detector: &LinearDetector, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (languages, text) = line.split_once('\t').unwrap_or(("", line));
    let languages: Vec<&str> = languages.split(',').filter(|tag| !tag.is_empty()).collect();
    let mut query = Query::among(detector, &languages)?;
    query.alternatives_max = 8;
    let found = detector.detect(text, &query);
    write!(out, "{}\t{}\t{}\t{}\t", found.tag, found.dialect, found.score, found.reliable)?;
    for other in &found.alternatives {
        write!(out, "{}={} ", other.tag, other.score)?;
    }
    writeln!(out)?;
    Ok(())
}

fn print_count(count: usize, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    Ok(out.write_all(&u32::try_from(count)?.to_le_bytes())?)
}
