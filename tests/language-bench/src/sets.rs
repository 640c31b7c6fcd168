//! The texts that detectors are compared on, cut from dev_ntrex.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use crate::rollup::Rollup;

/// Distinct words, and as many pairs, cut from a key.
const WORDS: usize = 200;

const TIMED_CHARACTERS: usize = 200;
/// Timed texts of a key.
const TIMED_TEXTS: usize = 100;
const TIMED: [(&str, [&str; 3]); 3] =
    [("Arabic", ["arb", "pes", "urd"]), ("Latin", ["eng", "tur", "fra"]), ("Cyrillic", ["rus", "ukr", "bul"])];

/// A text and what it is in.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The corpus key.
    pub(crate) key: String,
    /// What that rolls up to.
    pub(crate) language: String,
    pub(crate) text: String,
}

#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) sentences: Vec<Text>,
    pub(crate) words: Vec<Text>,
    pub(crate) pairs: Vec<Text>,
    /// For each script, texts of 200 characters.
    pub(crate) timed: Vec<(&'static str, Vec<String>)>,
}

impl Sets {
    /// Cuts the sets from the files of `folder`, one for each key with a sentence on each line. Of these, `sentences` are taken.
    pub(crate) fn cut(folder: &Path, sentences: usize, rollup: &Rollup) -> io::Result<Sets> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.sort();
        let mut sets = Sets::default();
        for file in files {
            let key = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let language = rollup.of_key(&key);
            let text = fs::read_to_string(&file)?;
            let made = |text: String| Text { key: key.clone(), language: language.clone(), text };
            sets.sentences.extend(text.lines().take(sentences).map(|line| made(line.to_owned())));
            if rollup.has_words(&key) {
                let of_lines = |of: fn(&[&str]) -> Vec<String>| text.lines().flat_map(move |line| of(&tokens(line)));
                sets.words.extend(drawn(of_lines(single).collect()).map(made));
                sets.pairs.extend(drawn(of_lines(pairs).collect()).map(made));
            }
        }
        for (script, keys) in TIMED {
            sets.timed.push((script, keys.into_iter().flat_map(|key| sets.chunks(key)).collect()));
        }
        Ok(sets)
    }

    /// Texts of equal length, whatever the sentences of `key` are.
    fn chunks(&self, key: &str) -> Vec<String> {
        let of_key = self.sentences.iter().filter(|sentence| sentence.key == key);
        let all = of_key.map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join(" ");
        let characters: Vec<char> = all.chars().collect();
        characters.chunks_exact(TIMED_CHARACTERS).take(TIMED_TEXTS).map(|chunk| chunk.iter().collect()).collect()
    }

    /// Writes sentences.tsv, words.tsv and pairs.tsv, a key and a text on each line.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, texts) in [("sentences", &self.sentences), ("words", &self.words), ("pairs", &self.pairs)] {
            let lines: String = texts.iter().map(|text| format!("{}\t{}\n", text.key, text.text)).collect();
            fs::write(folder.join(name).with_extension("tsv"), lines)?;
        }
        Ok(())
    }
}

/// What stands between blanks in `line`, without punctuation and symbols around it; empty where no letter is left.
fn tokens(line: &str) -> Vec<&str> {
    let has_letter =
        |token: &str| token.chars().any(|character| GeneralCategoryGroup::Letter.contains(category(character)));
    let stripped = line.split_whitespace().map(|token| token.trim_matches(is_around_words));
    stripped.map(|token| if has_letter(token) { token } else { "" }).collect()
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

fn is_around_words(character: char) -> bool {
    let groups = [GeneralCategoryGroup::Punctuation, GeneralCategoryGroup::Symbol, GeneralCategoryGroup::Other];
    groups.iter().any(|group| group.contains(category(character)))
}

fn single(tokens: &[&str]) -> Vec<String> {
    tokens.iter().filter(|token| !token.is_empty()).map(|token| (*token).to_owned()).collect()
}

fn pairs(tokens: &[&str]) -> Vec<String> {
    tokens.windows(2).filter(|pair| pair.iter().all(|token| !token.is_empty())).map(|pair| pair.join(" ")).collect()
}

/// Some of `texts`, the same in every run, each once.
fn drawn(texts: BTreeSet<String>) -> impl Iterator<Item = String> {
    let mut texts: Vec<String> = texts.into_iter().collect();
    texts.sort_by_key(|text| fnv(text));
    texts.into_iter().take(WORDS)
}

/// The 64-bit FNV-1a hash, which unlike that of the standard library stays the same.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_what_is_around_them() {
        let tokens = tokens("«دجلة», said 12 (e-mail) — ọ̀rọ̀! अर्थात्।");
        assert_eq!(tokens, ["دجلة", "said", "", "e-mail", "", "ọ̀rọ̀", "अर्थात्"]);
        assert_eq!(single(&tokens), ["دجلة", "said", "e-mail", "ọ̀rọ̀", "अर्थात्"]);
        assert_eq!(pairs(&tokens), ["دجلة said", "ọ̀rọ̀ अर्थात्"]);
    }

    #[test]
    fn a_draw_is_the_same_whatever_the_order() {
        let numbers = |range: std::ops::Range<u32>| range.map(|number| number.to_string());
        let forth: Vec<String> = drawn(numbers(0..1000).collect()).collect();
        let back: Vec<String> = drawn(numbers(0..1000).rev().collect()).collect();
        assert_eq!((forth.len(), &forth), (WORDS, &back));
        assert_eq!(fnv("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
