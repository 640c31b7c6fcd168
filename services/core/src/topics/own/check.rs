//! What a definition must hold to be one.

use crate::Error;
use crate::features::is_part;
use crate::tag::LanguageTag;
use crate::text::View;
use crate::topics::TopicInfo;

use super::{Bounds, ID_BYTES_MAX, OwnTerm, OwnTopic, TERM_BYTES_MAX, WEIGHT_MAX};

/// Enough to recognise what was sent, whatever was sent.
const SHOWN_CHARS_MAX: usize = 64;

/// Which part of the definitions is at fault; topics and terms by their places, from 0.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Topic(usize),
    Threshold(usize),
    Term(usize, usize),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) cause: String,
}

impl Fault {
    fn new(place: Place, cause: impl Into<String>) -> Fault {
        Fault { place, cause: cause.into() }
    }

    /// The error for a caller who sent `topics`: names the topic by its id, or by its place from 1 where that is none. Terms
    /// are named by their places, since they are the caller's words.
    pub(super) fn of_list(self, topics: &[OwnTopic]) -> Error {
        let (Place::Topic(topic) | Place::Threshold(topic) | Place::Term(topic, _)) = self.place;
        let id = topics.get(topic).map_or("", |topic| &topic.id);
        let entry = if is_id(id) { id.to_owned() } else { format!("number {}", topic + 1) };
        let cause = match self.place {
            Place::Topic(_) | Place::Threshold(_) => self.cause,
            Place::Term(_, term) => format!("term {}: {}", term + 1, self.cause),
        };
        Error::OwnTopicInvalid { entry, cause }
    }
}

/// Checks `topics` against `bounds`, each other and the ids that are `taken`.
pub(super) fn check(topics: &[OwnTopic], bounds: &Bounds, taken: &[TopicInfo]) -> Result<(), Fault> {
    if topics.len() > bounds.topics_max {
        let cause = format!("there are {} topics; the limit is {}", topics.len(), bounds.topics_max);
        return Err(Fault::new(Place::Topic(bounds.topics_max), cause));
    }
    let mut terms = 0;
    for (index, topic) in topics.iter().enumerate() {
        check_id(topic, topics.get(..index).unwrap_or_default(), taken)
            .map_err(|cause| Fault::new(Place::Topic(index), cause))?;
        if let Some(threshold) = topic.threshold.filter(|threshold| !(0.0..=1.0).contains(threshold)) {
            let cause = format!("the threshold is {threshold}; it must lie in 0..=1");
            return Err(Fault::new(Place::Threshold(index), cause));
        }
        if topic.terms.is_empty() {
            return Err(Fault::new(Place::Topic(index), "it has no terms"));
        }
        terms += topic.terms.len();
        if terms > bounds.terms_max {
            let cause = format!("with it there are {terms} terms together; the limit is {}", bounds.terms_max);
            return Err(Fault::new(Place::Topic(index), cause));
        }
        for (place, term) in topic.terms.iter().enumerate() {
            check_term(term).map_err(|cause| Fault::new(Place::Term(index, place), cause))?;
        }
    }
    Ok(())
}

fn is_id(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn check_id(topic: &OwnTopic, before: &[OwnTopic], taken: &[TopicInfo]) -> Result<(), String> {
    let id = &topic.id;
    if !is_id(id) {
        let shown: String = id.chars().take(SHOWN_CHARS_MAX).collect();
        let rule = format!("an id is 1 to {ID_BYTES_MAX} lower-case letters a to z, digits and `_`");
        return Err(format!("the id is {shown:?}; {rule}"));
    }
    if taken.iter().any(|known| *known.id == **id) {
        return Err("the id is one of the service's own topics".to_owned());
    }
    if before.iter().any(|earlier| earlier.id == *id) {
        return Err("the id is that of an earlier own topic".to_owned());
    }
    Ok(())
}

fn check_term(term: &OwnTerm) -> Result<(), String> {
    let bytes = term.text.len();
    if bytes == 0 {
        return Err("the text is empty".to_owned());
    }
    if bytes > TERM_BYTES_MAX {
        return Err(format!("the text is {bytes} bytes; the limit is {TERM_BYTES_MAX}"));
    }
    if form(&term.text).is_empty() {
        return Err("the text has no letter and no digit".to_owned());
    }
    if let Some(weight) = term.weight.filter(|&weight| !(weight > 0.0 && weight <= WEIGHT_MAX)) {
        return Err(format!("the weight is {weight}; it must be over 0 and at most {WEIGHT_MAX}"));
    }
    language(&term.language).map(|_| ()).ok_or_else(|| {
        let shown: String = term.language.chars().take(SHOWN_CHARS_MAX).collect();
        format!("the language is {shown:?}, which is no BCP-47 tag of a language")
    })
}

/// The language that `tag` names: none where it is empty or `mul`; `None` where it names nothing.
pub(super) fn language(tag: &str) -> Option<Option<LanguageTag>> {
    if tag.is_empty() || tag == "mul" {
        return Some(None);
    }
    let tag = LanguageTag::parse(tag)?;
    // A code of two letters that ISO 639-1 does not have is a slip of the pen; those of three are not all known here.
    (!tag.is_undetermined() && tag.iso639_3() != "und").then_some(Some(tag))
}

/// The view of `text` without what is no word at its ends; empty where it has no letter and no digit.
pub(super) fn form(text: &str) -> String {
    let view = View::new(text);
    let form = view.text().trim_matches(|c| !is_part(c));
    if form.contains(char::is_alphanumeric) { form.to_owned() } else { String::new() }
}
