//! Prints what a linear model sees of texts, for training: the featuriser that serves is the one that trains.
//!
//! Standard in: for each text a `u32` of its bytes, then its UTF-8 bytes. Standard out: for each text a `u32` of its
//! passages, and for each passage a `u32` of its features, then their buckets, each a `u32`. All little-endian.
//!
//! With the path of a model as its argument it prints the model's answers instead: for each text a `u32` of the model's
//! topics, then the score of each, an `f32` (little-endian, too), in the model's order.

use std::io::{self, Read, Write};

use enrich_core::model::Linear;
use enrich_core::topics::{Classifier, Cut, LinearClassifier, Query};

fn main() -> io::Result<()> {
    let classifier = match std::env::args_os().nth(1) {
        None => None,
        Some(path) => Some(LinearClassifier::new(Linear::parse(&std::fs::read(path)?).map_err(io::Error::other)?)),
    };
    let mut texts = Vec::new();
    io::stdin().lock().read_to_end(&mut texts)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut rest = texts.as_slice();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let bytes = u32::from_le_bytes(*length) as usize;
        let (text, after) = after.split_at_checked(bytes).ok_or(io::ErrorKind::UnexpectedEof)?;
        rest = after;
        let text = std::str::from_utf8(text).map_err(io::Error::other)?;
        match &classifier {
            None => print_features(text, &mut out)?,
            Some(classifier) => print_scores(text, classifier, &mut out)?,
        }
    }
    out.flush()
}

fn print_features(text: &str, out: &mut impl Write) -> io::Result<()> {
    let cut = Cut::new(text);
    print_count(cut.spans().len(), out)?;
    for passage in 0..cut.spans().len() {
        let mut buckets = Vec::new();
        cut.visit(passage, |_, feature| buckets.extend(feature.bucket.to_le_bytes()));
        print_count(buckets.len() / 4, out)?;
        out.write_all(&buckets)?;
    }
    Ok(())
}

fn print_scores(text: &str, classifier: &LinearClassifier, out: &mut impl Write) -> io::Result<()> {
    let query = Query { evidence_max: 0, ..Query::default() };
    let verdict = classifier.classify(text, &query).map_err(io::Error::other)?;
    let topics = classifier.topics();
    print_count(topics.len(), out)?;
    for known in topics {
        let score = verdict.topics.iter().find(|topic| topic.id == known.id).map_or(0.0, |topic| topic.score);
        out.write_all(&score.to_le_bytes())?;
    }
    Ok(())
}

fn print_count(count: usize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&u32::try_from(count).map_err(io::Error::other)?.to_le_bytes())
}
