//! Two normalised forms of a text: a key for a mention, and a view for matching that knows where each of its
//! characters came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Span;

mod letters;

use letters::{TATWEEL, is_break, is_format, is_plain, is_pointing, is_vanishing, joined_hebrew, matched, unified};

/// Combining marks kept on one character of a [`View`]; further ones leave no trace in it. Real orthographies need four
/// at most; the bound keeps the work for each character constant.
const MARKS_MAX: usize = 8;

/// The form under which two spellings of a name are one name.
///
/// NFKC; no tatweel, no Arabic or Hebrew vowel points; alef with or without hamza, madda or wasla is `ا`, Arabic, Persian
/// and dotless yeh are `ي`, the three kafs are `ك`; one blank between words, none at the ends; case is kept. Format
/// characters (bidi marks, joiners, soft hyphens, the byte-order mark) are dropped, the zero-width non-joiner among
/// them: with and without it is one name. It is idempotent, and linear in the length of `surface`.
///
/// `normalized("الأُرْدُنّ")` is `"الاردن"`; `normalized("\u{200f}علی\u{200c}رضا ")` is `"عليرضا"`.
pub fn normalized(surface: &str) -> String {
    let letters = surface.chars().filter(|&c| !is_vanishing(c)).map(unified);
    let mut form = String::with_capacity(surface.len());
    let mut is_gap = false;
    for c in letters.nfkc().map(unified) {
        if is_pointing(c) || is_format(c) || c == TATWEEL {
            continue;
        }
        if c.is_whitespace() {
            is_gap = !form.is_empty();
            continue;
        }
        if std::mem::take(&mut is_gap) {
            form.push(' ');
        }
        form.push(c);
    }
    // A point that stood between a letter and a second mark kept the two from composing.
    if unicode_normalization::is_nfkc(&form) { form } else { form.nfkc().collect() }
}

/// A normalised form of a text for matching, with a map back to the text.
///
/// As [`normalized`], and folded further: lower case, where `I`, `İ`, `ı` and `i` are all `i` (which of them a Turkish
/// and an English text mean differs, so a view that knows no language joins them), `ß` is `ss`; heh goal, heh doachashmee
/// and Kurdish ae are `ه`, and so is teh marbuta; Arabic-Indic and Persian digits are `0`-`9`. Quotes inside a Hebrew
/// abbreviation are dropped (`צה"ל` is `צהל`). White space of any kind and length is one blank, and so are the zero-width
/// non-joiner and the zero-width space: Persian writes stem and ending with one, the other or neither. Punctuation stays.
///
/// Characters are normalised one by one, each with the combining marks that follow it (8 at most count); conjoining Hangul
/// jamo are therefore not composed.
#[derive(Clone, Debug, Default)]
pub struct View<'t> {
    source: &'t str,
    text: String,
    runs: Vec<Run>,
}

/// A stretch of the view and the stretch of text that it came from, in order of both.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// First byte in the view.
    view: u32,
    /// First byte in the text.
    text: u32,
    /// Bytes in the text; in the view, too, when `even`.
    length: u32,
    /// Whether the characters of both correspond one to one and are as long as each other. Else the run is one character
    /// of the text with its marks, and every byte of the view in it stands for all of them.
    even: bool,
}

impl<'t> View<'t> {
    /// Makes the view of `text`: linear in its length. Bytes past the first 4 GiB are not looked at, since no [`Span`]
    /// reaches them.
    pub fn new(text: &'t str) -> View<'t> {
        let mut view = View { source: text, text: String::with_capacity(text.len()), runs: Vec::new() };
        let mut rest = text.char_indices().peekable();
        let mut before = None;
        while let Some((begin, c)) = rest.next() {
            let mut marks = [c; MARKS_MAX + 1];
            let mut count = 1;
            let mut end = begin + c.len_utf8();
            while let Some(&(at, mark)) = rest.peek() {
                if is_plain(mark) || !is_combining_mark(mark) {
                    break;
                }
                if count < marks.len() {
                    marks[count] = mark;
                    count += 1;
                }
                end = at + mark.len_utf8();
                rest.next();
            }
            if u32::try_from(end).is_err() {
                break;
            }
            let after = rest.peek().map(|&(_, next)| next);
            if !joined_hebrew(before, c, after) {
                view.push(&marks[..count], begin..end);
            }
            before = Some(c);
        }
        view
    }

    /// The normalised text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the characters of `range`, bytes of the view, stand in the caller's text: from the beginning of the first to
    /// the end of the last with its marks. `None` where `range` is empty, splits a character or leaves the view.
    pub fn span(&self, range: Range<usize>) -> Option<Span> {
        let stretch = self.text.get(range.clone())?;
        let last = stretch.chars().next_back()?;
        let begin = self.origin(range.start, 0)?;
        let end = self.origin(range.end - last.len_utf8(), last.len_utf8())?;
        Span::new(self.source, begin.start..end.end)
    }

    /// The text bytes behind the character of `length` bytes at `position`.
    fn origin(&self, position: usize, length: usize) -> Option<Range<usize>> {
        let index = self.runs.partition_point(|run| run.view as usize <= position).checked_sub(1)?;
        let run = self.runs[index];
        let begin = run.text as usize;
        if run.even {
            let begin = begin + (position - run.view as usize);
            Some(begin..begin + length)
        } else {
            Some(begin..begin + run.length as usize)
        }
    }

    /// Appends a character with its marks, which stand at `source` in the text.
    fn push(&mut self, cluster: &[char], source: Range<usize>) {
        let at = self.text.len();
        match cluster {
            [c] if c.is_ascii() => self.append(*c),
            // The letters of the Arabic block are their own normal form when no mark follows.
            [c @ '\u{620}'..='\u{64A}' | c @ '\u{66E}'..='\u{674}' | c @ '\u{679}'..='\u{6D3}'] => {
                self.append(unified(*c))
            }
            [c] if is_vanishing(*c) && !is_break(*c) => {}
            _ => {
                let letters = cluster.iter().copied().filter(|&c| !is_vanishing(c) || is_break(c)).map(unified);
                for c in letters.nfkc() {
                    self.append(unified(c));
                }
            }
        }
        self.record(at, source, cluster.len() == 1);
    }

    /// Appends a normalised character, folded for matching.
    fn append(&mut self, c: char) {
        if is_break(c) || c.is_whitespace() {
            if !self.text.is_empty() && !self.text.ends_with(' ') {
                self.text.push(' ');
            }
        } else if is_pointing(c) || is_format(c) || c == TATWEEL {
            // No trace.
        } else if c.is_ascii() {
            self.text.push(c.to_ascii_lowercase());
        } else if matches!(c, '\u{620}'..='\u{6D3}') {
            // No case.
            self.text.push(matched(c));
        } else {
            self.append_folded(c);
        }
    }

    fn append_folded(&mut self, c: char) {
        match c {
            'ß' | 'ẞ' => self.text.push_str("ss"),
            'ς' => self.text.push('σ'),
            'İ' | 'ı' => self.text.push('i'),
            // What is left of a decomposed `İ`.
            '\u{307}' if self.text.ends_with('i') => {}
            _ => self.text.extend(c.to_lowercase().map(matched)),
        }
    }

    /// Notes that the view's bytes from `at` on came from `source`.
    #[expect(clippy::cast_possible_truncation, reason = "View::new stops before an offset that does not fit")]
    fn record(&mut self, at: usize, source: Range<usize>, is_single: bool) {
        let made = &self.text[at..];
        if made.is_empty() {
            return;
        }
        let even = is_single && made.len() == source.len() && made.chars().nth(1).is_none();
        if even && let Some(run) = self.runs.last_mut() {
            let length = run.length as usize;
            if run.even && run.view as usize + length == at && run.text as usize + length == source.start {
                run.length += source.len() as u32;
                return;
            }
        }
        self.runs.push(Run { view: at as u32, text: source.start as u32, length: source.len() as u32, even });
    }
}

#[cfg(test)]
mod tests;
