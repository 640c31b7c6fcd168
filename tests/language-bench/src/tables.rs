//! What was measured, as Markdown.

use std::collections::BTreeSet;

use crate::score::Scored;
use crate::sets::{Sets, Text};
use crate::{Measured, Short};

fn print_row(cells: impl IntoIterator<Item = String>) {
    println!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

fn print_head(cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().collect();
    let rule = "|---".repeat(cells.len());
    print_row(cells);
    println!("{rule}|");
}

/// `.987`, `1.000`, `-`.
fn share(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| {
        let digits = format!("{value:.3}");
        digits.strip_prefix('0').map_or(digits.clone(), str::to_owned)
    })
}

fn languages(texts: &[Text]) -> BTreeSet<String> {
    texts.iter().map(|text| text.language.clone()).collect()
}

impl Measured {
    fn scored<'a>(&self, sets: &'a Sets) -> Scored<'a> {
        Scored { texts: sets.sentences.iter().collect(), answers: self.sentences.clone() }
    }
}

/// What each detector is and costs.
pub(crate) fn detectors(measured: &[Measured], sets: &Sets) {
    let all = languages(&sets.sentences);
    let fixed = ["detector", "version", "languages, rolled up"].map(str::to_owned).into_iter();
    let costs = [format!("of the {} here", all.len()), "load, ms".to_owned(), "memory, MiB".to_owned()];
    let scripts = sets.timed.iter().map(|(script, _)| format!("{script}, µs"));
    print_head(fixed.chain(costs).chain(scripts));
    for one in measured {
        let row = &one.row;
        let known = (&row.languages & &all).len();
        let counts = [row.languages.len(), known].map(|count| count.to_string());
        let costs = [format!("{:.1}", row.loaded.load_ms), format!("{:.1}", one.memory_mib)];
        let times = one.nanoseconds.iter().map(|nanoseconds| format!("{:.1}", nanoseconds / 1000.0));
        let names = [row.name.clone(), row.loaded.version.clone()];
        print_row(names.into_iter().chain(counts).chain(costs).chain(times));
    }
    println!();
}

/// Whole sentences, all languages to choose from.
pub(crate) fn sentences(measured: &[Measured], sets: &Sets) {
    let all = languages(&sets.sentences);
    let first = measured[0].scored(sets);
    print_head([
        format!("{} sentences", sets.sentences.len()),
        format!("macro-F1, {} languages", all.len()),
        "languages both know".to_owned(),
        "accuracy there".to_owned(),
        format!("{} there", measured[0].row.name),
        "calibration error".to_owned(),
    ]);
    for one in measured {
        let scored = one.scored(sets);
        let both = &(&one.row.languages & &measured[0].row.languages) & &all;
        print_row([
            one.row.name.clone(),
            share(Some(scored.macro_f1())),
            both.len().to_string(),
            share(Some(scored.accuracy(&both))),
            share(Some(first.accuracy(&both))),
            share(scored.calibration_error(&one.row.languages)),
        ]);
    }
    println!();
}

/// Words and pairs, a list of languages to choose from.
pub(crate) fn short(measured: &[Measured], words: &[Short], pairs: &[Short], common: &BTreeSet<String>) {
    let first = &measured[0].row;
    let counted = |what: &str, short: &[Short]| {
        let count = short[0].common.as_ref().map_or(0, |scored| scored.texts.len());
        format!("{count} {what}, {} languages", common.len())
    };
    print_head([
        "accuracy".to_owned(),
        counted("words", words),
        counted("pairs", pairs),
        "languages both know".to_owned(),
        "words there".to_owned(),
        format!("{} there", first.name),
        "pairs there".to_owned(),
        format!("{} there", first.name),
    ]);
    for (one, (words, pairs)) in measured.iter().zip(words.iter().zip(pairs)) {
        let both = &one.row.languages & &first.languages;
        let in_common = |short: &Short| share(short.common.as_ref().map(|scored| scored.accuracy(common)));
        let there = |scored: &Scored| share(Some(scored.accuracy(&both)));
        print_row([
            one.row.name.clone(),
            in_common(words),
            in_common(pairs),
            words.shared.accuracy_by(|text| &text.language).len().to_string(),
            there(&words.shared),
            there(&words.first),
            there(&pairs.shared),
            there(&pairs.first),
        ]);
    }
    println!();
}

/// Accuracy of each key, where the detector knows the language.
pub(crate) fn sentences_by_key(measured: &[Measured], sets: &Sets) {
    print_head(["sentences of", "as"].map(str::to_owned).into_iter().chain(names(measured)));
    let scored: Vec<Scored> = measured.iter().map(|one| one.scored(sets)).collect();
    let columns: Vec<_> = scored.iter().map(|scored| scored.accuracy_by(|text| &text.key)).collect();
    let keys: BTreeSet<(&str, &str)> = sets.sentences.iter().map(|text| (&*text.key, &*text.language)).collect();
    for (key, language) in keys {
        let cells = measured
            .iter()
            .zip(&columns)
            .map(|(one, column)| share(column.get(key).copied().filter(|_| one.row.languages.contains(language))));
        print_row([key.to_owned(), language.to_owned()].into_iter().chain(cells));
    }
    println!();
}

/// Accuracy of each language of the common list: of words, then of pairs.
pub(crate) fn short_by_language(measured: &[Measured], words: &[Short], pairs: &[Short], common: &BTreeSet<String>) {
    print_head(["words, pairs of".to_owned()].into_iter().chain(names(measured)));
    let column = |short: &Short, language: &String| {
        let list = BTreeSet::from([language.clone()]);
        short.common.as_ref().map(|scored| scored.accuracy(&list))
    };
    for language in common {
        let cells = words
            .iter()
            .zip(pairs)
            .map(|(words, pairs)| format!("{} {}", share(column(words, language)), share(column(pairs, language))));
        print_row([language.clone()].into_iter().chain(cells));
    }
}

fn names(measured: &[Measured]) -> impl Iterator<Item = String> {
    measured.iter().map(|one| one.row.name.clone())
}
