//! One text through the engine: cut into words and windows, classified, put together again.

use crate::Config;
use enrich_bert::{Engine, Logits, Window};
use enrich_core::{
    Error, Span,
    entities::{self, Calibration, Decoder, Mention, Proclitics, Reading, ScoreRule},
    sentences::sentences,
    tag::LanguageTag,
};
use enrich_runtime::Compute;
use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};
use tokio::time::Instant;

/// File in a model's folder: how often Arabic names begin with which letters.
const PROCLITICS: &str = "proclitics.tsv";

/// Why a model cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The engine refuses it.
    #[error(transparent)]
    Engine(#[from] enrich_bert::LoadError),
    /// A file beside the weights could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file beside the weights makes no sense.
    #[error("{0}; restore the model's folder, or remove the file if the model is your own")]
    Invalid(#[from] Error),
    /// The manifest names no rule for scores.
    #[error("the manifest's calibration.score is {name:?}; known are mean, geometric, product, min and first")]
    ScoreRule {
        /// What it names.
        name: String,
    },
}

/// A loaded model, ready to read texts. A clone is the same model.
#[derive(Clone, Debug)]
pub struct Recognizer {
    engine: Engine,
    decoder: Arc<Decoder>,
    window_pieces_max: usize,
}

/// A text with the model's scores, still to be decoded.
#[derive(Debug)]
pub struct Scored {
    cut: Cut,
    logits: Vec<Logits>,
    decoder: Arc<Decoder>,
    /// "tokenize" and "model", the wait for it included.
    stages: [(&'static str, Duration); 2],
}

/// What was found in a text.
#[derive(Debug)]
pub struct Recognition {
    /// The text.
    pub text: String,
    /// The mentions, by begin, without overlap.
    pub mentions: Vec<Mention>,
    /// The sentences, in order.
    pub sentences: Vec<Span>,
    /// How long each stage took: "tokenize", "model" (the wait for it included), "decode".
    pub stages: [(&'static str, Duration); 3],
}

/// A text made ready for the engine.
#[derive(Debug)]
struct Cut {
    text: String,
    language: LanguageTag,
    words: Vec<Span>,
    sentences: Vec<Span>,
    /// For each sentence, the index one past its last word.
    sentence_ends: Vec<usize>,
}

impl Recognizer {
    pub(crate) fn new(engine: Engine, config: &Config) -> Result<Recognizer, LoadError> {
        let decoder = Decoder::new(engine.tags().to_vec(), calibration(&engine)?, proclitics(config)?)?;
        Ok(Recognizer {
            window_pieces_max: engine.window_pieces_max().min(config.entities_window_tokens_max),
            decoder: Arc::new(decoder),
            engine,
        })
    }

    /// The engine underneath.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Most pieces of a window.
    pub fn window_pieces_max(&self) -> usize {
        self.window_pieces_max
    }

    /// Scores the words of a text, whatever its length; what comes before the model runs on `compute`.
    ///
    /// The language says whether Arabic proclitics may be cut off names; where it is `und`, the text says.
    ///
    /// # Errors
    /// [`Error::Overloaded`], [`Error::DeadlineExceeded`] and [`Error::Inference`], as [`Engine::classify`] says.
    pub async fn score(
        &self,
        (text, language): (String, LanguageTag),
        compute: &Compute,
        deadline: Option<Instant>,
    ) -> Result<Scored, Error> {
        let begun = Instant::now();
        let this = self.clone();
        let (cut, windows) = compute.run(move || this.cut(text, language)).await??;
        let tokenized = Instant::now();
        let logits = self.engine.classify(windows, deadline.map(Instant::into_std)).await?;
        let stages = [("tokenize", tokenized - begun), ("model", tokenized.elapsed())];
        Ok(Scored { cut, logits, decoder: Arc::clone(&self.decoder), stages })
    }

    fn cut(&self, text: String, language: LanguageTag) -> Result<(Cut, Vec<Window>), Error> {
        let words = entities::words(&text);
        let surfaces: Vec<&str> = words.iter().filter_map(|word| word.of(&text)).collect();
        let pieces = self.engine.pieces(&surfaces)?;
        let sentences = sentences(&text);
        let sentence_ends: Vec<usize> =
            sentences.iter().map(|sentence| words.partition_point(|word| word.begin() < sentence.end())).collect();
        let counts: Vec<usize> = pieces.iter().map(Vec::len).collect();
        let windows = entities::windows(&counts, &sentence_ends, self.window_pieces_max);
        let windows = windows.iter().map(|window| engine_window(window, &pieces)).collect();
        Ok((Cut { text, language, words, sentences, sentence_ends }, windows))
    }
}

/// What the model's manifest says of its scores; a checkpoint without one is taken at its word.
fn calibration(engine: &Engine) -> Result<Calibration, LoadError> {
    let Some(manifest) = &engine.info().manifest else { return Ok(Calibration::default()) };
    let name = manifest.calibration.score.as_str();
    let score = if name.is_empty() { Some(ScoreRule::default()) } else { ScoreRule::parse(name) };
    let score = score.ok_or_else(|| LoadError::ScoreRule { name: name.to_owned() })?;
    Ok(Calibration { temperature: manifest.calibration.temperature, score })
}

/// The table of proclitics beside the model, where there is one.
fn proclitics(config: &Config) -> Result<Proclitics, LoadError> {
    let path = config.entities_model.join(PROCLITICS);
    match fs::read(&path) {
        Ok(bytes) => Ok(Proclitics::parse(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Proclitics::default()),
        Err(source) => Err(LoadError::Read { path, source }),
    }
}

/// The window as the engine takes it: every word's pieces for context, a head for each word that the window owns.
fn engine_window(window: &entities::Window, pieces: &[Vec<u32>]) -> Window {
    let mut ids = Vec::new();
    let mut heads = Vec::with_capacity(window.owned.len());
    for word in window.words.clone() {
        if window.owned.contains(&word) {
            // A window has at most some thousand pieces.
            heads.push(u32::try_from(ids.len()).unwrap_or(u32::MAX));
        }
        ids.extend_from_slice(&pieces[word]);
    }
    Window { pieces: ids, heads }
}

impl Scored {
    /// Finds the mentions: work for a compute thread where the text is long.
    ///
    /// # Errors
    /// [`Error::Inference`] if the scores make no sense.
    pub fn decode(self) -> Result<Recognition, Error> {
        let begun = Instant::now();
        let Scored { cut, logits, decoder, stages: [tokenize, model] } = self;
        // The windows own the words in order, so their rows one after the other are the text's.
        let rows: Vec<f32> = logits.iter().flat_map(Logits::rows).flatten().copied().collect();
        let reading = Reading {
            text: &cut.text,
            language: &cut.language,
            words: &cut.words,
            sentence_ends: &cut.sentence_ends,
            rows: &rows,
        };
        let mentions = decoder.mentions(&reading)?;
        let stages = [tokenize, model, ("decode", begun.elapsed())];
        Ok(Recognition { text: cut.text, mentions, sentences: cut.sentences, stages })
    }
}
