//! A file of own topics.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use toml::Spanned;

use super::check::{Fault, Place};
use super::{OwnTerm, OwnTopic};
use crate::Error;

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 8 << 20;

/// The definitions of a file, and where in it they stand.
#[derive(Debug)]
pub(super) struct File {
    pub(super) topics: Vec<OwnTopic>,
    lines: Vec<Lines>,
}

/// The lines of a topic's parts, from 1.
#[derive(Debug)]
struct Lines {
    id: usize,
    threshold: usize,
    terms: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    topics: Vec<WrittenTopic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTopic {
    id: Spanned<String>,
    threshold: Option<Spanned<f32>>,
    #[serde(default)]
    terms: BTreeMap<String, Vec<Spanned<WrittenTerm>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermTable {
    text: String,
    weight: Option<f32>,
    #[serde(default)]
    negated: bool,
}

struct WrittenTerm(TermTable);

impl<'de> Deserialize<'de> for WrittenTerm {
    // By hand: an untagged enum would lose the spans, and say only that nothing matched.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WrittenTerm, D::Error> {
        struct StringOrTable;

        impl<'de> Visitor<'de> for StringOrTable {
            type Value = WrittenTerm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a term: a string, or a table of text, weight and negated")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<WrittenTerm, E> {
                Ok(WrittenTerm(TermTable { text: text.to_owned(), weight: None, negated: false }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WrittenTerm, A::Error> {
                TermTable::deserialize(MapAccessDeserializer::new(map)).map(WrittenTerm)
            }
        }

        deserializer.deserialize_any(StringOrTable)
    }
}

impl File {
    /// Reads the text of a file.
    pub(super) fn parse(bytes: &[u8]) -> Result<File, Error> {
        let refuse = |cause: String| Error::OwnTopicInvalid { entry: "file".to_owned(), cause };
        if bytes.len() > FILE_BYTES_MAX {
            return Err(refuse(format!("it has more than {FILE_BYTES_MAX} bytes, which is the limit")));
        }
        let ends = LineEnds::of(bytes);
        let text = str::from_utf8(bytes)
            .map_err(|error| refuse(format!("line {}: it is not UTF-8", ends.line(error.valid_up_to()))))?;
        let written: Written = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(1, |span| ends.line(span.start));
            refuse(format!("line {at}: {}", error.message()))
        })?;
        if written.topics.is_empty() {
            return Err(refuse("it has no [[topics]]".to_owned()));
        }
        let (topics, lines) = written.topics.into_iter().map(|topic| topic.place(&ends)).unzip();
        Ok(File { topics, lines })
    }

    /// The error for whoever wrote the file.
    pub(super) fn error(&self, fault: Fault) -> Error {
        let (Place::Topic(topic) | Place::Threshold(topic) | Place::Term(topic, _)) = fault.place;
        let line = self.lines.get(topic).and_then(|lines| match fault.place {
            Place::Topic(_) => Some(&lines.id),
            Place::Threshold(_) => Some(&lines.threshold),
            Place::Term(_, term) => lines.terms.get(term),
        });
        let line = line.copied().unwrap_or_default();
        Error::OwnTopicInvalid { entry: format!("on line {line}"), cause: fault.cause }
    }
}

impl WrittenTopic {
    /// The definition, and the lines of its parts in the file whose lines end at `ends`.
    fn place(self, ends: &LineEnds) -> (OwnTopic, Lines) {
        let id_line = ends.line(self.id.span().start);
        let threshold_line = self.threshold.as_ref().map_or(id_line, |threshold| ends.line(threshold.span().start));
        let mut lines = Lines { id: id_line, threshold: threshold_line, terms: Vec::new() };
        let mut terms = Vec::new();
        for (language, list) in self.terms {
            for term in list {
                lines.terms.push(ends.line(term.span().start));
                let WrittenTerm(TermTable { text, weight, negated }) = term.into_inner();
                terms.push(OwnTerm { text, language: language.clone(), weight, negated });
            }
        }
        let threshold = self.threshold.map(Spanned::into_inner);
        (OwnTopic { id: self.id.into_inner(), threshold, terms }, lines)
    }
}

/// Where the lines of a file end.
struct LineEnds(Vec<usize>);

impl LineEnds {
    fn of(file: &[u8]) -> LineEnds {
        LineEnds(file.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of byte `at`, from 1.
    fn line(&self, at: usize) -> usize {
        1 + self.0.partition_point(|&end| end < at)
    }
}
