//! The parts of the contracts that every analyser reads and writes.

use crate::metrics;
use enrich_core::{
    Error, Span,
    manifest::Score,
    offsets::{Offsets, Unit},
    tag::LanguageTag,
};
use enrich_proto::v1;
use std::time::Duration;

/// Reads the unit that a request chose; unset means code points.
///
/// # Errors
/// [`Error::UnknownEnumValue`] for a number that names no unit.
pub fn offset_unit(value: i32) -> Result<Unit, Error> {
    match v1::OffsetUnit::try_from(value) {
        Ok(v1::OffsetUnit::Unspecified | v1::OffsetUnit::CodePoint) => Ok(Unit::CodePoint),
        Ok(v1::OffsetUnit::Utf8Byte) => Ok(Unit::Utf8Byte),
        Ok(v1::OffsetUnit::Utf16Unit) => Ok(Unit::Utf16Unit),
        Err(_) => Err(Error::UnknownEnumValue { field: "offset_unit", value }),
    }
}

/// Checks the language that a caller knows; empty means that it knows none.
///
/// # Errors
/// [`Error::UnknownLanguage`] for what is no BCP-47 tag.
pub fn known_language(tag: &str) -> Result<Option<LanguageTag>, Error> {
    if tag.is_empty() { Ok(None) } else { tag.parse().map(Some) }
}

/// Writes `span` in the unit of `offsets`.
pub fn span(offsets: &Offsets<'_>, span: Span) -> v1::Span {
    let (begin, end) = offsets.begin_end(span);
    v1::Span { begin, end }
}

/// Writes how long a stage of a service's work took, into the answer and into the metrics.
pub fn stage_time(service: &'static str, stage: &'static str, duration: Duration) -> v1::StageTime {
    metrics::stage(service, stage, duration);
    v1::StageTime { stage: stage.to_owned(), duration: prost_types::Duration::try_from(duration).ok() }
}

/// Writes what was measured of a model.
pub fn measured(scores: &[Score]) -> Vec<v1::MeasuredScore> {
    let measured = scores.iter().map(|score| v1::MeasuredScore {
        language: score.language.clone(),
        dataset: score.dataset.clone(),
        metric: score.metric.clone(),
        value: score.value,
    });
    measured.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_unit_is_refused_with_its_number() {
        assert!(matches!(offset_unit(0), Ok(Unit::CodePoint)));
        assert!(matches!(offset_unit(4), Err(Error::UnknownEnumValue { field: "offset_unit", value: 4 })));
    }

    #[test]
    fn a_language_must_be_a_tag() {
        assert!(known_language("").unwrap().is_none());
        assert_eq!(known_language("AR").unwrap().unwrap().to_string(), "ar");
        assert!(matches!(known_language("not a tag"), Err(Error::UnknownLanguage { field: "language", .. })));
    }
}
