//! How a text longer than the model's window is read: in overlapping windows, none of its words cut off.

use std::ops::Range;

/// A stretch of words that the model reads at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The words that the model sees.
    pub words: Range<usize>,
    /// The words whose tags are taken from this window; inside `words`. The rest is context.
    pub owned: Range<usize>,
}

// The share of a window that a cut sentence's neighbouring words may take on either side: a quarter leaves at least half
// for the window's own words, so that at worst every word is read twice.
const CONTEXT_DIVISOR: usize = 4;

/// Cuts a text into windows of at most `pieces_max` pieces.
///
/// `piece_counts` has the number of the model's pieces of each word; `sentence_ends` has, for each sentence in order, the
/// index one past its last word (a missing last one is added, one out of order is passed over). The windows are in order
/// and their `owned` ranges cover every word exactly once, so putting the windows' owned tags together gives the text's
/// tags, and a mention is found once.
///
/// A text that fits is one window. Otherwise each window owns as many whole sentences as fit, and what room is left shows
/// it words of its neighbours. A sentence longer than a window is cut: then every owned word next to a cut sees up to a
/// quarter of the window's pieces beyond the cut.
///
/// A window is over `pieces_max` only where a single word is. No words, no windows. Time is linear in the words, but for
/// a logarithm for each window.
pub fn windows(piece_counts: &[usize], sentence_ends: &[usize], pieces_max: usize) -> Vec<Window> {
    let plan = Plan::new(piece_counts, pieces_max);
    let words = piece_counts.len();
    let mut windows = Vec::new();
    let mut begin = 0;
    let mut packed = 0;
    for &end in sentence_ends.iter().chain([&words]) {
        if end <= packed || end > words {
            continue;
        }
        if plan.fits(begin..end) {
            packed = end;
            continue;
        }
        if begin < packed {
            windows.push(plan.window(begin..packed, begin..packed));
        }
        begin = packed;
        packed = end;
        if !plan.fits(begin..end) {
            plan.cut(begin..end, &mut windows);
            begin = end;
        }
    }
    if begin < packed {
        windows.push(plan.window(begin..packed, begin..packed));
    }
    windows
}

struct Plan {
    /// Pieces before each word, and of all words last.
    before: Vec<usize>,
    pieces_max: usize,
    context: usize,
}

impl Plan {
    fn new(piece_counts: &[usize], pieces_max: usize) -> Plan {
        let mut before = Vec::with_capacity(piece_counts.len() + 1);
        let mut pieces = 0usize;
        before.push(0);
        for count in piece_counts {
            pieces = pieces.saturating_add(*count);
            before.push(pieces);
        }
        Plan { before, pieces_max, context: pieces_max / CONTEXT_DIVISOR }
    }

    fn pieces(&self, words: Range<usize>) -> usize {
        self.before[words.end] - self.before[words.start]
    }

    fn room(&self, words: &Range<usize>) -> usize {
        self.pieces_max.saturating_sub(self.pieces(words.clone()))
    }

    fn fits(&self, words: Range<usize>) -> bool {
        self.pieces(words) <= self.pieces_max
    }

    /// Cuts `sentence`, which does not fit, into windows that see beyond their cuts.
    fn cut(&self, sentence: Range<usize>, windows: &mut Vec<Window>) {
        let mut begin = sentence.start;
        while begin < sentence.end {
            let left = if begin > sentence.start { self.context } else { 0 };
            let rest = begin..sentence.end;
            let end = if self.pieces(rest.clone()) + left <= self.pieces_max {
                sentence.end
            } else {
                let own = self.pieces_max.saturating_sub(left + self.context);
                self.last_within(&rest, own).max(begin + 1)
            };
            windows.push(self.window(begin..end, sentence.clone()));
            begin = end;
        }
    }

    /// The window that owns `owned`, with context where there is room: first beyond the ends that lie inside `sentence`,
    /// then, with what is left, beyond the others.
    fn window(&self, owned: Range<usize>, sentence: Range<usize>) -> Window {
        let mut words = owned.clone();
        let cuts = [owned.start > sentence.start, owned.end < sentence.end];
        // Cuts come first; ends alike are offered half the room each, and then what the other left.
        for (inside, portion) in [(true, 2), (true, 1), (false, 2), (false, 1)] {
            let offer = self.room(&words) / portion;
            if cuts[0] == inside {
                let pieces = self.pieces(words.start..owned.start) + offer;
                words.start = self.first_within(&owned, pieces.min(self.context));
            }
            if cuts[1] == inside {
                let pieces = self.pieces(owned.end..words.end) + offer.min(self.room(&words));
                words.end = self.last_within(&(owned.end..self.before.len() - 1), pieces.min(self.context));
            }
        }
        Window { words, owned }
    }

    /// The first word from which on at most `pieces` pieces lie before `owned`.
    fn first_within(&self, owned: &Range<usize>, pieces: usize) -> usize {
        let least = self.before[owned.start].saturating_sub(pieces);
        self.before[..=owned.start].partition_point(|&before| before < least)
    }

    /// The greatest end in `range` up to which `range` has at most `pieces` pieces.
    fn last_within(&self, range: &Range<usize>, pieces: usize) -> usize {
        let most = self.before[range.start].saturating_add(pieces);
        range.start + self.before[range.start + 1..=range.end].partition_point(|&before| before <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check_windows(piece_counts: &[usize], sentence_ends: &[usize], expected: &[(Range<usize>, Range<usize>)]) {
        let windows = windows(piece_counts, sentence_ends, 8);
        let windows: Vec<_> = windows.into_iter().map(|window| (window.words, window.owned)).collect();
        assert_eq!(windows, expected);
    }

    #[test]
    fn a_text_that_fits_is_one_window() {
        check_windows(&[], &[], &[]);
        check_windows(&[1; 8], &[3, 8], &[(0..8, 0..8)]);
        check_windows(&[4, 4], &[], &[(0..2, 0..2)]);
    }

    #[test]
    fn whole_sentences_are_packed_and_see_their_neighbours() {
        check_windows(&[1; 12], &[3, 6, 12], &[(0..8, 0..6), (4..12, 6..12)]);
        check_windows(&[1; 15], &[5, 10, 15], &[(0..7, 0..5), (3..11, 5..10), (8..15, 10..15)]);
    }

    #[test]
    fn a_long_sentence_is_cut_with_a_quarter_of_context_beyond_each_cut() {
        check_windows(&[1; 20], &[20], &[(0..8, 0..6), (4..12, 6..10), (8..16, 10..14), (12..20, 14..20)]);
        check_windows(&[1; 14], &[2, 12, 14], &[(0..4, 0..2), (2..10, 2..8), (6..14, 8..12), (10..14, 12..14)]);
    }

    #[test]
    fn a_word_larger_than_a_window_stands_alone() {
        check_windows(&[1, 9, 1], &[3], &[(0..1, 0..1), (1..2, 1..2), (2..3, 2..3)]);
    }

    #[test]
    fn sentence_ends_out_of_order_are_passed_over() {
        check_windows(&[1; 10], &[5, 3, 5, 99, 10], &[(0..7, 0..5), (3..10, 5..10)]);
    }

    #[test]
    fn a_text_of_a_mebibyte_takes_linear_time() {
        let begun = std::time::Instant::now();
        for sentence in [1, 7, 1 << 20] {
            let ends: Vec<_> = (0..1 << 20).step_by(sentence).collect();
            assert!(windows(&vec![1; 1 << 20], &ends, 4).len() > 1 << 17);
            assert_eq!(windows(&vec![0; 1 << 20], &ends, 4).len(), 1);
        }
        assert!(begun.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn windows_own_every_word_once_and_keep_their_budget(
            piece_counts in prop::collection::vec(0usize..=16, 0..300),
            lengths in prop::collection::vec(1usize..60, 0..40),
            pieces_max in 16usize..200,
        ) {
            let ends: Vec<_> = lengths.iter().scan(0, |end, length| { *end += length; Some(*end) }).collect();
            let windows = windows(&piece_counts, &ends, pieces_max);
            let pieces = |words: Range<usize>| piece_counts[words].iter().sum::<usize>();
            let mut next = 0;
            for Window { words, owned } in &windows {
                prop_assert_eq!(owned.start, next);
                prop_assert!(owned.start < owned.end && words.start <= owned.start && owned.end <= words.end);
                prop_assert!(pieces(words.clone()) <= pieces_max);
                next = owned.end;
                // A cut shows a quarter beyond it, or all there is, but for the pieces of one word.
                let is_cut = |at: usize| at > 0 && at < piece_counts.len() && !ends.contains(&at);
                let least = (pieces_max / 4).saturating_sub(16);
                if is_cut(owned.end) && words.end < piece_counts.len() {
                    prop_assert!(pieces(owned.end..words.end) >= least.saturating_sub(16));
                }
                if is_cut(owned.start) && words.start > 0 {
                    prop_assert!(pieces(words.start..owned.start) >= least.saturating_sub(16));
                }
            }
            prop_assert_eq!(next, piece_counts.len());
        }
    }
}
