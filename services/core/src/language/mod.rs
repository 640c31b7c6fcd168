//! Naming the language of a text: what of it votes ([`Votes`]), what a model sees of that ([`grams`]), the detector, and cutting
//! a text by language.

pub mod grams;
mod letters;
mod linear;
mod segments;
#[cfg(test)]
mod tests;
mod votes;

use std::fmt;

use crate::tag::{self, LanguageTag, Script};
use crate::{Error, Span};

pub use linear::LinearDetector;
pub use votes::Votes;

/// Names the language of texts. Any text is accepted; detection never fails.
pub trait Detector: fmt::Debug + Send + Sync {
    /// The language of `text`, and what else `query` asks for. The same text and query have the same answer.
    fn detect(&self, text: &str, query: &Query) -> Detection;

    /// The languages it tells apart, sorted.
    fn languages(&self) -> &[LanguageTag];
}

/// Whether to cut the text by language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Segments {
    /// Do not; [`Detection::segments`] stays empty.
    #[default]
    Omit,
    /// Fill [`Detection::segments`].
    List,
}

/// A language with a lower score is no answer.
pub const SCORE_MIN: f32 = 0.3;

/// What to ask about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Sorted; empty: all.
    languages: Vec<LanguageTag>,
    /// Most alternatives to list besides the answer.
    pub alternatives_max: usize,
    /// Whether to cut the text by language.
    pub segments: Segments,
}

impl Default for Query {
    /// All languages, three alternatives, no segments.
    fn default() -> Query {
        Query { languages: Vec::new(), alternatives_max: 3, segments: Segments::Omit }
    }
}

impl Query {
    /// A query that chooses among `languages` only; all languages where it is empty. A tag stands for every language that
    /// `detector` knows by it or by a longer one: `zh` for `zh-Hans` and `zh-Hant`.
    ///
    /// # Errors
    /// [`Error::UnknownLanguage`] for one that is no BCP-47 tag or that stands for nothing `detector` knows.
    pub fn among<T: AsRef<str>>(detector: &dyn Detector, languages: &[T]) -> Result<Query, Error> {
        let mut among = Vec::new();
        for asked in languages.iter().map(AsRef::as_ref) {
            let unknown = || tag::unknown("options.languages", asked);
            let range = LanguageTag::parse(asked).ok_or_else(unknown)?;
            let before = among.len();
            among.extend(detector.languages().iter().filter(|known| known.is_within(&range)).cloned());
            if among.len() == before {
                return Err(unknown());
            }
        }
        among.sort();
        among.dedup();
        Ok(Query { languages: among, ..Query::default() })
    }

    /// Whether `language`, one of the detector's, may be the answer.
    pub fn allows(&self, language: &LanguageTag) -> bool {
        self.languages.is_empty() || self.languages.binary_search(language).is_ok()
    }
}

/// The language of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The language; `und` where there are no letters that say anything, where none of the languages asked for can be it, and
    /// where the likeliest has a score below [`SCORE_MIN`].
    pub tag: LanguageTag,
    /// The script of most letters; [`Script::COMMON`] where there are none.
    pub script: Script,
    /// Estimated probability that `tag` is right, 0 to 1, given that the text is in one of the languages to choose among; 0
    /// for `und`.
    pub score: f32,
    /// Whether the answer can be relied on: the text is long enough and the runner-up far enough away.
    pub reliable: bool,
    /// ISO 639-3 code of the dialect of `tag` that the text is in, where one stands out; else empty.
    pub dialect: String,
    /// The runners-up, best first; where `tag` is `und` for doubt, the likeliest is among them.
    pub alternatives: Vec<Alternative>,
    /// The text cut by language: in order, without gaps, from its first byte to its last, neighbours of different languages.
    pub segments: Vec<Segment>,
}

/// A language that a text may also be in.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The language.
    pub tag: LanguageTag,
    /// Estimated probability, 0 to 1.
    pub score: f32,
}

/// A stretch of a text in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it stands.
    pub span: Span,
    /// The language, or `und`.
    pub tag: LanguageTag,
    /// Estimated probability that `tag` is right, 0 to 1, averaged over what the segment was put together from.
    pub score: f32,
}

/// What a detector makes of a stretch of text.
#[derive(Clone, Debug)]
struct Ranking {
    /// Languages with their probabilities, best first; empty where nothing can be said.
    languages: Vec<(LanguageTag, f32)>,
    script: Script,
    /// Whether the first of `languages` can be relied on.
    reliable: bool,
    /// The dialect of the first of `languages`; empty where none stands out.
    dialect: String,
}

impl Ranking {
    /// Nothing can be said.
    fn none(script: Script) -> Ranking {
        Ranking { languages: Vec::new(), script, reliable: false, dialect: String::new() }
    }

    fn best(&self) -> (LanguageTag, f32) {
        self.languages.first().cloned().unwrap_or((LanguageTag::UNDETERMINED, 0.0))
    }

    /// The likeliest language where it is likely enough, else `und`.
    fn answer(&self) -> (LanguageTag, f32) {
        let (tag, score) = self.best();
        if score < SCORE_MIN { (LanguageTag::UNDETERMINED, 0.0) } else { (tag, score) }
    }

    /// The probability of `tag` here.
    fn score(&self, tag: &LanguageTag) -> f32 {
        self.languages.iter().find(|(known, _)| known == tag).map_or(0.0, |(_, score)| *score)
    }
}

/// Answers `query` by what `rank` makes of the text and of its parts.
fn detection(text: &str, query: &Query, rank: impl Fn(&str) -> Ranking) -> Detection {
    let whole = rank(text);
    let (tag, score) = whole.answer();
    let runners_up = whole.languages.iter().filter(|(other, _)| *other != tag);
    let alternatives = runners_up
        .take(query.alternatives_max)
        .map(|(tag, score)| Alternative { tag: tag.clone(), score: *score })
        .collect();
    let segments = match query.segments {
        Segments::Omit => Vec::new(),
        Segments::List => segments::segments(text, &whole, rank),
    };
    let dialect = if tag.is_undetermined() { String::new() } else { whole.dialect };
    Detection { tag, script: whole.script, score, reliable: whole.reliable, dialect, alternatives, segments }
}
