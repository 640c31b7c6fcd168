//! Cutting a text of several languages.

use super::{Ranking, Segment};
use crate::Span;
use crate::entities::words;
use crate::sentences::sentences;
use crate::tag::{LanguageTag, Script};

// A shorter run in another script is a name or a quoted word, not a change of language.
const RUN_WORDS_MIN: usize = 4;

// Each piece costs a detection: this bounds a text's to tens of milliseconds, whatever it holds.
const PIECES_MAX: usize = 4096;

/// Cuts `text` by language: by sentence, and inside a sentence where it goes over to another script for several words.
///
/// Each piece is ranked by itself. Where that is not reliable, it is taken for the language of the whole text if it can be
/// that; a piece of a few words that cannot goes with its neighbour, as does one without letters. Neighbours of one
/// language are one segment. A text without letters is one segment; an empty one has none.
pub(super) fn segments(text: &str, whole: &Ranking, rank: impl Fn(&str) -> Ranking) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    // Bytes that the score of the last segment stands for.
    let mut weight = 0.0;
    let mut begin = 0;
    for end in ends(text) {
        let piece = &text[begin..end];
        // A beginning that says nothing belongs to what follows.
        let from = if segments.is_empty() { 0 } else { begin };
        begin = end;
        let Some(span) = Span::new(text, from..end) else { break };
        match (judge(piece, &rank(piece), whole), segments.last_mut()) {
            (None, Some(last)) => last.span = last.span.to(span).unwrap_or(last.span),
            (None, None) => {}
            (Some((tag, score)), Some(last)) if last.tag == tag => {
                let bytes = piece.len() as f32;
                last.score = (last.score * weight + score * bytes) / (weight + bytes);
                last.span = last.span.to(span).unwrap_or(last.span);
                weight += bytes;
            }
            (Some((tag, score)), _) => {
                segments.push(Segment { span, tag, score });
                weight = piece.len() as f32;
            }
        }
    }
    if segments.is_empty() && !text.is_empty() {
        let (tag, score) = whole.answer();
        segments.extend(Span::new(text, 0..text.len()).map(|span| Segment { span, tag, score }));
    }
    segments
}

/// The language of `piece` and how probable it is there; `None` where the piece says nothing.
fn judge(piece: &str, ranking: &Ranking, whole: &Ranking) -> Option<(LanguageTag, f32)> {
    let (tag, _) = whole.best();
    if ranking.reliable {
        Some(ranking.best())
    } else if ranking.score(&tag) > 0.0 {
        let score = ranking.score(&tag);
        Some((tag, score))
    } else if words(piece).iter().filter_map(|word| script(piece, *word)).count() >= RUN_WORDS_MIN {
        Some(ranking.best())
    } else {
        None
    }
}

/// Where the pieces end: each at the beginning of the next, the last at the end of the text; at most `PIECES_MAX`.
fn ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    for sentence in sentences(text) {
        if sentence.begin() > 0 {
            ends.push(sentence.begin());
        }
        let surface = sentence.of(text).unwrap_or_default();
        ends.extend(changes(surface).into_iter().map(|at| sentence.begin() + at));
    }
    ends.push(text.len());
    // In a long text of very short sentences, several make a piece.
    let bytes_min = text.len().div_ceil(PIECES_MAX);
    let mut last = 0;
    ends.retain(|&end| {
        let kept = end - last >= bytes_min || end == text.len();
        last = if kept { end } else { last };
        kept
    });
    ends
}

/// Where `sentence` goes over to another script for `RUN_WORDS_MIN` words or more, after as many of the one before.
fn changes(sentence: &str) -> Vec<usize> {
    let mut changes = Vec::new();
    // The run that the piece is in and the one that may follow: script, first byte, words.
    let mut run: Option<(Script, usize, usize)> = None;
    let mut next: Option<(Script, usize, usize)> = None;
    for word in words(sentence) {
        let Some(script) = script(sentence, word) else { continue };
        match (&mut run, &mut next) {
            (None, _) => run = Some((script, word.begin(), 1)),
            (Some((current, _, count)), _) if *current == script => {
                *count += 1;
                next = None;
            }
            (_, Some((other, _, count))) if *other == script => *count += 1,
            _ => next = Some((script, word.begin(), 1)),
        }
        if let (Some((_, _, before)), Some((_, begin, RUN_WORDS_MIN))) = (run, next) {
            // A short run at the beginning of a sentence stays with what follows it.
            if before >= RUN_WORDS_MIN {
                changes.push(begin);
            }
            run = next.take();
        }
    }
    changes
}

/// The script of a word; `None` where it has no letters. Scripts that one language mixes count as one.
fn script(text: &str, word: Span) -> Option<Script> {
    let script = Script::main(word.of(text)?);
    (script != Script::COMMON).then(|| script.family())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_hundreds_of_thousands_of_short_lines_is_cut_into_few_pieces() {
        for line in ["5\n", "ab\n"] {
            let text = line.repeat((1 << 20) / line.len());
            let ends = ends(&text);
            assert!(ends.len() <= PIECES_MAX + 1 && ends.last() == Some(&text.len()), "{}", ends.len());
        }
    }
}
