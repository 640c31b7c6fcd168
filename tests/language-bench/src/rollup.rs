//! Which tags count as one language.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The table `rollup.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rollup {
    keys: BTreeMap<String, String>,
    same: BTreeMap<String, String>,
    unspaced: Unspaced,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unspaced {
    keys: Vec<String>,
}

impl Rollup {
    pub(crate) fn read() -> Rollup {
        toml::from_str(include_str!("../rollup.toml")).expect("rollup.toml is well-formed")
    }

    /// The language that texts of a corpus key are in.
    ///
    /// # Panics
    /// If the table lacks the key: a text without a language cannot be scored.
    pub(crate) fn of_key(&self, key: &str) -> String {
        self.of_tag(self.keys.get(key).unwrap_or_else(|| panic!("rollup.toml lacks the key {key}")))
    }

    /// The language that a detector's tag counts as.
    pub(crate) fn of_tag(&self, tag: &str) -> String {
        let language = tag.split('-').next().unwrap_or(tag);
        self.same.get(tag).or_else(|| self.same.get(language)).map_or(language, String::as_str).to_owned()
    }

    /// Whether words of the texts of a corpus key stand apart.
    pub(crate) fn has_words(&self, key: &str) -> bool {
        !self.unspaced.keys.iter().any(|unspaced| unspaced == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_twins_and_scripts_roll_up() {
        let rollup = Rollup::read();
        for (key, language) in [("ary", "ar"), ("prs", "fa"), ("srp_Latn", "sh"), ("yue", "zh"), ("ckb", "ckb")] {
            assert_eq!(rollup.of_key(key), language);
        }
        for (tag, language) in [("az-Arab", "az"), ("hr", "sh"), ("zh-Hant", "zh"), ("iw", "he"), ("und", "und")] {
            assert_eq!(rollup.of_tag(tag), language);
        }
    }
}
