//! Topics that are defined by terms.
//!
//! A term is a word or phrase, compared as [`View`](crate::text::View) writes it: without case, vowel points and variants
//! of letters. It is found where a word begins with it, or where its word has Arabic or Hebrew proclitics before it; its
//! last word may have endings of its language behind it. Later words of an Arabic or Hebrew phrase may have the article.
//! Punctuation at a term's ends does not count, within it does.
//!
//! The score of a passage is `1 - 2^-s`, where `s` is the sum of the weights of the terms found in it, less those of the
//! negated ones found, and 0 if that is less; so one term of weight 1 gives 0.5, two give 0.75. A term counts once a passage,
//! however often it stands there and whatever other term it overlaps with; terms of a topic that differ in nothing but
//! spelling or language count as one, the heaviest. The score of a text is that of its best passage; the evidence is every
//! place in that passage where a term speaks for the topic, none where the score is 0.
//!
//! A term with a language counts in texts of that language. Where a query does not say the text's language, terms of every
//! language count: another language's terms seldom stand in a text, and a short text's language is easily mistaken.

use std::ops::Range;
use std::sync::Arc;

use super::{Classifier, Cut, Evidence, Passage, Query, Topic, TopicInfo, Verdict, by_score};
use crate::Error;
use crate::tag::LanguageTag;

mod affixes;
mod check;
mod file;
mod finder;
mod terms;

pub use file::FILE_BYTES_MAX;

use finder::Finder;
use terms::{Term, spoken};

/// Longest id, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// Longest term, in UTF-8 bytes.
pub const TERM_BYTES_MAX: usize = 200;

/// Greatest weight of a term.
pub const WEIGHT_MAX: f32 = 10.0;

/// Weight of a term that does not say its own.
pub const WEIGHT_DEFAULT: f32 = 1.0;

/// Threshold of a topic that does not say its own.
pub const THRESHOLD_DEFAULT: f32 = 0.5;

/// How much one set of own topics may define.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Most topics.
    pub topics_max: usize,
    /// Most terms of all topics together.
    pub terms_max: usize,
}

impl Bounds {
    /// For one request: compiled anew for each text.
    pub const REQUEST: Bounds = Bounds { topics_max: 16, terms_max: 1_000 };

    /// For a file: compiled once, but every answer lists every topic.
    pub const FILE: Bounds = Bounds { topics_max: 256, terms_max: 20_000 };
}

/// The definition of a topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnTopic {
    /// Its id: lower-case letters a to z, digits and `_`; at most [`ID_BYTES_MAX`] bytes.
    pub id: String,
    /// Score from which it is present, 0 to 1; [`THRESHOLD_DEFAULT`] where none is given.
    pub threshold: Option<f32>,
    /// Its terms; at least one.
    pub terms: Vec<OwnTerm>,
}

/// A word or phrase that speaks for a topic, or against it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnTerm {
    /// The word or phrase, 1 to [`TERM_BYTES_MAX`] bytes.
    pub text: String,
    /// BCP-47 tag of the language whose texts it counts in; empty or `mul`: all.
    pub language: String,
    /// How strongly it speaks, over 0 to [`WEIGHT_MAX`]; [`WEIGHT_DEFAULT`] where none is given.
    pub weight: Option<f32>,
    /// Whether it speaks against the topic.
    pub negated: bool,
}

/// A set of own topics, compiled. Judges in one pass over the words of a text, and one more over the best passage of each
/// topic for the evidence.
#[derive(Clone, Debug)]
pub struct OwnTopics {
    topics: Vec<TopicInfo>,
    terms: Vec<Term>,
    /// Languages of terms.
    languages: Vec<LanguageTag>,
    /// Number of [`Term::group`]s.
    groups: usize,
    finder: Finder,
}

impl OwnTopics {
    /// Compiles `topics`, whose ids must be none of those that are `taken`.
    ///
    /// # Errors
    /// [`Error::OwnTopicInvalid`], which names the topic and the term at fault, and the cause.
    pub fn compile(topics: &[OwnTopic], bounds: &Bounds, taken: &[TopicInfo]) -> Result<OwnTopics, Error> {
        check::check(topics, bounds, taken).map_err(|fault| fault.of_list(topics))?;
        terms::compile(topics)
    }

    /// Reads and compiles a file of own topics, whose ids must be none of those that are `taken`.
    ///
    /// The file is TOML. Each `[[topics]]` has an `id`, may have a `threshold`, and has `terms`: a table from language tags,
    /// or `mul` for all languages, to lists of terms. A term is a string, or a table of `text`, `weight` and `negated`.
    ///
    /// # Errors
    /// [`Error::OwnTopicInvalid`], which names the line and the cause: the file is more than [`FILE_BYTES_MAX`] bytes, is not
    /// TOML or holds something else, defines more than [`Bounds::FILE`] allows, or a topic cannot be used.
    pub fn parse(file: &[u8], taken: &[TopicInfo]) -> Result<OwnTopics, Error> {
        let file = file::File::parse(file)?;
        check::check(&file.topics, &Bounds::FILE, taken).map_err(|fault| file.error(fault))?;
        terms::compile(&file.topics)
    }

    /// For each topic the sum of the weights found in a passage. `spoken`: the languages whose terms count; `seen`: what
    /// was found of each group so far in which passage.
    fn sums(&self, cut: &Cut<'_>, passage: usize, spoken: &[bool], seen: &mut [(usize, f32)]) -> Vec<f64> {
        let mut sums = vec![0.0; self.topics.len()];
        self.finder.find(cut.view().text(), cut.words(passage), |found| {
            for term in found.terms.iter().map(|&term| &self.terms[term as usize]) {
                if !term.counts(&found, spoken) {
                    continue;
                }
                let (last, weight) = &mut seen[term.group];
                let before = if *last == passage { *weight } else { 0.0 };
                let more = f64::from(term.weight.max(before)) - f64::from(before);
                (*last, *weight) = (passage, term.weight.max(before));
                sums[term.topic] += if term.negated { -more } else { more };
            }
        });
        sums
    }

    /// What speaks for a topic in a passage: heaviest first, of those as heavy the longest, at most `most`, without
    /// overlap.
    fn evidence(&self, cut: &Cut<'_>, passage: usize, spoken: &[bool], (topic, most): (usize, usize)) -> Vec<Evidence> {
        let mut found_all: Vec<(Range<usize>, f32)> = Vec::new();
        self.finder.find(cut.view().text(), cut.words(passage), |found| {
            let terms = found.terms.iter().map(|&term| &self.terms[term as usize]);
            let speaks_for = |term: &&Term| term.topic == topic && !term.negated && term.counts(&found, spoken);
            let weight = terms.filter(speaks_for).map(|term| term.weight).fold(0.0, f32::max);
            if weight > 0.0 {
                found_all.push((found.range.clone(), weight));
            }
        });
        let place = |range: &Range<usize>| (std::cmp::Reverse(range.len()), range.start);
        found_all.sort_by(|(a, heavy), (b, light)| light.total_cmp(heavy).then_with(|| place(a).cmp(&place(b))));
        let mut taken: Vec<Range<usize>> = Vec::new();
        let mut evidence = Vec::new();
        for (range, weight) in found_all {
            if evidence.len() == most {
                break;
            }
            let Some(span) = cut.view().span(range.clone()) else { continue };
            if taken.iter().all(|earlier| range.end <= earlier.start || earlier.end <= range.start) {
                taken.push(range);
                evidence.push(Evidence { span, weight });
            }
        }
        evidence
    }
}

impl Classifier for OwnTopics {
    fn topics(&self) -> Vec<TopicInfo> {
        self.topics.clone()
    }

    fn judge(&self, cut: &Cut<'_>, query: &Query) -> Result<Verdict, Error> {
        let asked = query.resolve(&self.topics)?;
        let spoken: Vec<bool> =
            self.languages.iter().map(|term| query.language.as_ref().is_none_or(|text| spoken(term, text))).collect();
        let mut seen = vec![(usize::MAX, 0.0); self.groups];
        let sums: Vec<Vec<f64>> =
            (0..cut.spans().len()).map(|passage| self.sums(cut, passage, &spoken, &mut seen)).collect();
        let judgement = |index: usize, threshold: f32, sum: f64| {
            let score = score(sum);
            let id = Arc::clone(&self.topics[index].id);
            Topic { id, score, threshold, present: score >= threshold, evidence: Vec::new() }
        };
        let mut verdict = Verdict::default();
        for topic in &asked {
            let of = |passage: &usize| sums[*passage][topic.index];
            // Reversed, since the last of equals wins: the first passage shall.
            let best = (0..sums.len()).rev().max_by(|a, b| of(a).total_cmp(&of(b)));
            let mut judged = judgement(topic.index, topic.threshold, best.map_or(0.0, |best| of(&best)));
            // Most texts are about few of many topics: for the others no passage is read again.
            if let Some(best) = best.filter(|best| of(best) > 0.0 && query.evidence_max > 0) {
                judged.evidence = self.evidence(cut, best, &spoken, (topic.index, query.evidence_max));
            }
            verdict.topics.push(judged);
        }
        by_score(&mut verdict.topics);
        if query.passages {
            verdict.passages.extend(cut.spans().zip(&sums).map(|(span, sums)| {
                let judged = asked.iter().map(|topic| judgement(topic.index, topic.threshold, sums[topic.index]));
                let mut topics: Vec<Topic> = judged.collect();
                by_score(&mut topics);
                Passage { span, topics }
            }));
        }
        Ok(verdict)
    }
}

/// The score of a passage whose terms weigh `sum` together.
#[expect(clippy::cast_possible_truncation, reason = "0..=1")]
fn score(sum: f64) -> f32 {
    (1.0 - (-sum.max(0.0)).exp2()) as f32
}

#[cfg(test)]
mod tests;
