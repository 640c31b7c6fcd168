use std::sync::Arc;

use super::evidence::{Share, evidence};
use super::{Asked, Classifier, Cut, Passage, Query, Topic, TopicInfo, Verdict, by_score};
use crate::Error;
use crate::features::Kind;
use crate::model::{Linear, Row};

/// Exponent of the power mean that makes a text's odds from its passages'. Near the greatest of them, so that one passage
/// among many is enough; but the more passages there are, the surer the best must be, since with their number grows the
/// chance that one is misjudged. On texts put together from held-out passages, 3 to 25 each, it was better than the maximum
/// and than a noisy-or, which ask nothing more of a long text.
const POWER: f32 = 3.0;

/// A classifier by a linear model over hashed words, word pairs and letter groups.
///
/// The score of a passage is the logistic function of the model's log-odds; the odds of a text are the power mean of its
/// passages', with exponent 3. A text without words has score 0 for each topic. Takes one pass over the text, and
/// one more over the best passage for the evidence.
#[derive(Clone, Debug)]
pub struct LinearClassifier {
    model: Linear,
    topics: Vec<TopicInfo>,
}

impl LinearClassifier {
    /// A classifier by `model`.
    pub fn new(model: Linear) -> LinearClassifier {
        let topics = model
            .rows()
            .iter()
            .map(|row| TopicInfo { id: Arc::from(row.id.as_str()), threshold: row.threshold })
            .collect();
        LinearClassifier { model, topics }
    }

    /// The log-odds of each topic for a passage.
    fn log_odds(&self, cut: &Cut<'_>, passage: usize) -> Vec<f32> {
        let mut sums = vec![0; self.topics.len()];
        let mut count = 0;
        cut.visit(passage, |_, feature| {
            self.model.add(feature.bucket, &mut sums);
            count += 1;
        });
        let log_odds = |(row, sum): (&Row, i32)| if count == 0 { f32::NEG_INFINITY } else { row.log_odds(sum, count) };
        self.model.rows().iter().zip(sums).map(log_odds).collect()
    }

    /// What each word of a passage added to the log-odds of each topic: a list of words a topic.
    fn shares(&self, cut: &Cut<'_>, passage: usize) -> Vec<Vec<Share>> {
        let (topics, words) = (self.topics.len(), cut.words(passage).len());
        let mut own = vec![0; words * topics];
        let mut pair = own.clone();
        let mut count = 0;
        cut.visit(passage, |word, feature| {
            let sums = if feature.kind == Kind::Pair { &mut pair } else { &mut own };
            self.model.add(feature.bucket, &mut sums[word * topics..][..topics]);
            count += 1;
        });
        let share = |topic: usize, word: usize| {
            let row = &self.model.rows()[topic];
            let at = word * topics + topic;
            Share { own: row.share(own[at], count), pair: row.share(pair[at], count) }
        };
        (0..topics).map(|topic| (0..words).map(|word| share(topic, word)).collect()).collect()
    }

    fn topic(&self, asked: Asked, log_odds: f32) -> Topic {
        let score = 1.0 / (1.0 + (-log_odds).exp());
        let id = self.topics[asked.index].id.clone();
        Topic { id, score, threshold: asked.threshold, present: score >= asked.threshold, evidence: Vec::new() }
    }
}

impl Classifier for LinearClassifier {
    fn topics(&self) -> Vec<TopicInfo> {
        self.topics.clone()
    }

    fn judge(&self, cut: &Cut<'_>, query: &Query) -> Result<Verdict, Error> {
        let asked = query.resolve(&self.topics)?;
        let log_odds: Vec<Vec<f32>> = (0..cut.spans().len()).map(|passage| self.log_odds(cut, passage)).collect();
        // The shares of a passage's words serve every topic that it is the best passage for.
        let mut shares: Vec<Option<Vec<Vec<Share>>>> = vec![None; log_odds.len()];
        let mut topics = Vec::with_capacity(asked.len());
        for &topic in &asked {
            let of = |passage: &usize| log_odds[*passage][topic.index];
            // Reversed, since the last of equals wins: the first passage shall.
            let best = (0..log_odds.len()).rev().max_by(|a, b| of(a).total_cmp(&of(b)));
            let passages: Vec<f32> = log_odds.iter().map(|passage| passage[topic.index]).collect();
            let mut judgement = self.topic(topic, combined(&passages));
            if let Some(best) = best.filter(|_| query.evidence_max > 0) {
                let shares = shares[best].get_or_insert_with(|| self.shares(cut, best));
                judgement.evidence = evidence(cut.view(), cut.words(best), &shares[topic.index], query.evidence_max);
            }
            topics.push(judgement);
        }
        by_score(&mut topics);
        let mut verdict = Verdict { topics, passages: Vec::new() };
        if query.passages {
            verdict.passages.extend(cut.spans().zip(&log_odds).map(|(span, log_odds)| {
                let judgements = asked.iter().map(|&topic| self.topic(topic, log_odds[topic.index]));
                let mut topics: Vec<Topic> = judgements.collect();
                by_score(&mut topics);
                Passage { span, topics }
            }));
        }
        Ok(verdict)
    }
}

/// The log-odds of a text from those of its passages; those without words, at negative infinity, do not count.
#[expect(clippy::cast_precision_loss, reason = "passages of a text are fewer than 2^24")]
fn combined(passages: &[f32]) -> f32 {
    let counted = || passages.iter().copied().filter(|log_odds| log_odds.is_finite());
    let best = counted().fold(f32::NEG_INFINITY, f32::max);
    if best == f32::NEG_INFINITY {
        return best;
    }
    // Relative to the best, so that no power overflows.
    let sum: f32 = counted().map(|log_odds| (POWER * (log_odds - best)).exp()).sum();
    best + (sum / counted().count() as f32).ln() / POWER
}
