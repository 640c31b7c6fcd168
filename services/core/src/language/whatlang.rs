//! The first detector: the crate whatlang.

use whatlang::Lang;
use whatlang::dev::{RawCombinedInfo, RawLangInfo, raw_detect};

use super::votes::votes;
use super::{Detection, Detector, Query, Ranking, detection};
use crate::tag::LanguageTag;

/// Names 70 languages by their trigrams and alphabets, with the crate whatlang.
///
/// The score is a softmax of whatlang's own scores of the languages written in the text's main script, sharper the more
/// trigrams the text has. It estimates how probable the answer is *for a text in one of these languages*: on sentences of
/// NTREX (news in 123 languages, those that are known here), their first 1, 2, 4 and 8 words and groups of four, scores are
/// off by .01 on average, by .05 at most for texts of one script. Where the answer is called reliable, it is right in 99% of
/// these texts (Arabic, Cyrillic, Devanagari, Hebrew scripts) and 96% (Latin script).
///
/// It cannot tell that a text is in none of its languages. In the Arabic script it knows Arabic, Persian and Urdu only:
/// Sorani Kurdish is mostly taken for Persian, and 11% of its sentences are called reliable all the same, as are 33% in
/// Pashto and 4% in Sindhi; of Kurmanji Kurdish, taken for Afrikaans or French, 27%. It tells no dialects apart.
///
/// Looks at up to eight kilobytes of a text: about 25 us for a sentence in the Arabic script, 100 us in the Latin, 1 ms for a
/// long text on one core. Segments cost a detection for each sentence.
#[derive(Debug)]
pub struct Whatlang {
    languages: Vec<LanguageTag>,
}

impl Whatlang {
    /// The detector; nothing is loaded.
    pub fn new() -> Whatlang {
        let mut languages: Vec<_> = Lang::all().iter().map(|&language| tag(language)).collect();
        languages.sort();
        Whatlang { languages }
    }
}

impl Default for Whatlang {
    fn default() -> Whatlang {
        Whatlang::new()
    }
}

impl Detector for Whatlang {
    fn detect(&self, text: &str, query: &Query) -> Detection {
        detection(text, query, |text| rank(text, query))
    }

    fn languages(&self) -> &[LanguageTag] {
        &self.languages
    }

    fn name(&self) -> &str {
        "whatlang"
    }

    fn version(&self) -> &str {
        "0.18.0"
    }
}

// How much sharper the softmax is for every trigram of a text, and where that ends: fitted on the sentences, their first
// 1, 2, 4 and 8 words and groups of them in NTREX, for the least calibration error over the scripts.
const SHARPNESS_PER_TRIGRAM: f64 = 4.0;
const SHARPNESS_MIN: f64 = 10.0;
const SHARPNESS_MAX: f64 = 150.0;

// Of a script in which one language is known: NTREX shows no error among known languages, but other languages share most
// scripts.
const ONLY_LANGUAGE_SCORE: f32 = 0.99;

// A few Chinese characters may as well be Japanese: what is left goes to the other of the two.
const HAN_SCORE: f32 = 0.95;

const RELIABLE_SCORE_MIN: f32 = 0.9;

// Fewer letters are a name or a sign, which many languages may hold.
const RELIABLE_LETTERS_MIN: usize = 8;

fn rank(text: &str, query: &Query) -> Ranking {
    let (votes, script) = votes(text);
    if votes.is_empty() {
        return Ranking::none(script);
    }
    let mut languages = match raw_detect(&votes).lang_info {
        None => Vec::new(),
        Some(RawLangInfo::OneScript(language)) => vec![(tag(language), ONLY_LANGUAGE_SCORE)],
        Some(RawLangInfo::Mandarin(language)) => {
            let other = if language == Lang::Jpn { Lang::Cmn } else { Lang::Jpn };
            vec![(tag(language), HAN_SCORE), (tag(other), 1.0 - HAN_SCORE)]
        }
        Some(RawLangInfo::MultiScript(scores)) => softmax(&scores, query),
    };
    languages.retain(|(tag, _)| query.allows(tag));
    // Of equals the first by tag, so that the answer does not depend on how whatlang sorts them.
    languages.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let reliable = languages.first().is_some_and(|(_, score)| *score >= RELIABLE_SCORE_MIN)
        && votes.chars().filter(|character| *character != ' ').count() >= RELIABLE_LETTERS_MIN;
    Ranking { languages, script, reliable }
}

/// Probabilities of the languages that the query allows.
fn softmax(outcome: &RawCombinedInfo, query: &Query) -> Vec<(LanguageTag, f32)> {
    let trigrams = outcome.trigram_raw_outcome.trigrams_count as f64;
    let sharpness = (trigrams * SHARPNESS_PER_TRIGRAM).clamp(SHARPNESS_MIN, SHARPNESS_MAX);
    // Letters that whatlang takes for punctuation leave no trigrams, and scores that are no numbers.
    let scored = outcome.scores.iter().filter(|(_, score)| score.is_finite());
    let allowed: Vec<_> =
        scored.map(|(language, score)| (tag(*language), *score)).filter(|(tag, _)| query.allows(tag)).collect();
    let best = allowed.iter().map(|(_, score)| *score).fold(f64::NEG_INFINITY, f64::max);
    let weight = |score: f64| ((score - best) * sharpness).exp();
    let total: f64 = allowed.iter().map(|(_, score)| weight(*score)).sum();
    allowed.into_iter().map(|(tag, score)| (tag, (weight(score) / total) as f32)).collect()
}

fn tag(language: Lang) -> LanguageTag {
    LanguageTag::of_iso639_3(language.code()).unwrap_or(LanguageTag::UNDETERMINED)
}
