//! Names of languages (BCP-47, ISO 639-3) and scripts (ISO 15924).

use std::fmt;
use std::str::FromStr;

use icu_locale_core::LanguageIdentifier;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, NamedEnumeratedProperty};
use icu_properties::{CodePointMapData, props};

mod iso639;

/// A BCP-47 language tag in canonical case: `ar`, `ckb`, `az-Arab`, `zh-Hant`.
///
/// Displays as the tag. Ordered by that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LanguageTag(LanguageIdentifier);

impl LanguageTag {
    /// `und`: no language, or none that can be told.
    pub const UNDETERMINED: LanguageTag = LanguageTag(LanguageIdentifier::UNKNOWN);

    /// Returns the tag in canonical case, or `None` if `tag` is not well-formed: language, script, region and variants
    /// joined by hyphens. Extensions and private use, which say nothing about the language, are not accepted. A code that
    /// no registry holds is well-formed.
    pub fn parse(tag: &str) -> Option<LanguageTag> {
        LanguageIdentifier::try_from_str(tag).ok().map(LanguageTag)
    }

    /// The tag of the language that ISO 639-3 calls `code`: its two-letter code where it has one, else the code itself.
    /// A member of a macrolanguage that BCP-47 writes with the code of the whole (`pes`, `cmn`, `arb`) is given that.
    /// `None` if `code` is not three ASCII letters.
    pub fn of_iso639_3(code: &str) -> Option<LanguageTag> {
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
        LanguageTag::parse(iso639::two_letters(&code.to_ascii_lowercase()).unwrap_or(code))
    }

    /// The language subtag alone: `az` of `az-Arab`.
    pub fn language(&self) -> &str {
        self.0.language.as_str()
    }

    /// The ISO 639-3 code: `ara`, `fas`, `ckb`; `und` where there is none.
    pub fn iso639_3(&self) -> &str {
        let language = self.language();
        if language.len() == 3 { language } else { iso639::three_letters(language).unwrap_or("und") }
    }

    /// The script subtag, where the tag has one.
    pub fn script(&self) -> Option<Script> {
        self.0.script.as_ref().and_then(|script| Script::parse(script.as_str()))
    }

    /// Whether the tag is `range` or a longer one that begins with it, as `zh-Hant` does with `zh` (RFC 4647, basic
    /// filtering).
    pub fn is_within(&self, range: &LanguageTag) -> bool {
        let (tag, range) = (self.to_string(), range.to_string());
        tag.strip_prefix(&range).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// Whether the tag is `und`.
    pub fn is_undetermined(&self) -> bool {
        self.0.language.is_unknown()
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl FromStr for LanguageTag {
    type Err = crate::Error;

    /// # Errors
    /// [`Error::UnknownLanguage`](crate::Error::UnknownLanguage) if `tag` is not well-formed.
    fn from_str(tag: &str) -> Result<LanguageTag, crate::Error> {
        LanguageTag::parse(tag).ok_or_else(|| unknown("language", tag))
    }
}

impl Ord for LanguageTag {
    fn cmp(&self, other: &LanguageTag) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for LanguageTag {
    fn partial_cmp(&self, other: &LanguageTag) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

// Enough to recognise what was sent, whatever was sent.
const TAG_CHARACTERS_MAX: usize = 64;

/// The error that `field` names the language `tag`, which is none or not known.
pub fn unknown(field: &'static str, tag: &str) -> crate::Error {
    crate::Error::UnknownLanguage { field, tag: tag.chars().take(TAG_CHARACTERS_MAX).collect() }
}

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Script(props::Script);

impl Script {
    /// Used in several scripts: digits, punctuation, emoji, tatweel.
    pub const COMMON: Script = Script(props::Script::Common);

    /// The script of `character`, [`Script::COMMON`] where it has none of its own.
    pub fn of(character: char) -> Script {
        match CodePointMapData::<props::Script>::new().get(character) {
            props::Script::Inherited | props::Script::Unknown => Script::COMMON,
            script => Script(script),
        }
    }

    /// The script of most letters of `text`; of two that have as many, the one that stands first. [`Script::COMMON`] where
    /// `text` has no letters. Linear time.
    pub fn main(text: &str) -> Script {
        let mut counts: Vec<(Script, usize)> = Vec::new();
        for script in text.chars().filter_map(Script::of_letter) {
            match counts.iter_mut().find(|(known, _)| *known == script) {
                Some((_, count)) => *count += 1,
                None => counts.push((script, 1)),
            }
        }
        // `max_by_key` would take the last of equals.
        counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(Script::COMMON, |(script, _)| script)
    }

    /// The script of `character` where it is a letter with a script of its own.
    pub fn of_letter(character: char) -> Option<Script> {
        let category = CodePointMapData::<GeneralCategory>::new().get(character);
        let script = Script::of(character);
        (GeneralCategoryGroup::Letter.contains(category) && script != Script::COMMON).then_some(script)
    }

    /// The script that stands for all those that a language mixes with it: Japanese is written in three, and Korean has
    /// Chinese characters.
    pub fn family(self) -> Script {
        match self.0 {
            props::Script::Hiragana | props::Script::Katakana | props::Script::Hangul | props::Script::Bopomofo => {
                Script(props::Script::Han)
            }
            _ => self,
        }
    }

    /// The script with the ISO 15924 code `code`, or `None` if no character is of it.
    pub fn parse(code: &str) -> Option<Script> {
        icu_properties::PropertyParser::<props::Script>::new().get_strict(code).map(Script)
    }

    /// Its ISO 15924 code: `Arab`, `Latn`; `Zyyy` for [`Script::COMMON`].
    pub fn code(self) -> &'static str {
        self.0.short_name()
    }
}

impl fmt::Display for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_tag(tag: &str, canonical: &str, iso639_3: &str) {
        let tag = LanguageTag::parse(tag).unwrap();
        assert_eq!((tag.to_string().as_str(), tag.iso639_3()), (canonical, iso639_3));
    }

    #[test]
    fn tags_are_put_in_canonical_case() {
        check_tag("AR", "ar", "ara");
        check_tag("az-arab", "az-Arab", "aze");
        check_tag("ZH-hANT-tw", "zh-Hant-TW", "zho");
        check_tag("ckb", "ckb", "ckb");
        check_tag("ku-latn", "ku-Latn", "kur");
        check_tag("und", "und", "und");
        check_tag("xx", "xx", "und");
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["", "a", "arabic language", "ar_EG", "ar-", "العربية", "e\0", "toolonglanguage", "ar-u-nu-latn"]
        {
            assert_eq!(LanguageTag::parse(tag), None, "{tag:?}");
        }
        let error = "ق".repeat(100).parse::<LanguageTag>().unwrap_err();
        assert!(matches!(error, crate::Error::UnknownLanguage { tag, .. } if tag.chars().count() == 64));
    }

    #[test]
    fn three_letter_codes_become_tags() {
        let tag = |code| LanguageTag::of_iso639_3(code).map(|tag| tag.to_string());
        for (code, expected) in
            [("ara", "ar"), ("arb", "ar"), ("pes", "fa"), ("fas", "fa"), ("ckb", "ckb"), ("kmr", "kmr")]
        {
            assert_eq!(tag(code).as_deref(), Some(expected));
        }
        assert_eq!((tag("ar"), tag("ar1"), tag("")), (None, None, None));
    }

    #[test]
    fn the_main_script_is_that_of_most_letters() {
        let main = |text| Script::main(text).code();
        assert_eq!(main("قال Ali إن النهر"), "Arab");
        assert_eq!(main("Tigris دجلة"), "Latn");
        assert_eq!(main("ab אב"), "Latn");
        assert_eq!(main("123 😀 ـــ \u{301}!"), "Zyyy");
        assert_eq!(main(""), "Zyyy");
        assert_eq!(Script::parse("Hebr"), Some(Script::of('ש')));
        assert_eq!(Script::parse("Nope"), None);
    }

    proptest! {
        #[test]
        fn a_canonical_tag_is_its_own_canonical_form(tag in "[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-[a-zA-Z]{2})?") {
            if let Some(parsed) = LanguageTag::parse(&tag) {
                prop_assert_eq!(LanguageTag::parse(&parsed.to_string()), Some(parsed.clone()));
                prop_assert!(parsed.to_string().eq_ignore_ascii_case(&tag));
            }
        }
    }
}
