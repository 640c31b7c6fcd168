use super::{Classifier, Cut, Query, TopicInfo, Verdict, by_score};
use crate::Error;

/// Several classifiers that judge as one: the topics of all, in the order of the classifiers. No two may know the same id.
#[derive(Default)]
pub struct Joined<'c> {
    parts: Vec<&'c dyn Classifier>,
}

impl<'c> Joined<'c> {
    /// Joins `parts`.
    pub fn new(parts: impl IntoIterator<Item = &'c dyn Classifier>) -> Joined<'c> {
        Joined { parts: parts.into_iter().collect() }
    }
}

impl std::fmt::Debug for Joined<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joined").field("topics", &self.topics()).finish()
    }
}

impl Classifier for Joined<'_> {
    fn topics(&self) -> Vec<TopicInfo> {
        self.parts.iter().flat_map(|part| part.topics()).collect()
    }

    fn judge(&self, cut: &Cut<'_>, query: &Query) -> Result<Verdict, Error> {
        // An id that one part does not know may be another's; one that none knows is refused here.
        query.resolve(&self.topics())?;
        let mut verdict = Verdict::default();
        for part in &self.parts {
            let Some(query) = within(query, &part.topics()) else { continue };
            let judged = part.judge(cut, &query)?;
            verdict.topics.extend(judged.topics);
            if verdict.passages.is_empty() {
                verdict.passages = judged.passages;
            } else {
                // Every part judges the same passages of the cut.
                for (passage, more) in verdict.passages.iter_mut().zip(judged.passages) {
                    passage.topics.extend(more.topics);
                }
            }
        }
        by_score(&mut verdict.topics);
        verdict.passages.iter_mut().for_each(|passage| by_score(&mut passage.topics));
        Ok(verdict)
    }
}

/// The part of `query` that is about the topics `known`; `None` if nothing is.
fn within(query: &Query, known: &[TopicInfo]) -> Option<Query> {
    let is_known = |id: &str| known.iter().any(|topic| &*topic.id == id);
    let mut part = query.clone();
    part.topics.retain(|id| is_known(id));
    part.thresholds.retain(|id, _| is_known(id));
    (query.topics.is_empty() || !part.topics.is_empty()).then_some(part)
}
