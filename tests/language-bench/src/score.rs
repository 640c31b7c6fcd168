//! How well answers fit.

use std::collections::{BTreeMap, BTreeSet};

use crate::contenders::Answer;
use crate::sets::Text;

const BINS: usize = 10;

/// Texts with a contender's answers to them.
pub(crate) struct Scored<'a> {
    pub(crate) texts: Vec<&'a Text>,
    pub(crate) answers: Vec<Answer>,
}

impl Scored<'_> {
    fn all(&self) -> impl Iterator<Item = (&Text, &Answer)> {
        self.texts.iter().copied().zip(&self.answers)
    }

    /// F1 averaged over the languages of the texts.
    pub(crate) fn macro_f1(&self) -> f64 {
        let (mut of, mut said, mut right) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (text, (answer, _)) in self.all() {
            *of.entry(text.language.as_str()).or_insert(0.0) += 1.0;
            *said.entry(answer.as_str()).or_insert(0.0) += 1.0;
            *right.entry(answer.as_str()).or_insert(0.0) += f64::from(u8::from(*answer == text.language));
        }
        let count = |counts: &BTreeMap<&str, f64>, language: &str| counts.get(language).copied().unwrap_or(0.0);
        let f1 = |language: &str| 2.0 * count(&right, language) / (count(&of, language) + count(&said, language));
        mean(of.keys().map(|language| f1(language)))
    }

    /// The share of right answers for each group of texts.
    pub(crate) fn accuracy_by<'t>(&'t self, group: impl Fn(&'t Text) -> &'t str) -> BTreeMap<&'t str, f64> {
        let mut groups: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (text, (answer, _)) in self.all() {
            let (right, all) = groups.entry(group(text)).or_default();
            *right += f64::from(u8::from(*answer == text.language));
            *all += 1.0;
        }
        groups.into_iter().map(|(name, (right, all))| (name, right / all)).collect()
    }

    /// Accuracy averaged over the languages of `among`.
    pub(crate) fn accuracy(&self, among: &BTreeSet<String>) -> f64 {
        let by_language = self.accuracy_by(|text| &text.language);
        mean(by_language.into_iter().filter(|(language, _)| among.contains(*language)).map(|(_, accuracy)| accuracy))
    }

    /// The expected calibration error over texts in the languages of `among`; `None` where answers have no scores.
    pub(crate) fn calibration_error(&self, among: &BTreeSet<String>) -> Option<f64> {
        let mut bins = [(0.0, 0.0); BINS];
        let mut all = 0.0;
        for (text, (answer, score)) in self.all().filter(|(text, _)| among.contains(&text.language)) {
            let score = (*score)?;
            let (scores, right) = &mut bins[((score * BINS as f64) as usize).min(BINS - 1)];
            *scores += score;
            *right += f64::from(u8::from(*answer == text.language));
            all += 1.0;
        }
        Some(bins.iter().map(|(scores, right)| (scores - right).abs() / all).sum())
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_computed_by_hand() {
        let text = |language: &str| Text { key: language.into(), language: language.into(), text: String::new() };
        let texts = [text("ar"), text("ar"), text("fa"), text("ckb")];
        let answer = |tag: &str, score| (tag.to_owned(), Some(score));
        let answers = vec![answer("ar", 0.95), answer("fa", 0.95), answer("fa", 0.55), answer("und", 0.0)];
        let scored = Scored { texts: texts.iter().collect(), answers };
        // ar: 2 of 3, fa: 2 of 3, ckb: none.
        assert!((scored.macro_f1() - (2.0 / 3.0 + 2.0 / 3.0) / 3.0).abs() < 1e-9);
        assert!((scored.accuracy(&["ar", "fa"].map(str::to_owned).into()) - 0.75).abs() < 1e-9);
        // Of the two bins, one says 1.9 for 1 and one .55 for 1.
        let error = scored.calibration_error(&["ar", "fa"].map(str::to_owned).into()).unwrap();
        assert!((error - (0.9 + 0.45) / 3.0).abs() < 1e-9);
    }
}
