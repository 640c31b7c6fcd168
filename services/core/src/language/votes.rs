//! What of a text says something about its language.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::tag::Script;

// whatlang compares the 600 commonest trigrams of a text with 300 of each language; eight kilobytes have more than enough
// of them in any script, so that the rest of a long text would cost time and change nothing.
const SAMPLE_BYTES_MAX: usize = 8192;

// From several places, for a text may begin with a headline, a dateline or a quotation in another language.
const SAMPLE_PLACES: usize = 8;

/// The letters of `text` that vote on its language, words apart by one blank, all of its main script; and that script.
///
/// Links, e-mail addresses, handles, hashtags and numbers have no vote, nor have vowel marks and tatweel, which the same
/// language is written with and without. A long text is looked at in a few places, evenly spread.
pub(super) fn votes(text: &str) -> (String, Script) {
    let mut letters = String::new();
    for part in sample(text) {
        for token in part.split_whitespace().filter(|token| !is_name_of_something(token)) {
            letters.extend(
                token
                    .chars()
                    .filter(|&character| !is_decoration(character))
                    .map(|character| if is_letter(character) { character } else { ' ' }),
            );
            letters.push(' ');
        }
    }
    let script = Script::main(&letters);
    let mut votes = String::with_capacity(letters.len());
    for character in letters.chars() {
        // Marks and joiners have no script of their own.
        let of_other_script = Script::of_letter(character).is_some_and(|other| family(other) != family(script));
        if of_other_script || character == ' ' {
            if !votes.ends_with(' ') {
                votes.push(' ');
            }
        } else {
            votes.push(character);
        }
    }
    (votes.trim().to_owned(), script)
}

/// The script that stands for all those that a language mixes with `script`: Japanese is written in three, and Korean has
/// Chinese characters.
pub(super) fn family(script: Script) -> Script {
    match script.code() {
        "Hira" | "Kana" | "Hang" => Script::of('一'),
        _ => script,
    }
}

/// The whole of a short text, parts of a long one. A part may begin and end inside a word.
fn sample(text: &str) -> Vec<&str> {
    if text.len() <= SAMPLE_BYTES_MAX {
        return vec![text];
    }
    const PART: usize = SAMPLE_BYTES_MAX / SAMPLE_PLACES;
    let stride = (text.len() - PART) / (SAMPLE_PLACES - 1);
    let parts = (0..SAMPLE_PLACES).map(|place| place * stride);
    parts.map(|begin| &text[text.ceil_char_boundary(begin)..text.floor_char_boundary(begin + PART)]).collect()
}

/// Whether `token`, which holds no white space, is a link, an address, a handle or a hashtag.
fn is_name_of_something(token: &str) -> bool {
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

/// A vowel mark of the Arabic or Hebrew script, or tatweel.
fn is_decoration(character: char) -> bool {
    matches!(character, '\u{640}' | '\u{64B}'..='\u{652}' | '\u{670}' | '\u{591}'..='\u{5C7}')
}

fn is_letter(character: char) -> bool {
    const ZWNJ: char = '\u{200c}';
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).contains(category) || character == ZWNJ
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_votes(text: &str, expected: &str) {
        assert_eq!(votes(text).0, expected);
    }

    #[test]
    fn names_of_places_in_the_net_and_numbers_have_no_vote() {
        check_votes("قال https://t.co/abc @user #العراق 2024 ٢٠٢٤ «النهر»", "قال النهر");
        check_votes("(www.site.org) bbc.com/news river.The ali@example.com U.S. rose", "river The U S rose");
        check_votes("https://example.com/النهر @bbc #Tigris 12.5 😀", "");
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
    }

    #[test]
    fn a_long_text_is_looked_at_from_its_beginning_to_its_end() {
        let text = format!("{}{}{}", "أ".repeat(5000), "ب".repeat(200_000), "ج".repeat(5000));
        let (votes, _) = votes(&text);
        assert!(votes.len() <= SAMPLE_BYTES_MAX + SAMPLE_PLACES);
        assert!(votes.contains('أ') && votes.contains('ب') && votes.ends_with('ج'));
    }
}
