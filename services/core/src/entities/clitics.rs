//! Arabic one-letter proclitics (and, then, with, to, as), which are written onto the name behind them.

use std::collections::HashMap;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization;

use crate::Error;
use crate::entities::words;
use crate::tag::LanguageTag;

/// The letters that may be cut off a name.
const LETTERS: [char; 5] = ['و', 'ف', 'ب', 'ل', 'ك'];

/// Those of them that may stand before a second proclitic, the conjunctions; only the others may be the second.
const FIRST: &[char] = &['و', 'ف'];

/// The article, whose presence behind the letter has a say of its own.
const ARTICLE: &str = "ال";

// Shorter rests are too often the middle of a word to be judged by their frequency.
const REST_LETTERS_MIN: usize = 3;

/// Languages written with these proclitics: Arabic and its spoken forms.
const LANGUAGES: [&str; 13] =
    ["ar", "acm", "acq", "aeb", "afb", "ajp", "apc", "apd", "arq", "ars", "ary", "arz", "ayl"];

/// Decides which letters at the beginning of a name are no part of it.
///
/// A table of how much each form is at home at the beginning of names and in running text, learnt with the model. A letter
/// is cut off when what is left scores higher than the whole; `training/enrich_training/proclitics.py` makes the table and
/// has the same rule. Empty by default: then nothing is cut.
#[derive(Clone, Debug, Default)]
pub struct Proclitics {
    scores: HashMap<Box<str>, i32>,
    /// Of every form that is not listed.
    other: i32,
    /// Added for each of `LETTERS`.
    bias: [i32; LETTERS.len()],
    article_bias: i32,
}

impl Proclitics {
    /// Reads a table: UTF-8 lines of form, tab and a whole number. The form is as `cut` compares it, or `*` for all that
    /// are not listed, or a letter or the article with a `+` behind it for its bias. `*` and every bias must be there.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`], naming the line.
    pub fn parse(tsv: &[u8]) -> Result<Proclitics, Error> {
        let refuse = |cause: String| Error::ModelInvalid { file: "proclitics".into(), cause };
        let text = str::from_utf8(tsv).map_err(|error| {
            let line = tsv[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
            refuse(format!("line {line} is not UTF-8"))
        })?;
        let mut scores = HashMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let (form, score) = line
                .split_once('\t')
                .and_then(|(form, score)| Some((form, score.parse::<i32>().ok()?)))
                .filter(|(form, _)| !form.is_empty())
                .ok_or_else(|| refuse(format!("line {number} is not a form, a tab and a whole number")))?;
            if scores.insert(Box::from(form), score).is_some() {
                return Err(refuse(format!("line {number} repeats the form {form:?}")));
            }
        }
        let mut take = |form: &str| scores.remove(form).ok_or_else(|| refuse(format!("line {form:?} is missing")));
        let mut bias = [0; LETTERS.len()];
        for (letter, bias) in LETTERS.iter().zip(&mut bias) {
            *bias = take(&format!("{letter}+"))?;
        }
        let (other, article_bias) = (take("*")?, take(&format!("{ARTICLE}+"))?);
        Ok(Proclitics { scores, other, bias, article_bias })
    }

    /// Whether proclitics are to be looked for in `text`: there is a table, and `language` is Arabic, or is not known and
    /// the text looks Arabic. Linear time.
    pub fn applies_to(&self, text: &str, language: &LanguageTag) -> bool {
        if self.scores.is_empty() {
            return false;
        }
        if language.is_undetermined() { is_arabic(text) } else { LANGUAGES.contains(&language.language()) }
    }

    /// Bytes at the beginning of `word`, the first word of a mention, that stand outside the name; 0 where nothing is cut,
    /// always less than the length of `word`.
    pub fn cut(&self, word: &str) -> usize {
        let form = fold(word);
        let letters = match form.chars().next() {
            Some(letter) if self.cuts(&form, &LETTERS) => {
                let second = FIRST.contains(&letter) && self.cuts(&form[letter.len_utf8()..], &LETTERS[FIRST.len()..]);
                if second { 2 } else { 1 }
            }
            _ => 0,
        };
        let mut rest = word.chars();
        for _ in 0..letters {
            rest.next();
            while rest.as_str().starts_with(is_silent) {
                rest.next();
            }
        }
        // A ligature that spells a whole phrase is one character; there is nothing behind it.
        if rest.as_str().is_empty() { 0 } else { word.len() - rest.as_str().len() }
    }

    /// Whether the first letter of `form`, one of `letters`, is a proclitic.
    fn cuts(&self, form: &str, letters: &[char]) -> bool {
        let mut rest = form.chars();
        let Some(letter) = rest.next().filter(|letter| letters.contains(letter)) else { return false };
        let rest = rest.as_str();
        if rest.chars().count() < REST_LETTERS_MIN {
            return false;
        }
        let bias = LETTERS.iter().zip(self.bias).find(|(known, _)| **known == letter).map_or(0, |(_, bias)| bias);
        let article_bias = if rest.starts_with(ARTICLE) { self.article_bias } else { 0 };
        let score = |form: &str| i64::from(*self.scores.get(form).unwrap_or(&self.other));
        i64::from(bias) + i64::from(article_bias) + score(rest) - score(form) > 0
    }
}

/// Whether `text` is in Arabic rather than in another language of its script: it has more of the letters that only Arabic
/// keyboards write than of letters that Arabic lacks, and a twentieth of its words in Arabic letters, at least one, begin
/// with the article, alone or behind a proclitic.
fn is_arabic(text: &str) -> bool {
    let native = text.chars().filter(|&character| NATIVE.contains(character)).count();
    let foreign = text.chars().filter(|&character| FOREIGN.contains(character)).count();
    if native <= foreign {
        return false;
    }
    let (mut forms, mut articles) = (0, 0);
    for form in words(text).iter().filter_map(|word| word.of(text)).map(fold) {
        if form.starts_with(|first| ('\u{620}'..='\u{6ff}').contains(&first)) {
            forms += 1;
            articles += usize::from(begins_with_article(&form) && form.chars().count() > REST_LETTERS_MIN);
        }
    }
    articles > 0 && articles * ARTICLE_WORDS >= forms
}

const NATIVE: &str = "ةىيكأإ";
const FOREIGN: &str = "پچژگڤکیێۆەڕڵںےہھٹڈڑڭڼټډړښۍې";

// In Arabic news a quarter of all words do; elsewhere only names and religious terms.
const ARTICLE_WORDS: usize = 20;

/// Whether a folded word begins with the article, or with the two that it becomes one with.
fn begins_with_article(form: &str) -> bool {
    let behind = form.strip_prefix(LETTERS).is_some_and(|rest| rest.starts_with(ARTICLE));
    behind || form.starts_with(ARTICLE) || form.starts_with("لل")
}

/// `word` as the table writes it: NFKC, without marks, joiners and tatweel, alef, yeh and kaf each in one form.
fn fold(word: &str) -> String {
    let fold = |character| match character {
        'آ' | 'أ' | 'إ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        other => other,
    };
    word.nfkc().filter(|&character| !is_silent(character)).map(fold).collect()
}

fn is_silent(character: char) -> bool {
    const TATWEEL: char = '\u{640}';
    let category = || CodePointMapData::<GeneralCategory>::new().get(character);
    character == TATWEEL || matches!(category(), GeneralCategory::NonspacingMark | GeneralCategory::Format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "*\t-10\nو+\t5\nف+\t0\nب+\t-20\nل+\t0\nك+\t0\nال+\t7\n";

    fn table(lines: &str) -> Proclitics {
        Proclitics::parse(format!("{HEAD}{lines}").as_bytes()).unwrap()
    }

    #[track_caller]
    fn check_cut(word: &str, expected: &str) {
        let proclitics =
            table("تركيا\t30\nايران\t30\nلبنان\t40\nبغداد\t40\nوبغداد\t10\nكركوك\t25\nالعراق\t0\nواشنطن\t20\n");
        assert_eq!(&word[proclitics.cut(word)..], expected);
    }

    #[test]
    fn a_proclitic_before_a_known_name_is_cut() {
        check_cut("وتركيا", "تركيا");
        check_cut("لإيران", "إيران");
        check_cut("وبغداد", "بغداد");
        check_cut("فالعراق", "العراق");
    }

    #[test]
    fn a_letter_of_the_name_itself_stays() {
        for word in ["بغداد", "لبنان", "كركوك", "واشنطن", "ولد", "و", "", "Baghdad", "🇮🇶"]
        {
            check_cut(word, word);
        }
    }

    #[test]
    fn two_proclitics_are_cut_where_the_first_is_a_conjunction() {
        check_cut("ولإيران", "إيران");
        check_cut("لولبنان", "لولبنان");
    }

    #[test]
    fn marks_and_tatweel_go_with_the_letter_before_them() {
        check_cut("وَتُركيا", "تُركيا");
        check_cut("لـــإيران", "إيران");
    }

    #[test]
    fn a_table_of_another_shape_is_refused_with_its_line() {
        for (lines, named) in [("x", "line 8"), ("س\t1\t2", "line 8"), ("س\t1\nس\t2", "line 9"), ("س\t1.5", "line 8")]
        {
            let error = Proclitics::parse(format!("{HEAD}{lines}").as_bytes()).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(Proclitics::parse(b"*\t1\n").unwrap_err().to_string().contains("missing"));
        assert!(Proclitics::parse(b"*\t1\n\xff\t1\n").unwrap_err().to_string().contains("line 2"));
    }

    #[test]
    fn only_arabic_with_a_table_is_cut() {
        let applies =
            |proclitics: &Proclitics, tag, text| proclitics.applies_to(text, &LanguageTag::parse(tag).unwrap());
        let proclitics = table("تركيا\t30\n");
        assert!(applies(&proclitics, "ar-EG", "") && applies(&proclitics, "arz", ""));
        assert!(!applies(&proclitics, "fa", "زار الوزير أنقرة"));
        assert!(!applies(&Proclitics::default(), "ar", "زار الوزير أنقرة"));
    }

    #[test]
    fn a_text_of_unknown_language_is_judged_by_its_letters_and_articles() {
        for arabic in ["زار الوزير أنقرة أمس", "قالت مصادر في المدينة، ومنها بالأخص", "انتقل إلى بغداد للعمل (Reuters)"]
        {
            assert!(is_arabic(arabic), "{arabic}");
        }
        for other in [
            "وزیر امور خارجه به تهران رفت",
            "وزیر خارجہ کل القدس پہنچے",
            "وەزیری دەرەوە گەیشتە هەولێر",
            "مرحبا",
            "The minister",
            "",
            "النهر",
        ] {
            assert!(!is_arabic(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn something_of_every_word_is_left(word in "[وفبلكاتـَ\u{fdf8}\u{fefb}]{0,8}") {
            let cut = table("تركيا\t30\n").cut(&word);
            prop_assert!(word.is_char_boundary(cut) && (cut < word.len() || word.is_empty()));
        }
    }
}
