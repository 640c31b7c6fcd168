//! Who names languages best and fastest: the project's detector beside whatlang, lingua, whichlang, fastText, CLD2 and CLD3,
//! in one run, on dev_ntrex (translated news, 300 sentences for each key) and on single words and word pairs cut from it.
//! Prints Markdown.
//!
//! `make bench` fetches the Python packages that BENCH_PYTHONPATH names. dev_ntrex is looked for under ENRICH_DATA_DIR, then
//! in the cache.

mod contenders;
mod rollup;
mod rows;
mod score;
mod serve;
mod sets;
mod tables;

use std::{collections::BTreeSet, env, io, path::PathBuf};

use clap::{Parser, Subcommand};
use contenders::Answer;
use rollup::Rollup;
use rows::Row;
use score::Scored;
use sets::{Sets, Text};

/// Fewer languages are too few to cut the list of words by.
const LANGUAGES_MIN: usize = 50;

/// Compares language detectors and prints Markdown tables.
#[derive(Debug, Parser)]
struct Args {
    /// Folder with lid/dev_ntrex, or with data/lid/dev_ntrex.
    #[arg(long, env = "ENRICH_DATA_DIR")]
    data: Option<PathBuf>,
    /// Folder with data/lid/dev_ntrex where that has none; ~/.cache/enrich if not given.
    #[arg(long, env = "ENRICH_CACHE")]
    cache: Option<PathBuf>,
    /// Folder of the Python packages.
    #[arg(long, env = "BENCH_PYTHONPATH")]
    python_path: Option<PathBuf>,
    /// The detectors to compare, the one that the others are set beside first.
    #[arg(long, value_delimiter = ',', default_values = rows::names())]
    detectors: Vec<String>,
    /// Sentences of each key.
    #[arg(long, default_value_t = 300)]
    sentences: usize,
    /// Also write sentences.tsv, words.tsv and pairs.tsv (key, tab, text) into this folder.
    #[arg(long)]
    sets: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Speak for one detector; the comparison starts this itself.
    #[command(hide = true)]
    Serve { name: String },
}

/// What a contender makes of whole sentences, without a list to choose from, and what that costs.
struct Measured {
    row: Row,
    /// For each timed script.
    nanoseconds: Vec<f64>,
    sentences: Vec<Answer>,
    memory_mib: f64,
}

/// Answers to words, or to pairs of them.
struct Short<'a> {
    /// All contenders choose among one list; nothing where it lacks one of the languages.
    common: Option<Scored<'a>>,
    /// It and the first contender choose among the languages that both know.
    shared: Scored<'a>,
    first: Scored<'a>,
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    match &args.command {
        Some(Command::Serve { name }) => serve::serve(name),
        None => compare(&args),
    }
}

fn compare(args: &Args) -> io::Result<()> {
    let rollup = Rollup::read();
    let sets = Sets::cut(&dev_ntrex(args)?, args.sentences, &rollup)?;
    if let Some(folder) = &args.sets {
        sets.write(folder)?;
    }
    let start = |name: &String| measure(name, args, &sets, &rollup);
    let mut measured: Vec<Measured> = args.detectors.iter().map(start).collect::<io::Result<_>>()?;
    tables::detectors(&measured, &sets);
    tables::sentences(&measured, &sets);
    let common = common_languages(&measured, &sets);
    let words = short(&mut measured, &sets.words, &common, &rollup)?;
    let pairs = short(&mut measured, &sets.pairs, &common, &rollup)?;
    tables::short(&measured, &words, &pairs, &common);
    tables::sentences_by_key(&measured, &sets);
    tables::short_by_language(&measured, &words, &pairs, &common);
    Ok(())
}

/// The folder of the sentences.
fn dev_ntrex(args: &Args) -> io::Result<PathBuf> {
    let cache = args.cache.clone().or_else(|| Some(env::home_dir()?.join(".cache/enrich")));
    let named = args.data.iter().flat_map(|data| [data.clone(), data.join("data")]);
    let mut folders = named.chain(cache.map(|cache| cache.join("data"))).map(|folder| folder.join("lid/dev_ntrex"));
    let missing = "no lid/dev_ntrex in ENRICH_DATA_DIR or in data/ of the cache: unpack lid.tar.zst there";
    folders.find(|folder| folder.is_dir()).ok_or_else(|| io::Error::other(missing))
}

fn measure(name: &str, args: &Args, sets: &Sets, rollup: &Rollup) -> io::Result<Measured> {
    let mut row = Row::start(name, args.python_path.as_deref(), rollup)?;
    let nanoseconds = sets.timed.iter().map(|(_, texts)| row.nanoseconds(texts)).collect::<io::Result<_>>()?;
    let sentences = row.answers(&sets.sentences.iter().collect::<Vec<_>>(), None, rollup)?;
    let memory_mib = row.memory_mib()?;
    Ok(Measured { row, nanoseconds, sentences, memory_mib })
}

/// The languages of single words that every contender knows; those that know few languages are not asked.
fn common_languages(measured: &[Measured], sets: &Sets) -> BTreeSet<String> {
    let of_words = sets.words.iter().map(|word| word.language.clone()).collect();
    let many = measured.iter().map(|one| &one.row.languages).filter(|languages| languages.len() >= LANGUAGES_MIN);
    many.fold(of_words, |common, languages| &common & languages)
}

fn short<'a>(
    measured: &mut [Measured],
    texts: &'a [Text],
    common: &BTreeSet<String>,
    rollup: &Rollup,
) -> io::Result<Vec<Short<'a>>> {
    let among = |row: &mut Row, list: &BTreeSet<String>| -> io::Result<Scored<'a>> {
        let texts: Vec<&Text> = texts.iter().filter(|text| list.contains(&text.language)).collect();
        let answers = row.answers(&texts, Some(list), rollup)?;
        Ok(Scored { texts, answers })
    };
    let mut all = Vec::new();
    for index in 0..measured.len() {
        let shared = &measured[0].row.languages & &measured[index].row.languages;
        let first = among(&mut measured[0].row, &shared)?;
        let row = &mut measured[index].row;
        let knows_all = common.is_subset(&row.languages);
        let common = knows_all.then(|| among(row, common)).transpose()?;
        all.push(Short { common, shared: among(row, &shared)?, first });
    }
    Ok(all)
}
