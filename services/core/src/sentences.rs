//! Where sentences begin and end.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use icu_segmenter::SentenceSegmenter;

use crate::Span;

/// Words before a full stop that does not end a sentence, as they are written. One-letter words need no place here. Words
/// that also end sentences ("etc.", "Inc.", "a.m.") are left out.
const ABBREVIATIONS: [&str; 38] = [
    // English, some shared by its neighbours
    "Mr", "Mrs", "Ms", "Messrs", "Dr", "Prof", "St", "Gen", "Col", "Capt", "Lt", "Sgt", "Maj", "Adm", "Gov", "Sen",
    "Rep", "Rev", "vs", // Turkish: Doçent, Tümgeneral, Korgeneral, Yüzbaşı, Öğretim, bakınız
    "Doç", "Tümg", "Korg", "Yzb", "Öğr", "bkz", // French and German
    "Mme", "Mlle", "bzw", // Russian: name of, street, general, professor, thousand
    "им", "Им", "ул", "ген", "Ген", "проф", "Проф", "тыс", // Persian and Arabic: doctor, professor doctor
    "دک", "أد",
];

/// Words that stand for "number" where a figure follows their full stop.
const NUMBER_SIGNS: [&str; 5] = ["No", "no", "Nos", "Nr", "nr"];

/// Splits `text` into sentences: in order, without overlap, without white space at either end, and together holding every
/// character that is no white space.
///
/// Boundaries are those of UAX #29, which knows `؟`, `۔`, `।`, `。` and the like, every line break among them, so that a
/// headline without a full stop is a sentence. A full stop behind a single letter (`د. محمد`, `J. Smith`), behind an
/// abbreviated title (`Dr. Ahmed`) or behind the number that opens a list item (`1. Water`) is no boundary.
///
/// Not known: abbreviations of other languages, and numbers with a full stop for an ordinal inside a sentence (Turkish
/// `3. Ordu`), which break it in two.
///
/// A text of more than 4 GiB has no sentences behind that. Linear time.
pub fn sentences(text: &str) -> Vec<Span> {
    let mut sentences: Vec<Span> = Vec::new();
    let mut begin = 0;
    for end in SentenceSegmenter::new(Default::default()).segment_str(text) {
        if end == begin || (end < text.len() && is_abbreviated(&text[begin..end], &text[end..])) {
            continue;
        }
        let untrimmed = &text[begin..end];
        let trimmed = untrimmed.trim();
        if !trimmed.is_empty() {
            let first = begin + untrimmed.len() - untrimmed.trim_start().len();
            sentences.extend(Span::new(text, first..first + trimmed.len()));
        }
        begin = end;
    }
    sentences
}

/// Whether `sentence`, which a boundary and `rest` follow, ends in an abbreviation rather than a full stop.
fn is_abbreviated(sentence: &str, rest: &str) -> bool {
    let Some(before) = sentence.trim_end_matches([' ', '\t', '\u{a0}', '\u{202f}']).strip_suffix('.') else {
        return false;
    };
    // Only the end is looked at: a sentence that grows by one abbreviation after another is not read again for each.
    let tail = tail(before);
    let word_begin = tail.rfind(|character| !is_word(character)).map_or(0, |at| at + width(&tail[at..]));
    let word = &tail[word_begin..];
    let mut letters = word.chars().filter(|&character| !is_mark(character));
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_alphabetic() => true,
        _ if word.chars().all(|character| character.is_numeric()) => {
            !word.is_empty() && word.chars().count() <= LIST_DIGITS_MAX && before.trim_start() == word
        }
        _ if NUMBER_SIGNS.contains(&word) => rest.starts_with(char::is_numeric),
        _ => ABBREVIATIONS.contains(&word),
    }
}

// A number that opens a list item has few digits; a longer one alone on its line is a year or a count.
const LIST_DIGITS_MAX: usize = 2;

// The longest abbreviation, marks among its letters counted in, is shorter.
const TAIL_BYTES: usize = 32;

fn tail(text: &str) -> &str {
    &text[text.floor_char_boundary(text.len().saturating_sub(TAIL_BYTES))..]
}

fn width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character)
}

fn is_mark(character: char) -> bool {
    GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_sentences(text: &str, expected: &[&str]) {
        let sentences = sentences(text);
        assert_eq!(sentences.iter().map(|sentence| sentence.of(text).unwrap()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn full_stops_and_question_marks_of_every_script_end_sentences() {
        check_sentences("وصل الوفد أمس. من استقبله؟ لا أحد!", &["وصل الوفد أمس.", "من استقبله؟", "لا أحد!"]);
        check_sentences("وہ کل آئے۔ کیا بات ہوئی؟ کچھ نہیں۔", &["وہ کل آئے۔", "کیا بات ہوئی؟", "کچھ نہیں۔"]);
        check_sentences("הנהר גבוה. מה קרה? דבר.", &["הנהר גבוה.", "מה קרה?", "דבר."]);
        check_sentences("رودخانه بالا آمد؛ مردم رفتند، همه. چرا؟", &["رودخانه بالا آمد؛ مردم رفتند، همه.", "چرا؟"]);
        check_sentences("ڕووبارەکە بەرز بووە. کەس نازانێت بۆچی؟", &["ڕووبارەکە بەرز بووە.", "کەس نازانێت بۆچی؟"]);
        check_sentences("水位上升。为什么？", &["水位上升。", "为什么？"]);
    }

    #[test]
    fn quotes_and_brackets_stay_with_their_sentence() {
        check_sentences("قال: \"انتهى الاجتماع.\" ثم خرج.", &["قال: \"انتهى الاجتماع.\"", "ثم خرج."]);
        check_sentences("(It rained.) They left.", &["(It rained.)", "They left."]);
    }

    #[test]
    fn a_headline_on_its_own_line_is_a_sentence() {
        check_sentences(
            "فيضان في الموصل\n\nارتفع النهر.\r\nSu yükseldi",
            &["فيضان في الموصل", "ارتفع النهر.", "Su yükseldi"],
        );
        check_sentences("one\u{2028}two\u{2029}three\u{85}four", &["one", "two", "three", "four"]);
    }

    #[test]
    fn abbreviations_and_initials_do_not_end_sentences() {
        check_sentences("قال د. محمد إن السد آمن. وغادر.", &["قال د. محمد إن السد آمن.", "وغادر."]);
        check_sentences("حضر أ.د. سمير. انتهى.", &["حضر أ.د. سمير.", "انتهى."]);
        check_sentences("U.S. officials met Dr. Ahmed. He left.", &["U.S. officials met Dr. Ahmed.", "He left."]);
        check_sentences("The U.S. Army met J. R. Smith.", &["The U.S. Army met J. R. Smith."]);
        check_sentences("Prof. Dr. Ayşe geldi. Doç. Dr. Ali gitti.", &["Prof. Dr. Ayşe geldi.", "Doç. Dr. Ali gitti."]);
        check_sentences("بلغ رقم 3.5 مليون. ثم 1.200 طن.", &["بلغ رقم 3.5 مليون.", "ثم 1.200 طن."]);
        check_sentences("На ул. Ленина тихо. Им. Кирова.", &["На ул. Ленина тихо.", "Им. Кирова."]);
    }

    #[test]
    fn an_abbreviation_before_a_line_break_ends_its_sentence() {
        check_sentences("مع د.\nمحمد", &["مع د.", "محمد"]);
    }

    #[test]
    fn the_number_of_a_list_item_stays_with_it() {
        check_sentences("1. Water rose.\n2. People left.", &["1. Water rose.", "2. People left."]);
        check_sentences("He died in 2014. They wept.", &["He died in 2014.", "They wept."]);
    }

    #[test]
    fn an_ordinal_inside_a_sentence_breaks_it() {
        // One sentence would be right; nothing but the language tells this from "He was 3. They left."
        check_sentences("Komutan 3. Ordu'ya gitti.", &["Komutan 3.", "Ordu'ya gitti."]);
    }

    #[test]
    fn texts_without_sentences_have_none() {
        check_sentences("", &[]);
        check_sentences(" \n\t\u{3000}", &[]);
        check_sentences("\0", &["\0"]);
        check_sentences("😀. 🇮🇶!", &["😀.", "🇮🇶!"]);
    }

    #[test]
    fn long_texts_without_relief_take_linear_time() {
        for unit in ["a. ", ". ", "((", "\u{301}", "1. ", "...", "ب", "x. (", ".\"\u{ad}", "1 . "] {
            let text = unit.repeat((1 << 20) / unit.len());
            let begun = std::time::Instant::now();
            sentences(&text);
            assert!(begun.elapsed().as_secs() < 5, "{unit:?} took {:?}", begun.elapsed());
        }
    }

    proptest! {
        #[test]
        fn sentences_are_sorted_trimmed_and_hold_everything(text in "[\\PC\u{200c}\u{301}\0\n\r ا-ي.؟۔!\"(1A😀]{0,80}") {
            let sentences = sentences(&text);
            prop_assert!(sentences.windows(2).all(|pair| pair[0].end() <= pair[1].begin()));
            for sentence in &sentences {
                let surface = sentence.of(&text).unwrap();
                prop_assert!(!surface.is_empty() && surface.trim() == surface);
            }
            for (at, character) in text.char_indices().filter(|(_, character)| !character.is_whitespace()) {
                prop_assert!(sentences.iter().any(|s| s.begin() <= at && at < s.end()), "{:?} at {}", character, at);
            }
        }
    }
}
