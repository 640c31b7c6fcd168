//! From words to the pieces that the model knows.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use enrich_core::Error;
use serde_json::Value;
use tokenizers::Tokenizer;

use crate::{LoadError, PIECES_PER_WORD_MAX};

/// Characters of a word that are looked at. Only a word made to be long has more, and the time for it would grow faster
/// than its length.
const WORD_CHARS_MAX: usize = 256;

/// The pieces that do not stand for text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Specials {
    /// Opens a window.
    pub(crate) open: u32,
    /// Closes a window.
    pub(crate) close: u32,
    /// Fills a row up to the length of its batch.
    pub(crate) pad: u32,
    /// Stands for text that has no piece.
    pub(crate) unknown: u32,
}

/// A loaded tokenizer.json.
pub(crate) struct Pieces {
    tokenizer: Tokenizer,
    pub(crate) specials: Specials,
}

impl Pieces {
    /// Parses the tokenizer.json at `path` for a model with `vocabulary` embeddings.
    pub(crate) fn parse(path: &Path, bytes: &[u8], vocabulary: usize) -> Result<Pieces, LoadError> {
        let malformed = |cause: String| LoadError::Malformed { path: path.to_owned(), cause };
        let mut document: Value = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        // Words come one by one; a byte-level tokenizer must see the space that stood before each.
        if let Some(splitter) = document.get_mut("pre_tokenizer").filter(|splitter| splitter["type"] == "ByteLevel") {
            splitter["add_prefix_space"] = Value::Bool(true);
        }
        let tokenizer = catch_unwind(|| serde_json::from_value::<Tokenizer>(document))
            .map_err(|_| malformed("the tokenizer cannot be built".to_owned()))?;
        let mut tokenizer = tokenizer.map_err(|error| malformed(error.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| malformed(error.to_string()))?;
        // A text that spells out "[SEP]" or "</s>" must not end its window.
        tokenizer.set_encode_special_tokens(true);
        let id_max = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        if usize::try_from(id_max).is_ok_and(|id| id >= vocabulary) {
            return Err(LoadError::VocabularyMismatch { path: path.to_owned(), id_max, vocabulary });
        }
        let special = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| tokenizer.token_to_id(name))
                .ok_or_else(|| LoadError::MissingSpecialPiece { path: path.to_owned(), names: names.join(" and ") })
        };
        let specials = Specials {
            open: special(["[CLS]", "<s>"])?,
            close: special(["[SEP]", "</s>"])?,
            pad: special(["[PAD]", "<pad>"])?,
            unknown: special(["[UNK]", "<unk>"])?,
        };
        Ok(Pieces { tokenizer, specials })
    }

    /// The pieces of each word: at least one and at most [`PIECES_PER_WORD_MAX`].
    pub(crate) fn of(&self, words: &[&str]) -> Result<Vec<Vec<u32>>, Error> {
        // Some normalisers of the tokenizers crate panic on rare characters.
        catch_unwind(AssertUnwindSafe(|| words.iter().map(|word| self.of_word(word)).collect()))
            .unwrap_or_else(|_| Err(Error::Inference("the tokenizer panicked".into())))
    }

    fn of_word(&self, word: &str) -> Result<Vec<u32>, Error> {
        let end = word.char_indices().nth(WORD_CHARS_MAX).map_or(word.len(), |(end, _)| end);
        let encoding = self.tokenizer.encode_fast(&word[..end], false).map_err(Error::Inference)?;
        let Specials { open, close, pad, unknown } = self.specials;
        let piece = |&id: &u32| if [open, close, pad].contains(&id) { unknown } else { id };
        let mut pieces: Vec<u32> = encoding.get_ids().iter().take(PIECES_PER_WORD_MAX).map(piece).collect();
        if pieces.is_empty() {
            pieces.push(unknown);
        }
        Ok(pieces)
    }
}
