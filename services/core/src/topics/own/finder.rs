//! Where terms stand in the words of a view.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError};

use super::affixes::{Start, starts};

/// Stands before every pattern; no byte of UTF-8. So no pattern ends with another one, and a state of the automaton has at
/// most one match, however terms are nested in each other.
const MARK: u8 = 0xFF;

/// All forms of all terms in one automaton.
///
/// Terms begin only at the first letter of a word or behind its proclitics, so the automaton is entered there and left at
/// the first byte with which no term goes on: a failure link, which would take up a term further right, is never followed.
/// Nothing in a text can make more work than its words, times 16 proclitic places, times the longest term.
#[derive(Clone, Debug)]
pub(super) struct Finder {
    nfa: NFA,
    /// Behind the mark.
    root: StateID,
    /// Behind the mark and the Arabic article.
    article: StateID,
    /// The terms that have the pattern as a form, by pattern.
    owners: Vec<Vec<u32>>,
}

/// A form of a term in a text.
#[derive(Clone, Debug)]
pub(super) struct Found<'f> {
    /// Terms that have the form.
    pub(super) terms: &'f [u32],
    /// From the term's first letter to the end of its last word, in bytes of the view.
    pub(super) range: Range<usize>,
    /// What the last word has behind the term.
    pub(super) rest: &'f str,
    /// Whether proclitics stand before it.
    pub(super) is_behind_proclitics: bool,
}

impl Finder {
    /// Compiles `forms`: normalised forms, each with the terms that have it.
    pub(super) fn new(forms: BTreeMap<String, Vec<u32>>) -> Result<Finder, BuildError> {
        let marked = |form: &str| [&[MARK], form.as_bytes()].concat();
        let patterns: Vec<Vec<u8>> = forms.keys().map(|form| marked(form)).collect();
        let nfa = NFA::builder().prefilter(false).build(&patterns)?;
        let start = nfa.start_state(Anchored::Yes);
        // Cannot fail: this kind of automaton has anchored starts. Dead is a state that finds nothing.
        let read = |bytes: &[u8]| start.as_ref().map_or(NFA_DEAD, |&start| walk(&nfa, start, bytes));
        let (root, article) = (read(&[MARK]), read(&marked("ال")));
        Ok(Finder { nfa, root, article, owners: forms.into_values().collect() })
    }

    /// Calls `visit` with each form that stands in `text`, the text of a view, within the words that `words` are.
    pub(super) fn find<'f>(&'f self, text: &'f str, words: &[Range<usize>], mut visit: impl FnMut(Found<'f>)) {
        for (index, word) in words.iter().enumerate() {
            let Some(spelt) = text.get(word.clone()) else { continue };
            starts(spelt, |start| self.read(text, &words[index..], start, &mut visit));
        }
    }

    /// Reads on from a place in the first of `words`.
    fn read<'f>(&'f self, text: &'f str, words: &[Range<usize>], start: Start, visit: &mut impl FnMut(Found<'f>)) {
        let ([first, ..], [.., last]) = (words, words) else { return };
        let begin = first.start + start.begin;
        let from = first.start + start.from;
        let mut state = if start.is_article_read { self.article } else { self.root };
        let mut current = 0;
        for (offset, &byte) in text.as_bytes()[from..last.end].iter().enumerate() {
            state = self.nfa.next_state(Anchored::Yes, state, byte);
            if self.nfa.is_dead(state) {
                return;
            }
            if !self.nfa.is_match(state) {
                continue;
            }
            let end = from + offset + 1;
            // Forms end within words, and the last word ends the reading.
            while words[current].end < end {
                current += 1;
            }
            let word_end = words[current].end;
            visit(Found {
                terms: &self.owners[self.nfa.match_pattern(state, 0).as_usize()],
                range: begin..word_end,
                rest: text.get(end..word_end).unwrap_or_default(),
                is_behind_proclitics: start.begin > 0,
            });
        }
    }
}

const NFA_DEAD: StateID = StateID::ZERO;

fn walk(nfa: &NFA, start: StateID, bytes: &[u8]) -> StateID {
    bytes.iter().fold(start, |state, &byte| nfa.next_state(Anchored::Yes, state, byte))
}
