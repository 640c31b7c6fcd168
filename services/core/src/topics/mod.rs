//! Which topics a text is about.
//!
//! A text is cut into passages of a few sentences, each is judged, and the text is about what its best passages are about: a
//! short section on water in a long report on something else is found.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tag::LanguageTag;
use crate::{Error, Span};

mod evidence;
mod joined;
mod linear;
pub mod own;
mod passages;

pub use joined::Joined;
pub use linear::LinearClassifier;
pub use passages::{Cut, PASSAGE_CHARS_MAX, passages};

/// Evidence spans a topic, unless the query says otherwise.
pub const EVIDENCE_DEFAULT: usize = 5;

/// Most evidence spans a topic that a query may ask for.
pub const EVIDENCE_MAX: usize = 100;

/// Judges which topics a text is about.
pub trait Classifier: Send + Sync {
    /// The topics it knows, in a fixed order.
    fn topics(&self) -> Vec<TopicInfo>;

    /// Judges the text that `cut` was made of. The same text and query always give the same verdict.
    ///
    /// # Errors
    /// [`Error::UnknownTopic`] for an id in the query that is none of [`Classifier::topics`];
    /// [`Error::ValueOutOfRange`] for a threshold outside 0 to 1 or an `evidence_max` over [`EVIDENCE_MAX`].
    fn judge(&self, cut: &Cut<'_>, query: &Query) -> Result<Verdict, Error>;

    /// Cuts and judges `text`.
    ///
    /// # Errors
    /// [`Error::EmptyText`], and those of [`Classifier::judge`].
    fn classify(&self, text: &str, query: &Query) -> Result<Verdict, Error> {
        if text.is_empty() {
            return Err(Error::EmptyText);
        }
        self.judge(&Cut::new(text), query)
    }
}

/// A topic that a classifier knows.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicInfo {
    /// Its id.
    pub id: Arc<str>,
    /// Score from which it is present unless a query says otherwise, 0 to 1.
    pub threshold: f32,
}

/// What to judge, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Ids of the topics to judge; empty: all.
    pub topics: Vec<String>,
    /// Thresholds that replace the topics' own, by id, 0 to 1.
    pub thresholds: BTreeMap<String, f32>,
    /// Whether the verdict lists the passages.
    pub passages: bool,
    /// Most evidence spans a topic, at most [`EVIDENCE_MAX`].
    pub evidence_max: usize,
    /// The text's language where it is known; it decides which terms of own topics count.
    pub language: Option<LanguageTag>,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            topics: Vec::new(),
            thresholds: BTreeMap::new(),
            passages: false,
            evidence_max: EVIDENCE_DEFAULT,
            language: None,
        }
    }
}

/// The judgement on a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Every topic judged, by score, highest first.
    pub topics: Vec<Topic>,
    /// The passages in order, where the query asked for them.
    pub passages: Vec<Passage>,
}

/// The judgement on one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its id.
    pub id: Arc<str>,
    /// Estimated probability that the text is about it, 0 to 1; of an own topic, what [`own`] says.
    pub score: f32,
    /// The threshold applied.
    pub threshold: f32,
    /// Whether the score reaches the threshold.
    pub present: bool,
    /// What in the text's best passage spoke for it, strongest first; empty in passages.
    pub evidence: Vec<Evidence>,
}

/// A word or phrase that spoke for a topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Where it stands.
    pub span: Span,
    /// What it added to the topic's log-odds in its passage, or the weight of an own topic's term; over 0.
    pub weight: f32,
}

/// The judgement on a passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// Where it stands.
    pub span: Span,
    /// Every topic judged, by score, highest first.
    pub topics: Vec<Topic>,
}

/// A topic to judge: its place among the classifier's, and the threshold to apply.
#[derive(Clone, Copy, Debug)]
struct Asked {
    index: usize,
    threshold: f32,
}

impl Query {
    /// Checks the query against the topics that a classifier knows.
    fn resolve(&self, known: &[TopicInfo]) -> Result<Vec<Asked>, Error> {
        if self.evidence_max > EVIDENCE_MAX {
            let (value, max) = (precise(self.evidence_max), precise(EVIDENCE_MAX));
            return Err(Error::ValueOutOfRange { field: "options.evidence_max", value, min: 0.0, max });
        }
        let known_id = |field, id: &String| match known.iter().any(|topic| *topic.id == **id) {
            true => Ok(()),
            false => Err(Error::UnknownTopic { field, id: id.chars().take(64).collect() }),
        };
        self.topics.iter().try_for_each(|id| known_id("options.topics", id))?;
        for (id, &threshold) in &self.thresholds {
            known_id("options.thresholds", id)?;
            if !(0.0..=1.0).contains(&threshold) {
                let value = f64::from(threshold);
                return Err(Error::ValueOutOfRange { field: "options.thresholds", value, min: 0.0, max: 1.0 });
            }
        }
        let is_asked = |topic: &TopicInfo| self.topics.is_empty() || self.topics.iter().any(|id| **id == *topic.id);
        let asked = known.iter().enumerate().filter(|(_, topic)| is_asked(topic)).map(|(index, topic)| Asked {
            index,
            threshold: self.thresholds.get(&*topic.id).copied().unwrap_or(topic.threshold),
        });
        Ok(asked.collect())
    }
}

/// Sorts by score, highest first; equal ones keep their order.
fn by_score(topics: &mut [Topic]) {
    topics.sort_by(|a, b| b.score.total_cmp(&a.score));
}

#[expect(clippy::cast_precision_loss, reason = "a count that a caller sends is far below 2^52")]
fn precise(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
