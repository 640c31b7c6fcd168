//! The words that the model tags.
//!
//! `training/enrich_training/words.py` implements the same rule; both are tested against `training/fixtures/words.jsonl`,
//! for a model that was trained on other words than it is served would be worse without anyone noticing.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::Span;

/// What a character does to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Separates words and is in none.
    Separator,
    /// A letter, number or mark: makes words.
    Word,
    /// A mark: makes words, and goes with an unspaced base before it.
    Mark,
    /// A letter or number of a script written without blanks: begins a word of its own.
    Unspaced,
    /// A format character: inside a word, or in none.
    Format,
    /// A word of its own.
    Other,
}

/// Splits `text` into words, in order and without overlap.
///
/// White space and control characters separate words. Letters, marks and numbers make words: a run of them is one word.
/// Format characters (joiners, bidi marks, soft hyphens) belong to a word where word characters stand on both sides of
/// their run, and to none elsewhere. In scripts written without blanks (Chinese, Japanese, Thai, Lao, Burmese, Khmer) each
/// letter with the marks behind it is a word. Every other character, punctuation and emoji among them, is a word of its
/// own.
///
/// A text of more than 4 GiB has no words behind that. Linear time.
pub fn words(text: &str) -> Vec<Span> {
    let mut words = Vec::new();
    // The word under construction; its end moves only when a word character is taken, which drops trailing format
    // characters.
    let mut open: Option<Open> = None;
    for (at, character) in text.char_indices() {
        let kind = kind(character);
        let end = at + character.len_utf8();
        match (&mut open, kind) {
            (_, Kind::Format) => {}
            (Some(word), Kind::Mark) => word.end = end,
            (Some(word), Kind::Word) if !word.unspaced => word.end = end,
            _ => {
                words.extend(open.take().and_then(|word| Span::new(text, word.begin..word.end)));
                match kind {
                    Kind::Word | Kind::Mark => open = Some(Open { begin: at, end, unspaced: false }),
                    Kind::Unspaced => open = Some(Open { begin: at, end, unspaced: true }),
                    Kind::Other => words.extend(Span::new(text, at..end)),
                    Kind::Separator | Kind::Format => {}
                }
            }
        }
    }
    words.extend(open.and_then(|word| Span::new(text, word.begin..word.end)));
    words
}

struct Open {
    begin: usize,
    end: usize,
    unspaced: bool,
}

fn kind(character: char) -> Kind {
    if character.is_ascii_alphanumeric() {
        return Kind::Word;
    }
    if character.is_whitespace() || character.is_control() {
        return Kind::Separator;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    match category {
        GeneralCategory::Format => Kind::Format,
        _ if GeneralCategoryGroup::Mark.contains(category) => Kind::Mark,
        _ if !GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).contains(category) => Kind::Other,
        _ if is_unspaced(character) => Kind::Unspaced,
        _ => Kind::Word,
    }
}

/// Whether `character` belongs to a block of a script that is written without blanks.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_words(text: &str, expected: &[&str]) {
        let words = words(text);
        assert_eq!(words.iter().map(|word| word.of(text).unwrap()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn letters_make_words_and_punctuation_stands_alone() {
        check_words("زار محمد، بغداد.", &["زار", "محمد", "،", "بغداد", "."]);
        check_words("Türkiye'nin %3,5'i", &["Türkiye", "'", "nin", "%", "3", ",", "5", "'", "i"]);
        check_words("צה\"ל ב-2024", &["צה", "\"", "ל", "ב", "-", "2024"]);
        check_words("", &[]);
        check_words(" \n\0\u{85}\u{a0}", &[]);
    }

    #[test]
    fn marks_and_tatweel_stay_in_their_word() {
        check_words("بَغْـــدَادُ", &["بَغْـــدَادُ"]);
        check_words("ا\u{301} \u{301} x", &["ا\u{301}", "\u{301}", "x"]);
    }

    #[test]
    fn format_characters_are_inside_a_word_or_in_none() {
        check_words("می\u{200c}رود", &["می\u{200c}رود"]);
        check_words("\u{200f}\u{200c}دجلة\u{200c}\u{200f} \u{feff}", &["دجلة"]);
        check_words("a\u{ad}\u{200d}b\u{200d},\u{200d}c", &["a\u{ad}\u{200d}b", ",", "c"]);
    }

    #[test]
    fn scripts_without_blanks_have_a_word_a_letter() {
        check_words("北京2024年", &["北", "京", "2024", "年"]);
        check_words("ไทย\u{0e48}ก", &["ไ", "ท", "ย\u{0e48}", "ก"]);
        check_words("か\u{200d}\u{3099}き\u{200d}", &["か\u{200d}\u{3099}", "き"]);
        check_words("a\u{200d}北b", &["a", "北", "b"]);
    }

    #[test]
    fn an_emoji_is_a_word_a_code_point() {
        check_words("👩\u{200d}👧🇮🇶!", &["👩", "👧", "🇮", "🇶", "!"]);
        check_words("❤\u{fe0f}", &["❤", "\u{fe0f}"]);
    }

    /// The fixture counts code points.
    #[derive(Debug, serde::Deserialize)]
    struct Case {
        text: String,
        words: Vec<(u32, u32)>,
    }

    #[test]
    fn training_and_serving_agree_on_words() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../training/fixtures/words.jsonl");
        let cases = std::fs::read_to_string(path).unwrap();
        assert!(cases.lines().count() >= 20, "too few cases to mean anything");
        for line in cases.lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            let offsets = crate::offsets::Offsets::new(&case.text, crate::offsets::Unit::CodePoint);
            let words: Vec<_> = words(&case.text).into_iter().map(|word| offsets.begin_end(word)).collect();
            assert_eq!(words, case.words, "{:?}", case.text);
        }
    }

    proptest! {
        #[test]
        fn words_are_sorted_and_hold_every_letter(text in "[\\PC\u{200c}\u{200d}\u{301}\0 ا-ي一-三😀]{0,60}") {
            let words = words(&text);
            prop_assert!(words.windows(2).all(|pair| pair[0].end() <= pair[1].begin()));
            prop_assert!(words.iter().all(|word| !word.is_empty() && word.of(&text).is_some()));
            for (at, character) in text.char_indices() {
                let inside = words.iter().any(|word| word.begin() <= at && at < word.end());
                match kind(character) {
                    Kind::Separator => prop_assert!(!inside),
                    Kind::Format => {}
                    _ => prop_assert!(inside),
                }
            }
        }
    }
}
