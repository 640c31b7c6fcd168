//! Definitions, made ready for matching.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Error;
use crate::tag::LanguageTag;
use crate::text::normalized;
use crate::topics::TopicInfo;

use super::affixes::{Endings, definite, endings, reopened, takes_proclitics};
use super::check::{form, language};
use super::finder::{Finder, Found};
use super::{OwnTerm, OwnTopic, OwnTopics, THRESHOLD_DEFAULT, WEIGHT_DEFAULT};

/// Persian writes it between the parts of a word, or leaves it out.
const NON_JOINER: char = '\u{200C}';

/// A term of a compiled set.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Place of its topic.
    pub(super) topic: usize,
    /// Number that it shares with the terms that count as one with it: of its topic, with its normal form and sign.
    pub(super) group: usize,
    /// Over 0.
    pub(super) weight: f32,
    pub(super) negated: bool,
    /// Place of its language among those of the set.
    language: Option<usize>,
    takes_proclitics: bool,
    endings: &'static [Endings],
}

impl Term {
    /// Whether `found`, a form of the term, is the term: what stands before and behind it may, and its language is
    /// `spoken`.
    pub(super) fn counts(&self, found: &Found<'_>, spoken: &[bool]) -> bool {
        self.language.is_none_or(|language| spoken[language])
            && (self.takes_proclitics || !found.is_behind_proclitics)
            && (found.rest.is_empty() || self.endings.iter().any(|endings| endings.allow(found.rest)))
    }
}

/// Whether a term in the language `term` counts in a text in `text`: `ar` in `ar-EG`, `ku` in any Kurdish and any Kurdish in
/// `ku`.
pub(super) fn spoken(term: &LanguageTag, text: &LanguageTag) -> bool {
    const KURDISH: [&str; 4] = ["ckb", "kmr", "ku", "sdh"];
    let canonical = |tag: &LanguageTag| LanguageTag::of_iso639_3(tag.language());
    let (term_language, text_language) = (term.language(), text.language());
    let is_kurdish = KURDISH.contains(&term_language) && KURDISH.contains(&text_language);
    text.is_undetermined()
        || text.is_within(term)
        || canonical(term).is_some_and(|term| text.is_within(&term))
        || canonical(text).is_some_and(|text| text.is_within(term))
        || (is_kurdish && (term_language == "ku" || text_language == "ku"))
}

/// Compiles `topics`, which have been checked.
pub(super) fn compile(topics: &[OwnTopic]) -> Result<OwnTopics, Error> {
    let mut terms = Vec::new();
    let mut languages: Vec<LanguageTag> = Vec::new();
    let mut groups = BTreeMap::new();
    let mut forms: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (topic, definition) in topics.iter().enumerate() {
        for term in &definition.terms {
            let tag = language(&term.language).flatten();
            let base = form(&term.text);
            let joined = form(&term.text.replace(NON_JOINER, ""));
            let (first, last) = (ends(&base).0, ends(&joined).1);
            let next = groups.len();
            let compiled = Term {
                topic,
                group: *groups.entry((topic, base.clone(), term.negated)).or_insert(next),
                weight: term.weight.unwrap_or(WEIGHT_DEFAULT),
                negated: term.negated,
                language: tag.as_ref().map(|tag| place(&mut languages, tag)),
                takes_proclitics: takes_proclitics(tag.as_ref(), first),
                endings: endings(tag.as_ref(), last),
            };
            // Cannot fail: terms are counted in thousands.
            let number = u32::try_from(terms.len()).unwrap_or(u32::MAX);
            for form in spellings(term, [base, joined], tag.as_ref(), !compiled.endings.is_empty()) {
                let owners = forms.entry(form).or_default();
                if owners.last() != Some(&number) {
                    owners.push(number);
                }
            }
            terms.push(compiled);
        }
    }
    let infos = topics.iter().map(|topic| TopicInfo {
        id: Arc::from(topic.id.as_str()),
        threshold: topic.threshold.unwrap_or(THRESHOLD_DEFAULT),
    });
    let too_large = |error: aho_corasick::BuildError| Error::OwnTopicInvalid {
        entry: "list".to_owned(),
        cause: format!("its terms do not fit into one automaton: {error}"),
    };
    let finder = Finder::new(forms).map_err(too_large)?;
    Ok(OwnTopics { topics: infos.collect(), terms, languages, groups: groups.len(), finder })
}

/// The first and the last word of `form`.
fn ends(form: &str) -> (&str, &str) {
    let is_gap = |c| !crate::features::is_part(c);
    let first = form.split(is_gap).next().unwrap_or_default();
    (first, form.rsplit(is_gap).next().unwrap_or_default())
}

/// The place of `tag` in `languages`, where it is put if it is not there.
fn place(languages: &mut Vec<LanguageTag>, tag: &LanguageTag) -> usize {
    languages.iter().position(|known| known == tag).unwrap_or_else(|| {
        languages.push(tag.clone());
        languages.len() - 1
    })
}

/// The forms in which `term` may stand in a text: its normal forms, and those with articles and changed ends. Most differ
/// late, so that they share states of the automaton; there are 12 at most.
fn spellings(term: &OwnTerm, normal: [String; 2], tag: Option<&LanguageTag>, takes_endings: bool) -> Vec<String> {
    let mut forms = Vec::from(normal);
    forms.dedup();
    let definite: Vec<String> = forms.iter().filter_map(|form| definite(tag, form)).collect();
    forms.extend(definite);
    if takes_endings {
        // A view writes teh marbuta as heh.
        let is_teh_marbuta = normalized(&term.text).trim_end_matches(|c: char| !c.is_alphanumeric()).ends_with('ة');
        let reopened: Vec<String> = forms.iter().flat_map(|form| reopened(form, tag, is_teh_marbuta)).collect();
        forms.extend(reopened);
    }
    forms
}
