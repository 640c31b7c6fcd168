//! What of a text says something about its language.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::letters::{Kind, cyrillic, is_mixed_cyrillic, letter};
use crate::tag::Script;

/// Bytes of a text that vote: more than any language needs to be told from any other, so that the rest of a long text would
/// cost time and change nothing.
const SAMPLE_BYTES_MAX: usize = 8192;

// From several places, for a text may begin with a headline, a dateline or a quotation in another language.
const SAMPLE_PLACES: usize = 8;

/// Bytes of a tag of markup; a longer one is none.
const MARKUP_BYTES_MAX: usize = 1024;

/// What votes on the language of a text.
#[derive(Clone, Debug)]
pub struct Votes {
    /// Words of the main script in lower case, apart by blanks.
    letters: String,
    /// Where in `letters` the words stand.
    words: Vec<Range<usize>>,
    script: Script,
}

impl Votes {
    /// The words of `text` that vote, those of its main script.
    ///
    /// Links, e-mail addresses, handles, hashtags, markup and numbers have no vote, nor have vowel marks and tatweel. A long
    /// text is looked at in a few places, evenly spread. Linear in what is looked at.
    pub fn of(text: &str) -> Votes {
        let mut poll = Poll {
            letters: String::with_capacity(text.len().min(SAMPLE_BYTES_MAX) + SAMPLE_PLACES),
            ..Poll::default()
        };
        for part in sample(text) {
            let part = without_markup(part);
            let is_mixed = is_mixed_cyrillic(&part);
            for token in part.split_whitespace().filter(|token| !is_name_of_something(token)) {
                poll.add(token, is_mixed && is_mixed_cyrillic(token));
            }
        }
        poll.close()
    }

    /// The script of most of what is said; [`Script::COMMON`] where there are no letters. Scripts that one language mixes count
    /// together; a letter counts by how much its script says with one, and little in a capitalised Latin word, which is a name
    /// wherever another script is written.
    pub fn script(&self) -> Script {
        self.script
    }

    /// The words that vote, in order, in lower case and normal form.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(|word| &self.letters[word.clone()])
    }

    fn new(letters: String, script: Script) -> Votes {
        let mut words = Vec::with_capacity(letters.len() / WORD_BYTES + 1);
        let mut begin = 0;
        for end in
            letters.bytes().enumerate().filter(|(_, byte)| *byte == b' ').map(|(at, _)| at).chain([letters.len()])
        {
            if begin < end {
                words.push(begin..end);
            }
            begin = end + 1;
        }
        Votes { letters, words, script }
    }
}

/// Bytes of a short word and the blank behind it.
const WORD_BYTES: usize = 4;

#[derive(Default)]
struct Poll {
    letters: String,
    /// How much the letters of each script weigh, in order of appearance.
    weights: Vec<(Script, usize)>,
    /// Whether the letters are to be put in normal form.
    is_composable: bool,
}

impl Poll {
    /// Adds the letters of `token`, which may be Cyrillic ones mixed with Latin ones that look alike.
    fn add(&mut self, token: &str, is_mixed: bool) {
        let is_name = token.starts_with(|c: char| c.is_ascii_uppercase());
        // A token is of one script nearly always.
        let (mut script, mut weight) = (Script::COMMON, 0);
        for character in token.chars() {
            let found = letter(if is_mixed { cyrillic(character) } else { character });
            match found.kind {
                Kind::Letter(other) => {
                    if other != script {
                        self.weigh(script, weight);
                        (script, weight) = (other, 0);
                    }
                    weight += if is_name { 1 } else { usize::from(found.weight) };
                    self.letters.push(found.lower);
                }
                Kind::Mark => self.letters.push(found.lower),
                Kind::Decoration => {}
                Kind::Break => self.letters.push(' '),
            }
            self.is_composable |= found.is_composable;
        }
        self.weigh(script, weight);
        self.letters.push(' ');
    }

    fn weigh(&mut self, script: Script, weight: usize) {
        if weight == 0 {
            return;
        }
        match self.weights.iter_mut().find(|(known, _)| *known == script) {
            Some((_, sum)) => *sum += weight,
            None => self.weights.push((script, weight)),
        }
    }

    fn close(self) -> Votes {
        let script = self.main();
        let letters = if self.is_composable { self.letters.nfkc().collect() } else { self.letters };
        if self.weights.iter().all(|(other, _)| other.family() == script.family()) {
            return Votes::new(letters, script);
        }
        let of_main = |&character: &char| match letter(character).kind {
            Kind::Letter(other) => other.family() == script.family(),
            _ => true,
        };
        // Another script's letter parts words.
        let letters = letters.chars().map(|character| if of_main(&character) { character } else { ' ' }).collect();
        Votes::new(letters, script)
    }

    /// The weightiest script of the weightiest family of scripts; of equals the one that stands first.
    fn main(&self) -> Script {
        let total = |script: Script| -> usize {
            self.weights.iter().filter(|(other, _)| other.family() == script.family()).map(|(_, sum)| sum).sum()
        };
        // `max_by_key` would take the last of equals.
        let main = self.weights.iter().rev().max_by_key(|(script, sum)| (total(*script), *sum));
        main.map_or(Script::COMMON, |(script, _)| *script)
    }
}

/// The whole of a short text, parts of a long one. A part may begin and end inside a word.
fn sample(text: &str) -> impl Iterator<Item = &str> {
    const PART: usize = SAMPLE_BYTES_MAX / SAMPLE_PLACES;
    let is_short = text.len() <= SAMPLE_BYTES_MAX;
    let (places, part) = if is_short { (1, text.len()) } else { (SAMPLE_PLACES, PART) };
    let stride = (text.len() - part) / (SAMPLE_PLACES - 1);
    let begins = (0..places).map(move |place| place * stride);
    begins.map(move |begin| &text[text.ceil_char_boundary(begin)..text.floor_char_boundary(begin + part)])
}

/// `text` with a blank for each tag (`<a href="...">`) and each character reference (`&nbsp;`).
fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, markup) = rest.split_at(at);
        bare.push_str(before);
        let length = markup_bytes(markup);
        bare.push_str(if length == 0 { &markup[..1] } else { " " });
        rest = &markup[length.max(1)..];
    }
    bare.push_str(rest);
    Cow::Owned(bare)
}

/// Bytes of the tag or character reference that `text` begins with; 0 where it begins with neither.
fn markup_bytes(text: &str) -> usize {
    let (head, end) = match text.as_bytes() {
        [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!', ..] => {
            (&text[..text.floor_char_boundary(MARKUP_BYTES_MAX)], '>')
        }
        [b'&', b'a'..=b'z' | b'A'..=b'Z' | b'#', ..] => (&text[..text.floor_char_boundary(12)], ';'),
        _ => return 0,
    };
    let is_inside = |c: char| end == '>' || c.is_ascii_alphanumeric() || c == '#';
    match head.char_indices().skip(1).find(|&(_, c)| c == end || !is_inside(c)) {
        Some((at, found)) if found == end => at + 1,
        _ => 0,
    }
}

/// Whether `token`, which holds no white space, is a link, an address, a handle or a hashtag.
fn is_name_of_something(token: &str) -> bool {
    // Nearly every word ends here. 0xEF begins `＃`.
    if !token.bytes().any(|byte| matches!(byte, b'#' | b'@' | b'.' | b':' | 0xEF)) {
        return false;
    }
    let bare = token.trim_start_matches(|character: char| !character.is_alphanumeric() && !"@#＃".contains(character));
    bare.starts_with(['#', '＃'])
        || bare.contains('@')
        || bare.contains("://")
        || bare.starts_with("www.")
        || is_domain(bare)
}

/// Whether `token` begins with a domain name: ASCII, with a dot between two letters (`bbc.com/arabic`).
fn is_domain(token: &str) -> bool {
    let host = token.split(['/', '?', ':']).next().unwrap_or_default();
    host.is_ascii()
        && host.split_once('.').is_some_and(|(before, after)| {
            before.ends_with(|c: char| c.is_ascii_alphanumeric()) && after.starts_with(|c: char| c.is_ascii_lowercase())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_votes(text: &str, expected: &str) {
        assert_eq!(Votes::of(text).words().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn names_of_places_in_the_net_and_numbers_have_no_vote() {
        check_votes("قال https://t.co/abc @user #العراق 2024 ٢٠٢٤ «النهر»", "قال النهر");
        check_votes("(www.site.org) bbc.com/news river.The ali@example.com U.S. rose", "river the u s rose");
        check_votes("https://example.com/النهر @bbc #Tigris ＃دجلة 12.5 😀", "");
    }

    #[test]
    fn markup_has_no_vote() {
        check_votes("<p class=\"lead\">قال</p><br/>النهر&nbsp;العظيم &#1575;", "قال النهر العظيم");
        check_votes("a < b & c > d; <unclosed", "a b c d unclosed");
        check_votes(&format!("<a {}>", "x".repeat(2000)), &format!("a {}", "x".repeat(2000)));
    }

    #[test]
    fn vowel_marks_and_tatweel_have_no_vote() {
        check_votes("بَغْـــدَادُ", "بغداد");
        check_votes("בְּרֵאשִׁית", "בראשית");
        check_votes("می\u{200c}رود", "می\u{200c}رود");
        check_votes("हिन्दी", "हिन्दी");
    }

    #[test]
    fn only_the_main_script_votes() {
        check_votes("قال Ali إن النهر", "قال إن النهر");
        check_votes("東京でカレーを食べた", "東京でカレーを食べた");
        // No script alone outweighs the Latin letters.
        assert_eq!(Votes::of("tokyo tower 東京都タワー").script().code(), "Hani");
    }

    #[test]
    fn names_in_another_script_do_not_make_the_script() {
        for (text, script) in [
            ("यह मानो Google Drive और Microsoft Outlook, दोनों एक ही जगह हों", "Deva"),
            ("这类似于在Google Drive、Outlook和Slack中工作", "Hani"),
            ("the word ماء means water", "Latn"),
            ("Google Drive", "Latn"),
        ] {
            assert_eq!(Votes::of(text).script().code(), script, "{text}");
        }
    }

    #[test]
    fn case_and_encoding_make_no_difference() {
        check_votes("İSTANBUL Ärzte Ａ", "istanbul ärzte a");
        check_votes("Vie\u{302}\u{323}t", "việt");
        check_votes("\u{FEB3}\u{FEFC}\u{FEE1}", "سلام");
        // Latin `o` and `a` inside Cyrillic words, as old encodings left them.
        check_votes("в oднос на Rover Мoсквa", "в однос на москва");
    }

    #[test]
    fn a_long_text_is_looked_at_from_its_beginning_to_its_end() {
        let text = format!("{}{}{}", "أ".repeat(5000), "ب".repeat(200_000), "ج".repeat(5000));
        let votes = Votes::of(&text).letters;
        assert!(votes.len() <= SAMPLE_BYTES_MAX + SAMPLE_PLACES);
        assert!(votes.contains('أ') && votes.contains('ب') && votes.ends_with("ج "));
    }
}
