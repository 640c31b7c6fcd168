//! The detectors that are crates, behind one face.

use enrich_core::language::{Detector, LinearDetector, Query};
use enrich_core::model::Ngrams;
use enrich_core::tag::LanguageTag;
use lingua::{IsoCode639_1, LanguageDetector, LanguageDetectorBuilder};

/// A tag and how probable it is, where the detector says so; `und` where it says nothing.
pub(crate) type Answer = (String, Option<f64>);

pub(crate) type Reader<'a> = Box<dyn Fn(&str) -> Answer + 'a>;

pub(crate) trait Contender {
    /// Its languages, by its own tags.
    fn languages(&self) -> Vec<String>;

    /// What names the language of a text: one of `among`, tags of its own, any where that is empty.
    fn reader(&self, among: &[String]) -> Reader<'_>;
}

/// The names of the rows made here; the first is the project's own.
pub(crate) const NAMES: [&str; 5] = ["enrich", "whatlang", "lingua-high", "lingua-low", "whichlang"];

/// Loads a contender with all that its answers need; says its version.
pub(crate) fn load(name: &str) -> Option<(Box<dyn Contender>, String)> {
    let made: (Box<dyn Contender>, String) = match name {
        "enrich" => (Box::new(Enrich::load()), env!("CARGO_PKG_VERSION").to_owned()),
        "whatlang" => (Box::new(WhatlangAlone), locked_version("whatlang")),
        "lingua-high" => (Box::new(Lingua::load(false)), locked_version("lingua")),
        "lingua-low" => (Box::new(Lingua::load(true)), locked_version("lingua")),
        "whichlang" => (Box::new(Whichlang), locked_version("whichlang")),
        _ => return None,
    };
    Some(made)
}

fn locked_version(package: &str) -> String {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let rest = include_str!("../Cargo.lock").split_once(&entry).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn unknown() -> Answer {
    ("und".to_owned(), Some(0.0))
}

/// The project's own.
struct Enrich(LinearDetector);

impl Enrich {
    fn load() -> Enrich {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/language/language.bin");
        let bytes = std::fs::read(path).expect("the model is in the repository");
        Enrich(LinearDetector::new(Ngrams::parse(&bytes).expect("the model is sound")))
    }
}

impl Contender for Enrich {
    fn languages(&self) -> Vec<String> {
        self.0.languages().iter().map(ToString::to_string).collect()
    }

    fn reader(&self, among: &[String]) -> Reader<'_> {
        let mut query = Query::among(&self.0, among).expect("the tags are its own");
        query.alternatives_max = 1;
        Box::new(move |text| {
            let found = self.0.detect(text, &query);
            // Where it would rather not say, its best guess: the others always guess.
            match found.alternatives.first() {
                Some(best) if found.tag.is_undetermined() => (best.tag.to_string(), Some(f64::from(best.score))),
                _ => (found.tag.to_string(), Some(f64::from(found.score))),
            }
        })
    }
}

/// The crate as it comes, with its own confidence.
struct WhatlangAlone;

impl Contender for WhatlangAlone {
    fn languages(&self) -> Vec<String> {
        whatlang::Lang::all().iter().map(|language| two_letters(language.code())).collect()
    }

    fn reader(&self, among: &[String]) -> Reader<'_> {
        let allowed = |language: &whatlang::Lang| among.contains(&two_letters(language.code()));
        let detector = if among.is_empty() {
            whatlang::Detector::new()
        } else {
            whatlang::Detector::with_allowlist(whatlang::Lang::all().iter().copied().filter(allowed).collect())
        };
        Box::new(move |text| {
            detector
                .detect(text)
                .map_or_else(unknown, |info| (two_letters(info.lang().code()), Some(info.confidence())))
        })
    }
}

fn two_letters(code: &str) -> String {
    LanguageTag::of_iso639_3(code).unwrap_or(LanguageTag::UNDETERMINED).to_string()
}

struct Lingua {
    all: LanguageDetector,
    is_low_accuracy: bool,
}

impl Lingua {
    fn load(is_low_accuracy: bool) -> Lingua {
        let all = Lingua::build(LanguageDetectorBuilder::from_all_languages(), is_low_accuracy);
        Lingua { all, is_low_accuracy }
    }

    fn build(mut builder: LanguageDetectorBuilder, is_low_accuracy: bool) -> LanguageDetector {
        if is_low_accuracy {
            builder.with_low_accuracy_mode();
        }
        builder.with_preloaded_language_models().build()
    }
}

impl Contender for Lingua {
    fn languages(&self) -> Vec<String> {
        lingua::Language::all().iter().map(|language| language.iso_code_639_1().to_string()).collect()
    }

    fn reader(&self, among: &[String]) -> Reader<'_> {
        let read = |detector: &LanguageDetector, text: &str| {
            let ranked = detector.compute_language_confidence_values(text);
            // Where it can say nothing, it gives all languages alike.
            match ranked.first() {
                Some((language, score)) if *score > 0.0 => (language.iso_code_639_1().to_string(), Some(*score)),
                _ => unknown(),
            }
        };
        if among.is_empty() {
            return Box::new(move |text| read(&self.all, text));
        }
        let codes: Vec<IsoCode639_1> = among.iter().filter_map(|code| code.parse().ok()).collect();
        let some = Lingua::build(LanguageDetectorBuilder::from_iso_codes_639_1(&codes), self.is_low_accuracy);
        Box::new(move |text| read(&some, text))
    }
}

/// It cannot be told which languages to choose among, and gives no score.
struct Whichlang;

impl Contender for Whichlang {
    fn languages(&self) -> Vec<String> {
        whichlang::LANGUAGES.iter().map(|language| two_letters(language.three_letter_code())).collect()
    }

    fn reader(&self, _among: &[String]) -> Reader<'_> {
        Box::new(|text| (two_letters(whichlang::detect_language(text).three_letter_code()), None))
    }
}
