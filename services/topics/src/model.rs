//! What judges: the model, the topics of a file, those of a request.

use enrich_core::{
    Error,
    topics::{
        Classifier, Joined, Query, Verdict,
        own::{Bounds, OwnTopic, OwnTopics},
    },
};
use enrich_proto::v1;
use std::{fmt, sync::Arc};

/// A loaded model, with the own topics that stand beside it. A clone is the same model.
#[derive(Clone)]
pub struct Model {
    pub(crate) classifier: Arc<dyn Classifier>,
    pub(crate) own: Option<OwnFile>,
    pub(crate) card: v1::Model,
}

/// The topics of a file.
#[derive(Clone)]
pub(crate) struct OwnFile {
    /// The file's name, without its folder.
    pub(crate) name: String,
    pub(crate) topics: Arc<OwnTopics>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.own.as_ref().map(|own| &own.name);
        f.debug_struct("Model").field("card", &self.card).field("own", &own).finish_non_exhaustive()
    }
}

impl Model {
    /// Judges `text` by the model, the file's topics and `own`, those of the request, which are compiled here.
    ///
    /// # Errors
    /// [`Error::OwnTopicInvalid`] where `own` cannot be used, and those of [`Classifier::classify`].
    pub(crate) fn classify(&self, text: &str, query: &Query, own: &[OwnTopic]) -> Result<Verdict, Error> {
        let mut parts: Vec<&dyn Classifier> = vec![&*self.classifier];
        parts.extend(self.own.as_ref().map(|own| &*own.topics as &dyn Classifier));
        let known = Joined::new(parts.iter().copied());
        if own.is_empty() {
            return known.classify(text, query);
        }
        let own = OwnTopics::compile(own, &Bounds::REQUEST, &known.topics())?;
        parts.push(&own);
        Joined::new(parts).classify(text, query)
    }

    /// The topics of the model and of the file, with where they come from.
    pub(crate) fn topics(&self) -> Vec<v1::TopicInfo> {
        let of = |classifier: &dyn Classifier, source: &str| -> Vec<v1::TopicInfo> {
            let topics = classifier.topics().into_iter().map(|topic| v1::TopicInfo {
                id: topic.id.to_string(),
                threshold: topic.threshold,
                source: source.to_owned(),
            });
            topics.collect()
        };
        let mut topics = of(&*self.classifier, &self.card.name);
        topics.extend(self.own.iter().flat_map(|own| of(&*own.topics, &own.name)));
        topics
    }
}
