//! What a request asks for: which parts, and which of them it cannot do without.

use enrich_proto::v1::{EnrichRequest, Feature};
use enrich_runtime::Error;

/// Every part, in the order in which failures are reported.
pub(crate) const PARTS: [Feature; 3] = [Feature::Language, Feature::Entities, Feature::Topics];

/// The parts to compute, and those without which the answer is worthless.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    wanted: Vec<Feature>,
    required: Vec<Feature>,
}

impl Plan {
    /// Reads `request.features` and `request.require`.
    ///
    /// # Errors
    /// [`Error::UnknownEnumValue`] for a number that names no part; [`Error::RequiredPartNotAsked`] for a required
    /// part that is not computed.
    pub(crate) fn of(request: &EnrichRequest) -> Result<Plan, Error> {
        let mut wanted = parts("features", &request.features)?;
        if wanted.is_empty() {
            wanted.extend(PARTS);
            if !request.language.is_empty() {
                // The caller knows the language; asking for it again would only cost time.
                wanted.retain(|part| *part != Feature::Language);
            }
        }
        let required = parts("require", &request.require)?;
        match required.iter().find(|part| !wanted.contains(part)) {
            Some(part) => Err(Error::RequiredPartNotAsked { part: name(*part) }),
            None => Ok(Plan { wanted, required }),
        }
    }

    /// Whether `part` is to be computed.
    pub(crate) fn wants(&self, part: Feature) -> bool {
        self.wanted.contains(&part)
    }

    /// Whether the answer is worthless without `part`.
    pub(crate) fn requires(&self, part: Feature) -> bool {
        self.required.contains(&part)
    }
}

/// The part's name in messages and stage times.
pub(crate) fn name(part: Feature) -> &'static str {
    match part {
        Feature::Unspecified => "unspecified",
        Feature::Language => "language",
        Feature::Entities => "entities",
        Feature::Topics => "topics",
    }
}

fn parts(field: &'static str, values: &[i32]) -> Result<Vec<Feature>, Error> {
    let mut parts = Vec::with_capacity(PARTS.len());
    for &value in values {
        let part = Feature::try_from(value).unwrap_or_default();
        if part == Feature::Unspecified {
            return Err(Error::UnknownEnumValue { field, value });
        }
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(features: &[i32], require: &[i32], language: &str) -> EnrichRequest {
        EnrichRequest {
            features: features.to_vec(),
            require: require.to_vec(),
            language: language.into(),
            ..Default::default()
        }
    }

    #[test]
    fn no_features_means_all() {
        let plan = Plan::of(&request(&[], &[], "")).unwrap();
        assert!(PARTS.into_iter().all(|part| plan.wants(part)));
    }

    #[test]
    fn a_known_language_is_not_detected_unless_asked_for() {
        assert!(!Plan::of(&request(&[], &[], "ar")).unwrap().wants(Feature::Language));
        assert!(Plan::of(&request(&[1, 1], &[], "ar")).unwrap().wants(Feature::Language));
    }

    #[test]
    fn an_unknown_feature_is_refused_with_its_number() {
        for value in [0, 4, -1] {
            let error = Plan::of(&request(&[value], &[], "")).unwrap_err();
            assert!(matches!(error, Error::UnknownEnumValue { field: "features", value: v } if v == value));
        }
    }

    #[test]
    fn a_part_that_is_required_must_be_computed() {
        let error = Plan::of(&request(&[2], &[3], "")).unwrap_err();
        assert!(matches!(error, Error::RequiredPartNotAsked { part: "topics" }));
    }
}
