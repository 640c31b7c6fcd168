//! Which punctuation at the ends of a mention belongs to it.

use std::ops::Range;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::Span;

/// The words of a mention that stay when the punctuation at its ends is cut off: a range of indices into `words`, empty
/// where nothing but punctuation is there.
///
/// Kept at an end: a bracket or quote whose partner stands inside (`جامعة (بيروت)`), the full stop of an abbreviation
/// (`U.S.`), and the apostrophe that makes one sound of a Hebrew letter (`ג'ורג'`). Linear time.
pub(super) fn trim(text: &str, words: &[Span]) -> Range<usize> {
    let surface = |at: usize| words[at].of(text).unwrap_or_default();
    let partners = partners(text, words);
    let mut kept = 0..words.len();
    loop {
        let before = kept.clone();
        if kept.is_empty() || !(is_punctuation(surface(kept.start)) || is_punctuation(surface(kept.end - 1))) {
            return kept;
        }
        let last = kept.end - 1;
        let wraps = partners[kept.start] == Some(last);
        if is_punctuation(surface(kept.start)) && (wraps || partners[kept.start].is_none_or(|at| at >= kept.end)) {
            kept.start += 1;
        }
        if kept.start <= last && is_punctuation(surface(last)) {
            let balanced = !wraps && partners[last].is_some_and(|at| at >= kept.start);
            if !balanced && !belongs_to_word_before(text, &words[kept.clone()]) {
                kept.end -= 1;
            }
        }
        if kept == before {
            return kept;
        }
    }
}

/// Whether the last of `words`, a punctuation mark, is part of how the word before it is spelt.
fn belongs_to_word_before(text: &str, words: &[Span]) -> bool {
    let [.., before, last] = words else { return false };
    if before.end() != last.begin() {
        return false;
    }
    let (before, last) = (before.of(text).unwrap_or_default(), last.of(text).unwrap_or_default());
    match last {
        "." => before.chars().count() == 1 && before.chars().all(char::is_alphabetic),
        "'" | "\u{2019}" | "\u{5f3}" => before.ends_with(GERESH_LETTERS),
        _ => false,
    }
}

// With a geresh these letters write sounds of foreign names (j, zh, ch, th, kh).
const GERESH_LETTERS: [char; 6] = ['ג', 'ז', 'צ', 'ץ', 'ת', 'ח'];

/// For each word that is a bracket or quote, the word that closes or opens it. Straight quotes pair up from the left; one
/// inside a word, as in a Hebrew acronym (`צה"ל`), is none.
fn partners(text: &str, words: &[Span]) -> Vec<Option<usize>> {
    let mut partners = vec![None; words.len()];
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let mut characters = word.of(text).unwrap_or_default().chars();
        let (Some(character), None) = (characters.next(), characters.next()) else { continue };
        if is_between_letters(text, *word) {
            continue;
        }
        let is_closer = |opened: char| closers(opened).contains(&character);
        if let Some(depth) = open.iter().rposition(|(_, opened)| is_closer(*opened)) {
            let (opened_at, _) = open[depth];
            open.truncate(depth);
            partners[at] = Some(opened_at);
            partners[opened_at] = Some(at);
        } else if !closers(character).is_empty() && open.len() < DEPTH_MAX {
            open.push((at, character));
        }
    }
    partners
}

/// Whether letters touch `mark` on both sides.
fn is_between_letters(text: &str, mark: Span) -> bool {
    let before = text[..mark.begin()].chars().next_back();
    let after = text[mark.end()..].chars().next();
    before.zip(after).is_some_and(|(before, after)| before.is_alphabetic() && after.is_alphabetic())
}

// Deeper nesting is no name, and a bound keeps a text of opening brackets from being searched over and over.
const DEPTH_MAX: usize = 16;

/// The marks that close what `character` opens; none where it opens nothing.
fn closers(character: char) -> &'static [char] {
    match character {
        '(' => &[')'],
        '[' => &[']'],
        '{' => &['}'],
        '<' => &['>'],
        '«' => &['»'],
        '»' => &['«'],
        '‹' => &['›'],
        '“' => &['”'],
        '”' => &['”', '“'],
        '„' => &['“', '”'],
        '‘' => &['’'],
        '‚' => &['‘', '’'],
        '（' => &['）'],
        '「' => &['」'],
        '『' => &['』'],
        '《' => &['》'],
        '〈' => &['〉'],
        '【' => &['】'],
        '﴾' | '﴿' => &['﴿', '﴾'],
        '"' => &['"'],
        '״' => &['״'],
        _ => &[],
    }
}

/// Whether `word` has no letter and no number.
fn is_punctuation(word: &str) -> bool {
    !word.chars().any(|character| {
        let category = CodePointMapData::<GeneralCategory>::new().get(character);
        GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).contains(category)
    })
}
