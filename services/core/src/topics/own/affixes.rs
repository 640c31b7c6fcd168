//! What may stand before and behind a term in its word, and how a term's end may change before an ending.
//!
//! Closed lists, not a number of letters: with any three letters allowed, `مال` would be found in `مالطا` and `gaz` in
//! `gazete`. What is here is enough for nouns and the adjectives made from them; a form that replaces more than the last
//! letter is a term of its own. Endings are spelt as in a [`View`](crate::text::View).

use crate::tag::{LanguageTag, Script};

/// Letters that a word must have for something to stand before it.
pub(super) const STEM_LETTERS_MIN: usize = 3;

/// Letters that a word must have for something to stand behind it, where vowels are written. Three would find the Turkish
/// `gaz` in `gazete`.
const VOWELLED_LETTERS_MIN: usize = 4;

/// Endings of a language's words.
#[derive(Debug)]
pub(super) struct Endings {
    list: &'static [&'static str],
    /// Most endings behind each other.
    chain_max: usize,
    /// Letters of which no two stand side by side in endings.
    apart: &'static [char],
}

const ARABIC: Endings = Endings {
    list: &[
        "ه", "ها", "هم", "هما", "هن", "ك", "كم", "نا", "ي", "ني", "ا", "ان", "ين", "ون", "ات", "تان", "تين", "و", "وا",
        "يه", "يين", "يون", "يات",
    ],
    chain_max: 2,
    apart: &[],
};

const PERSIAN: Endings = Endings {
    list: &["ها", "هاي", "هايي", "ان", "ات", "ي", "اي", "م", "ت", "ش", "ام", "اش", "مان", "تان", "شان", "ند", "ين"],
    chain_max: 3,
    apart: &[],
};

const SORANI: Endings = Endings {
    list: &[
        "ه", "هكه", "كه", "هكان", "كان", "ان", "ات", "ي", "يي", "يه", "ێك", "يهك", "م", "ت", "مان", "تان", "يان", "دا",
        "هوه", "يش", "ش",
    ],
    chain_max: 3,
    apart: &[],
};

const URDU: Endings =
    Endings {
        list: &["وں", "يں", "ئيں", "يوں", "ياں", "ے", "ي", "ات", "ين"], chain_max: 1, apart: &[]
    };

const HEBREW: Endings = Endings {
    list: &[
        "ים", "ות", "י", "ה", "ת", "ו", "ך", "ם", "ן", "נו", "כם", "הם", "הן", "יו", "יה", "יך", "ינו", "יהם", "יהן",
        "ית", "יים", "יות",
    ],
    chain_max: 1,
    apart: &[],
};

const RUSSIAN: Endings = Endings {
    list: &[
        "а", "я", "у", "ю", "е", "ы", "и", "ом", "ем", "ой", "ей", "ов", "ев", "ам", "ям", "ами", "ями", "ах", "ях",
    ],
    chain_max: 1,
    apart: &[],
};

/// `ı` is `i` in a view. Turkish parts vowels by a consonant, which keeps the English `petroleum` from being `petrol`.
const TURKISH: Endings = Endings {
    list: &[
        "lar", "ler", "i", "u", "ü", "yi", "yu", "yü", "si", "su", "sü", "a", "e", "ya", "ye", "na", "ne", "da", "de",
        "ta", "te", "nda", "nde", "dan", "den", "tan", "ten", "ndan", "nden", "in", "un", "ün", "nin", "nun", "nün",
        "im", "um", "üm", "m", "n", "imiz", "umuz", "ümüz", "miz", "iniz", "unuz", "ünüz", "niz", "la", "le", "yla",
        "yle", "ki", "li", "lu", "lü", "lik", "luk", "lük", "siz", "suz", "süz", "ci", "cu", "cü", "çi", "çu", "çü",
    ],
    chain_max: 4,
    apart: &['a', 'e', 'i', 'u', 'ü'],
};

const KURMANJI: Endings = Endings {
    list: &["an", "ên", "ê", "a", "î", "e", "ek", "eke", "ekê", "ekî", "yek", "yên", "yê", "ya", "yan", "în"],
    chain_max: 1,
    apart: &[],
};

const WESTERN: Endings = Endings { list: &["s", "es", "e", "n", "en", "er", "x"], chain_max: 1, apart: &[] };

const ENGLISH: Endings = Endings { list: &["s", "es", "ed", "ing"], chain_max: 1, apart: &[] };

impl Endings {
    /// Whether `rest`, what is left of a word behind a term, is nothing but endings.
    pub(super) fn allow(&self, rest: &str) -> bool {
        let meets = |(a, b): (char, char)| self.apart.contains(&a) && self.apart.contains(&b);
        !rest.chars().zip(rest.chars().skip(1)).any(meets) && self.allow_at_most(rest, self.chain_max)
    }

    fn allow_at_most(&self, rest: &str, count: usize) -> bool {
        let goes_on =
            |ending: &&str| rest.strip_prefix(*ending).is_some_and(|rest| self.allow_at_most(rest, count - 1));
        rest.is_empty() || (count > 0 && self.list.iter().any(goes_on))
    }
}

/// The endings that a term may have whose last word is `word`: those of its language in its script. Where no language is
/// said, or none of those here, those of every language in Arabic script, and in Latin script those of English, since the
/// endings of Turkish or Kurdish are single vowels.
pub(super) fn endings(language: Option<&LanguageTag>, word: &str) -> &'static [Endings] {
    let Some(script) = word.chars().next_back().and_then(Script::of_letter) else { return &[] };
    let letters_min = if matches!(script.code(), "Arab" | "Hebr") { STEM_LETTERS_MIN } else { VOWELLED_LETTERS_MIN };
    if word.chars().nth(letters_min - 1).is_none() {
        return &[];
    }
    match (script.code(), language.map_or("", LanguageTag::language)) {
        ("Arab", "ar") => &[ARABIC],
        ("Arab", "fa") => &[PERSIAN],
        ("Arab", "ckb" | "ku" | "sdh") => &[SORANI],
        ("Arab", "ur") => &[URDU],
        ("Arab", _) => &[ARABIC, PERSIAN, SORANI, URDU],
        ("Hebr", _) => &[HEBREW],
        ("Cyrl", _) => &[RUSSIAN],
        ("Latn", "tr" | "az") => &[TURKISH],
        ("Latn", "kmr" | "ku") => &[KURMANJI],
        ("Latn", "de" | "es" | "fr" | "it" | "nl" | "pt") => &[WESTERN],
        ("Latn", _) => &[ENGLISH],
        _ => &[],
    }
}

/// Whether Arabic or Hebrew proclitics may stand before a term whose first word is `word`. Persian, Kurdish and Urdu have
/// none.
pub(super) fn takes_proclitics(language: Option<&LanguageTag>, word: &str) -> bool {
    let is_long = word.chars().nth(STEM_LETTERS_MIN - 1).is_some();
    match word.chars().next() {
        Some('\u{620}'..='\u{6D3}') => is_long && is_arabic(language),
        Some('\u{5D0}'..='\u{5EA}') => is_long,
        _ => false,
    }
}

/// Whether a term in Arabic script may be Arabic.
fn is_arabic(language: Option<&LanguageTag>) -> bool {
    language.is_none_or(|tag| matches!(tag.language(), "ar"))
}

/// A place in a word where a term may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// First byte of the term in the word.
    pub(super) begin: usize,
    /// First byte to read.
    pub(super) from: usize,
    /// Whether the term's Arabic article counts as read before `from`: after the preposition `ل` it has lost its alef.
    pub(super) is_article_read: bool,
}

/// Calls `visit` with each place in `word` where a term may begin: its first letter, and behind each run of proclitics.
/// At most 16 places. Unlike the featuriser's stems, which shipped models are trained on, the rest may be of any length.
pub(super) fn starts(word: &str, mut visit: impl FnMut(Start)) {
    let slots: &[&[&str]] = match word.chars().next() {
        Some('\u{620}'..='\u{6D3}') => &[&["و", "ف"], &["ب", "ل", "ك", "لل"], &["ال"]],
        Some('\u{5D0}'..='\u{5EA}') => &[&["ו"], &["ש", "כש", "מש"], &["ב", "ל", "כ", "מ"], &["ה"]],
        _ => &[],
    };
    visit_from(word, 0, slots, &mut visit);
}

fn visit_from(word: &str, at: usize, slots: &[&[&str]], visit: &mut impl FnMut(Start)) {
    if at < word.len() {
        visit(Start { begin: at, from: at, is_article_read: false });
    }
    for (index, slot) in slots.iter().enumerate() {
        for proclitic in slot.iter().filter(|proclitic| word[at..].starts_with(**proclitic)) {
            let after = at + proclitic.len();
            if *proclitic == "لل" {
                // `الهجرة` in `للهجرة`, and `اللاجئ` in `للاجئ`, which is written with two lams, not three.
                let begin = at + "ل".len();
                visit(Start { begin, from: after, is_article_read: true });
                visit(Start { begin, from: begin, is_article_read: true });
            }
            visit_from(word, after, &slots[index + 1..], visit);
        }
    }
}

/// The term with the article on each word but the first: `هجوم المسلح`, which stands in `الهجوم المسلح`. `None` where no
/// word could get one, or the language has no such article.
pub(super) fn definite(language: Option<&LanguageTag>, form: &str) -> Option<String> {
    let (first, rest) = form.split_once(' ')?;
    let article = match rest.chars().next() {
        Some('\u{620}'..='\u{6D3}') if is_arabic(language) => "ال",
        Some('\u{5D0}'..='\u{5EA}') => "ה",
        _ => return None,
    };
    let mut made = first.to_owned();
    for word in rest.split(' ') {
        made.push(' ');
        if !word.starts_with(article) && word.chars().nth(STEM_LETTERS_MIN - 1).is_some() {
            made.push_str(article);
        }
        made.push_str(word);
    }
    (made != form).then_some(made)
}

/// How the end of `form`, whose last word may take `endings`, is spelt before an ending where that differs: teh marbuta
/// opens (`هجرة`: `هجرتهم`, `هجرات`), a Hebrew final letter becomes a medial one, a Persian silent heh becomes `گ`, a Turkish
/// hard consonant soft. `is_teh_marbuta`: whether the term ends with one, which a view does not tell from heh.
pub(super) fn reopened(form: &str, language: Option<&LanguageTag>, is_teh_marbuta: bool) -> Vec<String> {
    let Some(last) = form.chars().next_back() else { return Vec::new() };
    let ends: &[&str] = match (last, language.map_or("", LanguageTag::language)) {
        ('ه', _) if is_teh_marbuta => &["ت", "ات"],
        ('ه', "fa") => &["گ"],
        ('ה', _) => &["ת", "ות"],
        ('ם', _) => &["מ"],
        ('ן', _) => &["נ"],
        ('ץ', _) => &["צ"],
        ('ף', _) => &["פ"],
        ('ך', _) => &["כ"],
        ('k', "tr" | "az") => &["ğ"],
        ('p', "tr" | "az") => &["b"],
        ('ç', "tr" | "az") => &["c"],
        ('t', "tr" | "az") => &["d"],
        _ => &[],
    };
    let stem = &form[..form.len() - last.len_utf8()];
    ends.iter().map(|end| format!("{stem}{end}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::View;

    fn tails(word: &str) -> Vec<&str> {
        let mut found = Vec::new();
        starts(word, |start| found.push(&word[start.from..]));
        found
    }

    #[test]
    fn endings_are_spelt_as_in_a_view() {
        for endings in [ARABIC, PERSIAN, SORANI, URDU, HEBREW, RUSSIAN, TURKISH, KURMANJI, WESTERN, ENGLISH].iter() {
            for ending in endings.list {
                assert_eq!(View::new(ending).text(), *ending);
            }
        }
    }

    #[test]
    fn words_are_read_from_behind_each_proclitic() {
        assert_eq!(tails("وبالمياه"), ["وبالمياه", "بالمياه", "المياه", "مياه"]);
        assert_eq!(tails("المياه"), ["المياه", "مياه"]);
        assert_eq!(tails("ושבהגירה"), ["ושבהגירה", "שבהגירה", "בהגירה", "הגירה", "גירה"]);
        assert_eq!(tails("oil"), ["oil"]);
        assert_eq!(tails("و"), ["و"]);
    }

    #[test]
    fn the_article_after_a_preposition_counts_as_read() {
        let mut article = Vec::new();
        starts("للهجره", |start| {
            if start.is_article_read {
                article.push((start.begin, start.from));
            }
        });
        assert_eq!(article, [(2, 4), (2, 2)]);
    }

    #[test]
    fn only_chains_of_endings_are_endings() {
        assert!(TURKISH.allow("lerimizden") && TURKISH.allow("") && !TURKISH.allow("portakal"));
        assert!(!TURKISH.allow("eum") && KURMANJI.allow("ên") && !KURMANJI.allow("anya"));
        assert!(ARABIC.allow("اتهم") && !ARABIC.allow("طا"));
        assert!(ENGLISH.allow("s") && !ENGLISH.allow("ss"));
    }

    #[test]
    fn short_words_take_no_ending() {
        let turkish = LanguageTag::parse("tr");
        assert!(endings(turkish.as_ref(), "gaz").is_empty());
        assert_eq!(endings(turkish.as_ref(), "göçmen").len(), 1);
        assert_eq!(endings(None, "نفط").len(), 4);
        assert!(endings(None, "f16").is_empty());
    }
}
