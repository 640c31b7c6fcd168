//! The detector: a linear model over groups of letters.

use super::{Detection, Detector, Query, Ranking, Votes, detection};
use crate::model::{Class, Group, Ngrams, Sums};
use crate::tag::LanguageTag;

/// Names the language of a text by its script and, among the languages of that, by hashed groups of letters.
///
/// The score estimates how probable the answer is for a text in one of the languages to choose among. Looks at up to eight
/// kilobytes of a text; segments cost a detection for each sentence.
#[derive(Debug)]
pub struct LinearDetector {
    model: Ngrams,
    languages: Vec<LanguageTag>,
}

// Where one language of the script is known: other languages may still be written in it.
const ONLY_LANGUAGE_SCORE: f32 = 0.99;

// Less probable languages are no alternatives.
const SCORE_LISTED_MIN: f32 = 1e-4;

const RELIABLE_SCORE_MIN: f32 = 0.9;

// Fewer letters are a name or a sign, which many languages may hold.
const RELIABLE_LETTERS_MIN: usize = 8;

// Every so many words are read at a time, from all over the text, until they decide.
const ROUNDS: usize = 8;
const DECIDED_LOG_ODDS: f32 = 5.0;

// Of the probability of its language, what a dialect must have to be named.
const DIALECT_SHARE_MIN: f32 = 0.7;

impl LinearDetector {
    /// A detector that answers by `model`.
    pub fn new(model: Ngrams) -> LinearDetector {
        let classes = model.groups().iter().flat_map(Group::classes);
        let mut languages: Vec<_> = classes.map(|class| class.tag.clone()).collect();
        languages.sort();
        languages.dedup();
        LinearDetector { model, languages }
    }

    fn rank(&self, text: &str, query: &Query) -> Ranking {
        let votes = Votes::of(text);
        let script = votes.script();
        let Some(group) = self.model.group(script.family()) else { return Ranking::none(script) };
        let classes = match group.classes() {
            [only] if query.allows(&only.tag) => vec![(only, ONLY_LANGUAGE_SCORE)],
            _ => softmax(group, &votes, query),
        };
        let languages = rolled_up(&classes);
        let Some((best, score)) = languages.first() else { return Ranking::none(script) };
        let letters = votes.words().flat_map(str::chars).take(RELIABLE_LETTERS_MIN).count();
        Ranking {
            dialect: dialect(best, *score, &classes).to_owned(),
            reliable: *score >= RELIABLE_SCORE_MIN && letters == RELIABLE_LETTERS_MIN,
            languages,
            script,
        }
    }
}

impl Detector for LinearDetector {
    fn detect(&self, text: &str, query: &Query) -> Detection {
        detection(text, query, |text| self.rank(text, query))
    }

    fn languages(&self) -> &[LanguageTag] {
        &self.languages
    }
}

/// The classes that the query allows, with their probabilities.
fn softmax<'m>(group: &'m Group, votes: &Votes, query: &Query) -> Vec<(&'m Class, f32)> {
    let mut sums = Sums::default();
    let mut classes = Vec::new();
    for round in 0..ROUNDS {
        for word in votes.words().skip(round).step_by(ROUNDS) {
            group.add(word, &mut sums);
        }
        classes = group.classes().iter().zip(group.log_odds(&sums)).collect();
        classes.retain(|(class, _)| query.allows(&class.tag));
        if is_decided(&classes) {
            break;
        }
    }
    let best = classes.iter().map(|(_, odds)| *odds).fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for (_, score) in &mut classes {
        *score = (*score - best).exp();
        total += *score;
    }
    for (_, score) in &mut classes {
        *score /= total;
    }
    classes
}

/// Whether more words of the same text would hardly change the language; `classes` are with their log-odds.
fn is_decided(classes: &[(&Class, f32)]) -> bool {
    let Some((best, odds)) = classes.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else { return true };
    classes.iter().all(|(class, other)| class.tag == best.tag || odds - other > DECIDED_LOG_ODDS)
}

/// The languages of `classes`, each as probable as its dialects together, best first; of equals the first by tag.
fn rolled_up(classes: &[(&Class, f32)]) -> Vec<(LanguageTag, f32)> {
    let mut languages: Vec<(LanguageTag, f32)> = Vec::new();
    for (class, score) in classes.iter().filter(|(_, score)| *score >= SCORE_LISTED_MIN) {
        match languages.iter_mut().find(|(tag, _)| *tag == class.tag) {
            Some((_, sum)) => *sum = (*sum + score).min(1.0),
            None => languages.push((class.tag.clone(), *score)),
        }
    }
    languages.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    languages
}

/// The dialect of `language`, which is `score` probable, that stands out among `classes`; empty where none does.
fn dialect<'m>(language: &LanguageTag, score: f32, classes: &[(&'m Class, f32)]) -> &'m str {
    let stands_out = |class: &Class, part: f32| class.tag == *language && part >= score * DIALECT_SHARE_MIN;
    classes.iter().find(|(class, part)| stands_out(class, *part)).map_or("", |(class, _)| &class.dialect)
}
