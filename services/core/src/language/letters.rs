//! What each character is to a detector.

use std::sync::LazyLock;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::tag::Script;

/// What a character is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter of a script.
    Letter(Script),
    /// Part of a word that many scripts share: a combining mark, a modifier letter, the zero-width non-joiner.
    Mark,
    /// A vowel mark of the Arabic or Hebrew script, or tatweel: the same language is written with and without.
    Decoration,
    /// Between words.
    Break,
}

/// A character in lower case, with what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) lower: char,
    pub(super) kind: Kind,
    /// How much a letter says, in halves of a letter of an alphabet.
    pub(super) weight: u8,
    /// Whether it is, or joins with its neighbour to, another character in normal form: accents and letters of old encodings.
    pub(super) is_composable: bool,
}

// The Latin, Greek, Cyrillic, Hebrew, Arabic and Indic blocks: asking the tables of Unicode for every letter of them would
// take longer than all the rest.
const TABLE_END: u32 = 0x1100;

static TABLE: LazyLock<Vec<Letter>> =
    LazyLock::new(|| (0..TABLE_END).map(|code| look_up(char::from_u32(code).unwrap_or('\0'))).collect());

static HAN: LazyLock<Letter> = LazyLock::new(|| look_up('一'));

/// What `character` is.
pub(super) fn letter(character: char) -> Letter {
    match (TABLE.get(character as usize), character) {
        (Some(letter), _) => *letter,
        (None, '\u{4E00}'..='\u{9FFF}') => Letter { lower: character, ..*HAN },
        (None, _) => look_up(character),
    }
}

fn look_up(character: char) -> Letter {
    let kind = kind(character);
    let weight = if let Kind::Letter(script) = kind { weight(script) } else { 0 };
    Letter { lower: lower(character), kind, weight, is_composable: is_composable(character) }
}

fn kind(character: char) -> Kind {
    const ZWNJ: char = '\u{200c}';
    if matches!(character, '\u{640}' | '\u{64B}'..='\u{652}' | '\u{670}' | '\u{591}'..='\u{5C7}') {
        return Kind::Decoration;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    match Script::of_letter(character) {
        Some(script) => Kind::Letter(script),
        None if GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).contains(category) => Kind::Mark,
        None if character == ZWNJ => Kind::Mark,
        None => Kind::Break,
    }
}

/// `character` in lower case; its first character where that is several (`İ`).
fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// How much a letter of `script` says: a word has fewer letters where vowels are not written, fewer still where each is a
/// syllable or a word.
fn weight(script: Script) -> u8 {
    match script.family().code() {
        "Hani" | "Yiii" => 6,
        "Ethi" | "Cans" | "Cher" => 4,
        "Latn" | "Cyrl" | "Grek" | "Armn" | "Geor" => 2,
        _ => 3,
    }
}

fn is_composable(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{FB00}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{FF21}'..='\u{FF9F}')
}

/// Whether `text` holds letters of the Latin and of the Cyrillic alphabet: some keyboards and encodings have the letters
/// that look alike only once.
pub(super) fn is_mixed_cyrillic(text: &str) -> bool {
    // 0xD0 to 0xD4 begin the characters from U+0400 to U+053F.
    text.bytes().any(|byte| matches!(byte, 0xD0..=0xD4)) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The Cyrillic letter that looks like `character`, where there is one.
pub(super) fn cyrillic(character: char) -> char {
    match character.to_ascii_lowercase() {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'h' => 'һ',
        'i' => 'і',
        'j' => 'ј',
        'o' => 'о',
        'p' => 'р',
        's' => 'ѕ',
        'x' => 'х',
        'y' => 'у',
        _ => character,
    }
}
