//! Wire to domain and back. Free functions: both types are foreign here, so `From` cannot be.

use enrich_core::{
    Error,
    language::{Alternative, Detection, Detector, Query, Segment, Segments},
    offsets::{Offsets, Unit},
};
use enrich_proto::v1::{self, language_service_server::SERVICE_NAME};
use enrich_runtime::wire;
use std::time::Duration;

/// Most languages that a request may choose among.
const LANGUAGES_MAX: usize = 256;
/// Most alternatives that a request may ask for.
const ALTERNATIVES_MAX: u32 = 16;

/// What a request asks for, checked against what `detector` knows.
pub(crate) fn query(request: &v1::DetectLanguageRequest, detector: &dyn Detector) -> Result<(Query, Unit), Error> {
    let unit = wire::offset_unit(request.offset_unit)?;
    let Some(options) = &request.options else { return Ok((Query::default(), unit)) };
    let items = options.languages.len();
    if items > LANGUAGES_MAX {
        return Err(Error::TooManyItems { field: "options.languages", items, items_max: LANGUAGES_MAX });
    }
    let mut query = Query::among(detector, &options.languages)?;
    if let Some(alternatives) = options.alternatives_max {
        if alternatives > ALTERNATIVES_MAX {
            return Err(Error::ValueOutOfRange {
                field: "options.alternatives_max",
                value: f64::from(alternatives),
                min: 0.0,
                max: f64::from(ALTERNATIVES_MAX),
            });
        }
        query.alternatives_max = alternatives as usize;
    }
    if options.segments {
        query.segments = Segments::List;
    }
    Ok((query, unit))
}

/// Writes the answer for `request`.
pub(crate) fn response(
    request: v1::DetectLanguageRequest,
    unit: Unit,
    detection: Detection,
    elapsed: Duration,
) -> v1::DetectLanguageResponse {
    let offsets = Offsets::new(&request.text, unit);
    let language = v1::LanguageResult {
        tag: detection.tag.to_string(),
        iso639_3: detection.tag.iso639_3().to_owned(),
        script: detection.script.code().to_owned(),
        score: detection.score,
        reliable: detection.reliable,
        alternatives: detection.alternatives.iter().map(alternative).collect(),
        segments: detection.segments.iter().map(|part| segment(part, &offsets)).collect(),
        dialect: detection.dialect,
    };
    v1::DetectLanguageResponse {
        id: request.id,
        language: Some(language),
        stage_times: vec![wire::stage_time(SERVICE_NAME, "language", elapsed)],
    }
}

fn alternative(other: &Alternative) -> v1::LanguageAlternative {
    v1::LanguageAlternative {
        tag: other.tag.to_string(),
        iso639_3: other.tag.iso639_3().to_owned(),
        score: other.score,
    }
}

fn segment(segment: &Segment, offsets: &Offsets<'_>) -> v1::LanguageSegment {
    v1::LanguageSegment {
        span: Some(wire::span(offsets, segment.span)),
        tag: segment.tag.to_string(),
        score: segment.score,
    }
}
