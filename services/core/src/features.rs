//! What a linear model sees of a text: hashed words, word pairs and letter groups. The only featuriser: training reads
//! what `examples/features.rs` prints with it.
//!
//! A *word* is a run of letters, digits and marks in the [`View`]. Its features are
//! - itself, and itself without Arabic or Hebrew proclitics (`والمياه` gives `المياه` and `مياه`, too);
//! - itself together with the word before it, where the two share a passage;
//! - its groups of [`GRAM_MIN`] to [`GRAM_MAX`] characters, with a mark before its first and after its last one.
//!
//! A feature's bucket is the 64-bit FNV-1a hash ([`fnv1a`]) of one byte for its kind (`w`, `p` or `g`) and its UTF-8
//! bytes (a blank between the words of a pair, 0x02 and 0x03 as the marks of a group), folded to 32 bits by exclusive or of
//! its halves and cut to the lowest 18. Buckets are shared by all kinds, languages and topics.
//!
//! Method: Weinberger et al. 2009, feature hashing (without its signs, which int8 weights would have to undo).

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::text::View;

/// Number of buckets; a power of two.
pub const BUCKETS: usize = 1 << 18;

/// Changes whenever the features of some text do. A model carries the number that it was trained with.
pub const VERSION: u32 = 1;

/// Characters of the shortest group.
pub const GRAM_MIN: usize = 3;

/// Characters of the longest group.
pub const GRAM_MAX: usize = 5;

/// Hash of no bytes.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
const BEGIN: u8 = 0x02;
const END: u8 = 0x03;
/// Characters that must be left of a word without its proclitics.
const STEM_MIN: usize = 3;

/// The 64-bit FNV-1a hash of `bytes` after those that `hash` stands for (0xcbf29ce484222325: none): for each byte an
/// exclusive or, then a multiplication by 0x100000001b3.
///
/// Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
pub fn fnv1a(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// Checks bytes against accidents, not against intent: FNV-1a over all of them.
pub fn checksum(bytes: &[u8]) -> u64 {
    fnv1a(FNV_BASIS, bytes)
}

/// The kind of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word, with or without its proclitics.
    Word,
    /// A word with the one before it.
    Pair,
    /// A group of characters within a word.
    Gram,
}

impl Kind {
    fn hash(self) -> u64 {
        let byte = match self {
            Kind::Word => b'w',
            Kind::Pair => b'p',
            Kind::Gram => b'g',
        };
        fnv1a(FNV_BASIS, &[byte])
    }
}

/// A feature of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What it is.
    pub kind: Kind,
    /// The column of its weight, below [`BUCKETS`].
    pub bucket: u32,
}

impl Feature {
    fn new(kind: Kind, hash: u64) -> Feature {
        let folded = (hash ^ (hash >> 32)) & (BUCKETS as u64 - 1);
        // Cannot fail: the mask leaves 18 bits.
        Feature { kind, bucket: u32::try_from(folded).unwrap_or_default() }
    }
}

/// Where the words of a view stand: byte ranges of [`View::text`], in order, disjoint.
pub fn words(view: &View<'_>) -> Vec<Range<usize>> {
    let text = view.text();
    let mut words = Vec::with_capacity(text.len() / 8);
    let mut begin = None;
    for (at, c) in text.char_indices() {
        if is_part(c) {
            begin.get_or_insert(at);
        } else if let Some(begin) = begin.take() {
            words.push(begin..at);
        }
    }
    words.extend(begin.map(|begin| begin..text.len()));
    words
}

/// Whether `c` belongs to a word. The letters of the commonest scripts are known without asking the tables.
pub(crate) fn is_part(c: char) -> bool {
    match c {
        '\0'..='\x7F' => c.is_ascii_alphanumeric(),
        '\u{5D0}'..='\u{5EA}'
        | '\u{620}'..='\u{64A}'
        | '\u{671}'..='\u{6D3}'
        | '\u{400}'..='\u{481}'
        | '\u{DF}'..='\u{F6}' => true,
        _ => c.is_alphanumeric() || is_combining_mark(c),
    }
}

/// Calls `visit` with each feature of `word`, as it stands in a view, and of its pair with `before`, the word before it in
/// the same passage. Allocates nothing; about four features a character.
pub fn visit(word: &str, before: Option<&str>, mut visit: impl FnMut(Feature)) {
    visit(Feature::new(Kind::Word, fnv1a(Kind::Word.hash(), word.as_bytes())));
    stems(word, |stem| visit(Feature::new(Kind::Word, fnv1a(Kind::Word.hash(), stem.as_bytes()))));
    if let Some(before) = before {
        let hash = fnv1a(fnv1a(Kind::Pair.hash(), before.as_bytes()), b" ");
        visit(Feature::new(Kind::Pair, fnv1a(hash, word.as_bytes())));
    }
    grams(word.as_bytes(), |hash| visit(Feature::new(Kind::Gram, hash)));
}

/// Calls `visit` with `word` without its conjunction, without its preposition, and without its article, each on top of
/// the other, as far as there is one and enough of the word is left.
fn stems(word: &str, mut visit: impl FnMut(&str)) {
    let (conjunctions, prepositions, article): (&[char], &[char], &str) = match word.chars().next() {
        Some('\u{620}'..='\u{6D3}') => (&['و', 'ف'], &['ب', 'ل', 'ك'], "ال"),
        Some('\u{5D0}'..='\u{5EA}') => (&['ו'], &['ב', 'ל', 'כ', 'מ', 'ש'], "ה"),
        _ => return,
    };
    let mut rest = word;
    let is_enough = |stem: &&str| stem.chars().nth(STEM_MIN - 1).is_some();
    if let Some(stem) = rest.strip_prefix(conjunctions).filter(is_enough) {
        visit(stem);
        rest = stem;
    }
    // The preposition `ل` swallows the article's alef: `للمياه`.
    if let Some(stem) = rest.strip_prefix("لل").filter(is_enough) {
        visit(stem);
        return;
    }
    if let Some(stem) = rest.strip_prefix(prepositions).filter(is_enough) {
        visit(stem);
        rest = stem;
    }
    if let Some(stem) = rest.strip_prefix(article).filter(is_enough) {
        visit(stem);
    }
}

/// Calls `visit` with the hash of each group of characters of `word`.
fn grams(word: &[u8], mut visit: impl FnMut(u64)) {
    let mut from = |hash: u64, begin: usize, count: usize| {
        let (mut hash, mut at, mut count) = (hash, begin, count);
        while at < word.len() && count < GRAM_MAX {
            let next = at + width(word[at]);
            hash = fnv1a(hash, &word[at..next.min(word.len())]);
            at = next;
            count += 1;
            if count >= GRAM_MIN {
                visit(hash);
            }
        }
        if at >= word.len() && (GRAM_MIN..=GRAM_MAX).contains(&(count + 1)) {
            visit(fnv1a(hash, &[END]));
        }
    };
    from(fnv1a(Kind::Gram.hash(), &[BEGIN]), 0, 1);
    let mut at = 0;
    while at < word.len() {
        from(Kind::Gram.hash(), at, 0);
        at += width(word[at]);
    }
}

/// Bytes of the character that begins with `lead`.
fn width(lead: u8) -> usize {
    match lead {
        0..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn features(word: &str, before: Option<&str>) -> Vec<Feature> {
        let mut all = Vec::new();
        visit(word, before, |feature| all.push(feature));
        all
    }

    fn count(word: &str, kind: Kind) -> usize {
        features(word, None).iter().filter(|feature| feature.kind == kind).count()
    }

    #[test]
    fn the_hash_is_fnv1a() {
        // Test vectors of the algorithm's authors.
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn buckets_never_change() {
        // Another number here means that every shipped model is void.
        let word = features("su", Some("temiz"));
        let buckets: Vec<u32> = word.iter().map(|feature| feature.bucket).collect();
        let word = fnv1a(FNV_BASIS, b"wsu");
        assert_eq!(buckets[0], ((word ^ (word >> 32)) & 0x3ffff) as u32);
        let pair = fnv1a(FNV_BASIS, b"ptemiz su");
        assert_eq!(buckets[1], ((pair ^ (pair >> 32)) & 0x3ffff) as u32);
        let grams: Vec<u32> = ["g\u{2}su", "g\u{2}su\u{3}", "gsu\u{3}"]
            .map(|gram| fnv1a(FNV_BASIS, gram.as_bytes()))
            .map(|hash| ((hash ^ (hash >> 32)) & 0x3ffff) as u32)
            .into();
        assert_eq!(buckets[2..], grams);
    }

    #[test]
    fn a_word_has_its_groups_of_three_to_five() {
        // With its two marks `نهر` has five characters: 3 + 2 + 1 groups.
        assert_eq!(count("نهر", Kind::Gram), 6);
        assert_eq!(count("a", Kind::Gram), 1);
        assert_eq!(count("dicle", Kind::Gram), 5 + 4 + 3);
    }

    #[test]
    fn words_are_also_seen_without_their_proclitics() {
        let plain = features("مياه", None)[0];
        for word in ["المياه", "والمياه", "وبالمياه", "للمياه", "فمياه"] {
            assert!(features(word, None).contains(&plain), "{word}");
        }
        assert_eq!(count("ولد", Kind::Word), 1);
        assert_eq!(features("המים", None)[1], features("מים", None)[0]);
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_marks() {
        let view = View::new("İsrail'in F-16'ları, \u{202b}قال:\u{202c} ٢٠٢٤؛ हिन्दी");
        let found: Vec<&str> = words(&view).into_iter().map(|word| &view.text()[word]).collect();
        assert_eq!(found, ["israil", "in", "f", "16", "lari", "قال", "2024", "हिन्दी"]);
    }

    proptest! {
        #[test]
        fn any_word_has_features_within_the_buckets(text in any::<String>()) {
            let view = View::new(&text);
            for word in words(&view) {
                let word = &view.text()[word];
                let all = features(word, Some(word));
                prop_assert!(all.iter().all(|feature| (feature.bucket as usize) < BUCKETS));
                prop_assert!(all.len() <= 3 * (word.chars().count() + 2) + 5);
            }
        }
    }
}
