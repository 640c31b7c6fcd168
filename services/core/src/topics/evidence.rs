use std::ops::Range;

use super::Evidence;
use crate::text::View;

/// A word is evidence if it carries at least this share of what the strongest word carries.
const SHARE_MIN: f32 = 0.2;

/// Words of the longest phrase.
const PHRASE_WORDS_MAX: usize = 4;

/// What a word of a passage added to the log-odds of a topic.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    /// By itself.
    pub(super) own: f32,
    /// By being behind the word before it.
    pub(super) pair: f32,
}

/// The words and phrases that speak for a topic: strongest first, at most `most`, without overlap.
///
/// `words` and `shares` are those of one passage, in order. A word stands for itself and for half of each pair that it is
/// in; neighbours that both are evidence are one phrase.
pub(super) fn evidence(view: &View<'_>, words: &[Range<usize>], shares: &[Share], most: usize) -> Vec<Evidence> {
    let after = |index: usize| shares.get(index + 1).map_or(0.0, |share| share.pair);
    let weights: Vec<f32> =
        shares.iter().enumerate().map(|(index, share)| share.own + (share.pair + after(index)) / 2.0).collect();
    let strongest = weights.iter().copied().fold(0.0, f32::max);
    if strongest <= 0.0 || most == 0 {
        return Vec::new();
    }
    let mut phrases: Vec<Range<usize>> = Vec::new();
    for (index, _) in weights.iter().enumerate().filter(|&(_, &weight)| weight >= strongest * SHARE_MIN) {
        match phrases.last_mut() {
            Some(phrase) if phrase.end == index && phrase.len() < PHRASE_WORDS_MAX && touch(view, words, index) => {
                phrase.end += 1;
            }
            _ => phrases.push(index..index + 1),
        }
    }
    let mut evidence: Vec<Evidence> = phrases
        .into_iter()
        .filter_map(|phrase| {
            let span = view.span(words[phrase.start].start..words[phrase.end - 1].end)?;
            Some(Evidence { span, weight: weights[phrase].iter().sum() })
        })
        .collect();
    evidence.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.span.cmp(&b.span)));
    evidence.truncate(most);
    evidence
}

/// Whether only a blank stands between word `index` and the one before it.
fn touch(view: &View<'_>, words: &[Range<usize>], index: usize) -> bool {
    view.text().get(words[index - 1].end..words[index].start) == Some(" ")
}
