use std::ops::Range;

use crate::Span;
use crate::features::{self, Feature};
use crate::sentences::sentences;
use crate::text::View;

/// Characters of the longest passage, but for a short rest at the end of a text. The passages that the shipped model was
/// trained on have up to 521.
pub const PASSAGE_CHARS_MAX: usize = 600;

/// A line break ends a passage that has at least this many characters.
const PARAGRAPH_CHARS_MIN: usize = 200;

/// A rest shorter than this joins the passage before it: alone it would say too little.
const REST_CHARS_MIN: usize = 100;

/// A text, cut into passages and words. What a model is trained on and what it serves are the features that this visits.
#[derive(Clone, Debug)]
pub struct Cut<'t> {
    view: View<'t>,
    words: Vec<Range<usize>>,
    passages: Vec<(Span, Range<usize>)>,
}

impl<'t> Cut<'t> {
    /// Cuts `text`.
    pub fn new(text: &'t str) -> Cut<'t> {
        let view = View::new(text);
        let words = features::words(&view);
        let starts_before =
            |word: &Range<usize>, end| view.span(word.clone()).is_some_and(|span: Span| span.begin() < end);
        let mut begin = 0;
        let passages = passages(text)
            .into_iter()
            .map(|span| {
                let end = begin + words[begin..].partition_point(|word| starts_before(word, span.end()));
                (span, std::mem::replace(&mut begin, end)..end)
            })
            .collect();
        Cut { view, words, passages }
    }

    /// The view of the text that words are ranges of.
    pub fn view(&self) -> &View<'t> {
        &self.view
    }

    /// Where the passages stand, in order.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = Span> {
        self.passages.iter().map(|&(span, _)| span)
    }

    /// The words of a passage, by its place in the order: ranges of the view. None for a passage that is not there.
    pub fn words(&self, passage: usize) -> &[Range<usize>] {
        self.passages.get(passage).and_then(|(_, words)| self.words.get(words.clone())).unwrap_or_default()
    }

    /// Calls `visit` with each feature of a passage and with the place of its word among those of the passage.
    pub fn visit(&self, passage: usize, mut visit: impl FnMut(usize, Feature)) {
        let mut before = None;
        for (index, word) in self.words(passage).iter().enumerate() {
            let word = self.view.text().get(word.clone()).unwrap_or_default();
            features::visit(word, before, |feature| visit(index, feature));
            before = Some(word);
        }
    }
}

/// Cuts `text` into passages: in order, without overlap, together holding every character that is no white space.
///
/// A text of at most [`PASSAGE_CHARS_MAX`] characters is one passage. A longer one is cut at sentence ends, and rather at
/// the end of a paragraph; a sentence that is too long itself is cut at a blank, or anywhere if it has none.
pub fn passages(text: &str) -> Vec<Span> {
    // Bytes bound characters from above: most texts need not be counted.
    if text.len() <= PASSAGE_CHARS_MAX || text.chars().nth(PASSAGE_CHARS_MAX).is_none() {
        let begin = text.len() - text.trim_start().len();
        let end = begin + text.trim().len();
        return if begin < end { Span::new(text, begin..end).into_iter().collect() } else { Vec::new() };
    }
    let mut passages: Vec<(Span, usize)> = Vec::new();
    for piece in sentences(text).into_iter().flat_map(|sentence| pieces(text, sentence)) {
        let chars = piece.of(text).map_or(0, |piece| piece.chars().count());
        match passages.last_mut() {
            Some((span, sum)) if *sum + chars < PASSAGE_CHARS_MAX && !ends_paragraph(text, (*span, piece), *sum) => {
                *span = span.to(piece).unwrap_or(*span);
                *sum += chars + 1;
            }
            _ => passages.push((piece, chars)),
        }
    }
    if let [.., (_, _), (rest, chars)] = passages[..]
        && chars < REST_CHARS_MIN
    {
        passages.pop();
        if let Some((span, _)) = passages.last_mut() {
            *span = span.to(rest).unwrap_or(*span);
        }
    }
    passages.into_iter().map(|(span, _)| span).collect()
}

/// Whether a passage of `chars` characters, the first of the pair, should end before the piece that is the second.
fn ends_paragraph(text: &str, (passage, piece): (Span, Span), chars: usize) -> bool {
    chars >= PARAGRAPH_CHARS_MIN && text.get(passage.end()..piece.begin()).is_some_and(|gap| gap.contains('\n'))
}

/// Cuts `sentence` into pieces that are no longer than a passage.
fn pieces(text: &str, sentence: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut begin = sentence.begin();
    while let Some(rest) = text.get(begin..sentence.end()).filter(|rest| !rest.is_empty()) {
        let length = match rest.char_indices().nth(PASSAGE_CHARS_MAX) {
            None => rest.len(),
            Some((limit, _)) => rest[..limit].rfind(char::is_whitespace).filter(|&blank| blank > 0).unwrap_or(limit),
        };
        pieces.extend(Span::new(text, begin..begin + rest[..length].trim_end().len()));
        let after = &rest[length..];
        begin += length + after.len() - after.trim_start().len();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        passages(text).into_iter().map(|span| span.of(text).unwrap().chars().count()).collect()
    }

    #[test]
    fn a_short_text_is_one_passage() {
        assert_eq!(passages(" \n "), []);
        assert_eq!(passages(" ماء.\n\nنهر. "), [Span::new(" ماء.\n\nنهر. ", 1..17).unwrap()]);
        assert_eq!(lengths(&"م".repeat(600)), [600]);
    }

    #[test]
    fn long_texts_are_cut_between_sentences() {
        let sentence = format!("A{} end.", " word".repeat(20));
        let text = [sentence.as_str(); 12].join(" ");
        assert!(passages(&text).iter().all(|span| span.of(&text).unwrap().ends_with("end.")));
        assert_eq!(lengths(&text), [534, 534, 213]);
    }

    #[test]
    fn paragraphs_of_some_length_stay_apart() {
        let paragraph = "word ".repeat(60);
        let text = format!("Title\n{paragraph}\n{paragraph}\n{paragraph}");
        assert_eq!(lengths(&text), [305, 299, 299]);
    }

    #[test]
    fn a_sentence_without_end_is_cut_at_blanks() {
        assert_eq!(lengths(&"ab ".repeat(500)), [599, 599, 299]);
        assert_eq!(lengths(&"ا".repeat(1250)), [600, 650]);
    }

    proptest! {
        #[test]
        fn passages_hold_every_letter_once(text in proptest::collection::vec("[ab.؟ماء\n ]{0,300}", 0..8)) {
            let text = text.concat();
            let mut end = 0;
            for span in passages(&text) {
                prop_assert!(text[end..span.begin()].trim().is_empty());
                prop_assert!(span.of(&text).is_some_and(|passage| !passage.is_empty()));
                prop_assert!(span.of(&text).unwrap().chars().count() <= PASSAGE_CHARS_MAX + REST_CHARS_MIN + 300);
                end = span.end();
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
