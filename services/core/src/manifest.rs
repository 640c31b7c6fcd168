//! The manifest.toml that a shipped model carries: what it is, what it was made from, how good it is.

use crate::Error;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a model's maker says of it. Fields of the file that are not named here are for people and are passed over.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Manifest {
    /// The model's name.
    pub name: String,
    /// Semantic version.
    #[serde(default)]
    pub version: String,
    /// SPDX expression of the licence of the weights; empty where it is not said.
    #[serde(default)]
    pub licence: String,
    /// File name to SHA-256, 64 lower-case hexadecimal digits.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
    /// How logits become calibrated scores.
    #[serde(default)]
    pub calibration: Calibration,
    /// What was measured.
    #[serde(default)]
    pub scores: Vec<Score>,
}

/// How logits become calibrated scores.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Calibration {
    /// What logits are divided by before the softmax; above 0. By default 1.
    #[serde(default = "one")]
    pub temperature: f32,
    /// How the scores of a mention's words become the mention's; empty where it is not said.
    #[serde(default)]
    pub score: String,
}

impl Default for Calibration {
    fn default() -> Self {
        Calibration { temperature: one(), score: String::new() }
    }
}

fn one() -> f32 {
    1.0
}

/// One measured quality.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Score {
    /// BCP-47 tag of the texts' language; "mul" over several.
    pub language: String,
    /// Name of the data set, with its part.
    pub dataset: String,
    /// What was measured: "f1", "ece".
    pub metric: String,
    /// The value, 0 to 1.
    pub value: f64,
}

impl Manifest {
    /// Parses the text of a manifest.toml.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] if it is not TOML, has no name, or its temperature is not above 0.
    pub fn parse(text: &str) -> Result<Manifest, Error> {
        let refuse = |cause: String| Error::ModelInvalid { file: "manifest.toml".to_owned(), cause };
        let manifest: Manifest = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        let temperature = manifest.calibration.temperature;
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(refuse(format!("the temperature is {temperature}; it must be above 0")));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough() {
        let manifest = Manifest::parse("name = \"small\"\nseed = 7\n").unwrap();
        assert_eq!((manifest.name.as_str(), manifest.calibration.temperature), ("small", 1.0));
    }

    #[test]
    fn scores_and_calibration_are_read() {
        let text = "name = \"small\"\n[calibration]\ntemperature = 1.5\nscore = \"min\"\n\
                    [[scores]]\nlanguage = \"ar\"\ndataset = \"news\"\nmetric = \"f1\"\nvalue = 0.75\nmentions = 9\n";
        let manifest = Manifest::parse(text).unwrap();
        assert_eq!(manifest.calibration, Calibration { temperature: 1.5, score: "min".into() });
        assert_eq!(manifest.scores[0].value, 0.75);
    }

    #[test]
    fn a_temperature_of_zero_is_refused() {
        let error = Manifest::parse("name = \"small\"\n[calibration]\ntemperature = 0.0\n").unwrap_err().to_string();
        assert!(error.contains("manifest.toml") && error.contains("temperature is 0"), "{error}");
    }
}
