//! From the model's scores of each word to mentions.

use crate::entities::edges;
use crate::entities::{EntityType, Proclitics, Tag};
use crate::tag::LanguageTag;
use crate::{Error, Span};

/// A name in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mention {
    /// Where it stands.
    pub span: Span,
    /// What it names.
    pub kind: EntityType,
    /// Estimated probability that span and type are right, 0 to 1.
    pub score: f32,
}

/// How the scores of a mention's words become the mention's score. Which of them means most is measured on development
/// data when a model is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoreRule {
    /// The arithmetic mean.
    #[default]
    Mean,
    /// The geometric mean.
    Geometric,
    /// The product.
    Product,
    /// The least.
    Min,
    /// That of the first word.
    First,
}

impl ScoreRule {
    /// The rule that manifests call `name`: "mean", "geometric", "product", "min" or "first".
    pub fn parse(name: &str) -> Option<ScoreRule> {
        Some(match name {
            "mean" => ScoreRule::Mean,
            "geometric" => ScoreRule::Geometric,
            "product" => ScoreRule::Product,
            "min" => ScoreRule::Min,
            "first" => ScoreRule::First,
            _ => return None,
        })
    }

    /// `words` are probabilities, at least one of them.
    fn apply(self, words: &[f32]) -> f32 {
        // In `f64`, so that the order of a long mention's words costs nothing.
        let product = || words.iter().map(|&word| f64::from(word)).product::<f64>();
        let score = match self {
            ScoreRule::Mean => words.iter().map(|&word| f64::from(word)).sum::<f64>() / words.len() as f64,
            ScoreRule::Geometric => product().powf(1.0 / words.len() as f64),
            ScoreRule::Product => product(),
            ScoreRule::Min => words.iter().copied().fold(f32::INFINITY, f32::min).into(),
            ScoreRule::First => words.first().copied().unwrap_or_default().into(),
        };
        score.clamp(0.0, 1.0) as f32
    }
}

/// What was found on development data to make scores mean what they say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Divides every logit before the softmax; above 0. More than 1 makes scores smaller, less makes them larger.
    pub temperature: f32,
    /// How a mention's score comes from its words'.
    pub score: ScoreRule,
}

impl Default for Calibration {
    /// The model's own softmax, averaged.
    fn default() -> Calibration {
        Calibration { temperature: 1.0, score: ScoreRule::default() }
    }
}

/// A text as the model has read it.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language, `und` where it is not known. Proclitics are cut off names in Arabic only: elsewhere the same letters are
    /// parts of names. An unknown language is taken for Arabic where the text looks so.
    pub language: &'a LanguageTag,
    /// Its words.
    pub words: &'a [Span],
    /// For each sentence in order, the index one past its last word; no mention crosses them. Empty: one sentence.
    pub sentence_ends: &'a [usize],
    /// Logits, `[words][tags]`, row-major, all finite.
    pub rows: &'a [f32],
}

/// Turns logits into mentions.
#[derive(Clone, Debug)]
pub struct Decoder {
    tags: Vec<Tag>,
    calibration: Calibration,
    proclitics: Proclitics,
    /// For each tag, whether a mention may begin with it: a first word or, in a scheme that does not mark these, any.
    opens: Vec<bool>,
    /// For each tag, the tags it may follow.
    before: Vec<Vec<usize>>,
}

impl Decoder {
    /// `tags` names the columns of the logits; a tag may stand twice, as where a model has types that count as outside here.
    /// `proclitics` is empty for a model that has no table.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] if there is no [`Tag::Outside`] or the temperature is not above 0.
    pub fn new(tags: Vec<Tag>, calibration: Calibration, proclitics: Proclitics) -> Result<Decoder, Error> {
        let refuse = |cause: String| Err(Error::ModelInvalid { file: "tags".into(), cause });
        if !tags.contains(&Tag::Outside) {
            return refuse("no tag stands for outside".into());
        }
        let temperature = calibration.temperature;
        if !(temperature.is_finite() && temperature > 0.0) {
            return refuse(format!("temperature is {temperature}; it must be above 0"));
        }
        let opens: Vec<bool> = tags
            .iter()
            .map(|tag| match tag {
                Tag::Outside => false,
                Tag::Begin(_) => true,
                Tag::Inside(kind) => !tags.contains(&Tag::Begin(*kind)),
            })
            .collect();
        let follows = |tag: usize, before: usize| opens[tag] || tags[tag].may_follow(tags[before]);
        let before =
            (0..tags.len()).map(|tag| (0..tags.len()).filter(|&before| follows(tag, before)).collect()).collect();
        Ok(Decoder { tags, calibration, proclitics, opens, before })
    }

    /// The mentions of a text: in order, never overlapping, none of them empty.
    ///
    /// The best sequence of tags that keeps to [`Tag::may_follow`], with quotes, brackets and other punctuation cut off the
    /// ends of each mention and an Arabic proclitic off its beginning. Ties go to the tag that stands first. Linear time in
    /// the words.
    ///
    /// # Errors
    /// [`Error::Inference`] if `rows` has another shape than words by tags or holds a value that is not finite, or if the
    /// words were made for another text.
    pub fn mentions(&self, reading: &Reading<'_>) -> Result<Vec<Mention>, Error> {
        let expected = reading.words.len() * self.tags.len();
        if reading.rows.len() != expected {
            return Err(inference(format!("{} logits; {expected} were expected", reading.rows.len())));
        }
        if let Some(at) = reading.rows.iter().position(|logit| !logit.is_finite()) {
            return Err(inference(format!("logit {at} is {}", reading.rows[at])));
        }
        if let Some(word) = reading.words.iter().find(|word| word.of(reading.text).is_none()) {
            return Err(inference(format!("word {word:?} is not in the text")));
        }
        let proclitics = self.proclitics.applies_to(reading.text, reading.language).then_some(&self.proclitics);
        let logs = self.log_probabilities(reading.rows);
        let mut mentions = Vec::new();
        let mut begin = 0;
        for &end in reading.sentence_ends.iter().chain([&reading.words.len()]) {
            if end > begin && end <= reading.words.len() {
                let logs = &logs[begin * self.tags.len()..end * self.tags.len()];
                let sentence =
                    Reading { words: &reading.words[begin..end], rows: logs, sentence_ends: &[], ..*reading };
                self.sentence(&sentence, proclitics, &mut mentions);
                begin = end;
            }
        }
        Ok(mentions)
    }

    /// `[words][tags]`, as `rows`.
    fn log_probabilities(&self, rows: &[f32]) -> Vec<f32> {
        let mut logs = Vec::with_capacity(rows.len());
        for row in rows.chunks_exact(self.tags.len()) {
            let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let scaled = |logit: &f32| (logit - greatest) / self.calibration.temperature;
            let total = row.iter().map(|logit| scaled(logit).exp()).sum::<f32>().ln();
            // A difference of finite logits may not be finite; a tag without a chance must stay comparable.
            logs.extend(row.iter().map(|logit| (scaled(logit) - total).max(f32::MIN)));
        }
        logs
    }

    /// Appends the mentions of one sentence; `rows` are log-probabilities here.
    fn sentence(&self, sentence: &Reading<'_>, proclitics: Option<&Proclitics>, mentions: &mut Vec<Mention>) {
        let path = self.best_path(sentence.rows);
        let mut at = 0;
        while at < path.len() {
            let begin = at;
            at += 1;
            let (Tag::Begin(kind) | Tag::Inside(kind)) = self.tags[path[begin]] else { continue };
            while at < path.len() && self.tags[path[at]] == Tag::Inside(kind) {
                at += 1;
            }
            let kept = edges::trim(sentence.text, &sentence.words[begin..at]);
            let words = begin + kept.start..begin + kept.end;
            if let Some(span) = span(sentence.text, &sentence.words[words.clone()], proclitics) {
                let score = |word: usize| sentence.rows[word * self.tags.len() + path[word]].exp();
                let scores: Vec<_> = words.map(score).collect();
                mentions.push(Mention { span, kind, score: self.calibration.score.apply(&scores) });
            }
        }
    }

    /// Viterbi's algorithm: for each word the number of its tag. `logs` is `[words][tags]`.
    fn best_path(&self, logs: &[f32]) -> Vec<usize> {
        let tags = self.tags.len();
        // The sum over a text's words grows past what `f32` tells apart; in `f64` it does not.
        let (mut best, mut next) = (vec![0.0_f64; tags], vec![0.0_f64; tags]);
        let mut back: Vec<usize> = Vec::with_capacity(logs.len());
        for (word, row) in logs.chunks_exact(tags).enumerate() {
            for (tag, log) in row.iter().enumerate() {
                let (from, score) = if word == 0 {
                    (tag, if self.tags[tag] == Tag::Outside || self.opens[tag] { 0.0 } else { f64::NEG_INFINITY })
                } else {
                    greatest(self.before[tag].iter().map(|&from| (from, best[from])))
                };
                back.push(from);
                next[tag] = score + f64::from(*log);
            }
            std::mem::swap(&mut best, &mut next);
        }
        let (mut tag, _) = greatest(best.into_iter().enumerate());
        let mut path = Vec::with_capacity(back.len() / tags);
        for from in back.chunks_exact(tags).rev() {
            path.push(tag);
            tag = from[tag];
        }
        path.reverse();
        path
    }
}

/// From the first of `words`, but for a proclitic, to the last; `None` of no words.
fn span(text: &str, words: &[Span], proclitics: Option<&Proclitics>) -> Option<Span> {
    let (first, last) = words.first().zip(words.last())?;
    let surface = first.of(text)?;
    let cut = proclitics.map_or(0, |proclitics| proclitics.cut(surface));
    Span::new(text, first.begin() + cut..last.end())
}

/// The first of the greatest; `(0, -inf)` of none.
fn greatest(scores: impl Iterator<Item = (usize, f64)>) -> (usize, f64) {
    scores.fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
}

fn inference(cause: String) -> Error {
    Error::Inference(cause.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::words;
    use proptest::prelude::*;

    const KINDS: [(&str, EntityType); 3] =
        [("PER", EntityType::Person), ("ORG", EntityType::Organization), ("LOC", EntityType::Location)];

    fn tags() -> Vec<Tag> {
        let named = KINDS.iter().flat_map(|(_, kind)| [Tag::Begin(*kind), Tag::Inside(*kind)]);
        [Tag::Outside].into_iter().chain(named).collect()
    }

    fn decoder(rule: ScoreRule, temperature: f32) -> Decoder {
        let table = "*\t0\nو+\t0\nف+\t0\nب+\t0\nل+\t0\nك+\t0\nال+\t0\nتركيا\t50\nايران\t50\nكرمان\t-9\n";
        let proclitics = Proclitics::parse(table.as_bytes()).unwrap();
        Decoder::new(tags(), Calibration { temperature, score: rule }, proclitics).unwrap()
    }

    fn logits(words: &[(Tag, f32)]) -> Vec<f32> {
        words
            .iter()
            .flat_map(|(best, logit)| tags().into_iter().map(move |t| if t == *best { *logit } else { 0.0 }))
            .collect()
    }

    fn read(text: &str, language: &str, words: &[Span], rows: &[f32]) -> Result<Vec<Mention>, Error> {
        let language = LanguageTag::parse(language).unwrap();
        let reading = Reading { text, language: &language, words, sentence_ends: &[], rows };
        decoder(ScoreRule::Mean, 1.0).mentions(&reading)
    }

    /// `before` marks what the model says, `after` what is to come of it: `[PER Ali]`.
    #[track_caller]
    fn check_mentions(language: &str, before: &str, after: &str) {
        let (mut text, mut marked, mut rest) = (String::new(), Vec::new(), before);
        while let Some(at) = rest.find('[') {
            let end = at + rest[at..].find(']').unwrap();
            let (kind, surface) = rest[at + 1..end].split_once(' ').unwrap();
            text.push_str(&rest[..at]);
            marked.push((
                text.len(),
                text.len() + surface.len(),
                KINDS.iter().find(|(name, _)| *name == kind).unwrap().1,
            ));
            text.push_str(surface);
            rest = &rest[end + 1..];
        }
        text.push_str(rest);
        let words = words(&text);
        let tag = |word: &Span| match marked.iter().find(|(begin, end, _)| (*begin..*end).contains(&word.begin())) {
            Some((begin, _, kind)) if *begin == word.begin() => Tag::Begin(*kind),
            Some((_, _, kind)) => Tag::Inside(*kind),
            None => Tag::Outside,
        };
        let rows = logits(&words.iter().map(|word| (tag(word), 9.0)).collect::<Vec<_>>());
        let mut shown = text.clone();
        for mention in read(&text, language, &words, &rows).unwrap().iter().rev() {
            let name = KINDS.iter().find(|(_, kind)| *kind == mention.kind).unwrap().0;
            let surface = mention.span.of(&text).unwrap();
            shown.replace_range(mention.span.begin()..mention.span.end(), &format!("[{name} {surface}]"));
        }
        assert_eq!(shown, after);
    }

    #[test]
    fn a_scheme_that_does_not_mark_first_words_spells_mentions_too() {
        let text = "زار محمد السوداني أربيل";
        let inside = Tag::Inside;
        let tags = vec![Tag::Outside, inside(EntityType::Person), inside(EntityType::Location)];
        let rows: Vec<f32> = [[9., 0., 0.], [0., 9., 0.], [0., 9., 0.], [0., 0., 9.]].concat();
        let decoder = Decoder::new(tags, Calibration::default(), Proclitics::default()).unwrap();
        let language = LanguageTag::UNDETERMINED;
        let reading = Reading { text, language: &language, words: &words(text), sentence_ends: &[], rows: &rows };
        let mentions = decoder.mentions(&reading).unwrap();
        let found: Vec<_> = mentions.iter().map(|found| (found.kind, found.span.of(text).unwrap())).collect();
        assert_eq!(found, [(EntityType::Person, "محمد السوداني"), (EntityType::Location, "أربيل")]);
    }

    #[test]
    fn tags_spell_mentions() {
        for same in [
            "",
            "لا أسماء هنا 😀.",
            "زار [PER محمد شياع السوداني] مدينة [LOC أربيل] 😀 أمس",
            "[LOC تهران] و [LOC باکو]",
            "[PER Ayşe Yılmaz] [LOC Türkiye]'nin [ORG Dışişleri Bakanlığı]'nda",
            "[ORG צה\"ל] נכנס [LOC לעזה]",
        ] {
            check_mentions("und", same, same);
        }
    }

    #[test]
    fn punctuation_at_the_ends_stays_outside() {
        check_mentions("ar", "قالت [ORG «رويترز»،] إن", "قالت «[ORG رويترز]»، إن");
        check_mentions("ar", "[LOC (بغداد)]", "([LOC بغداد])");
        check_mentions("ar", "[ORG \"كتائب القسام\".] ثم", "\"[ORG كتائب القسام]\". ثم");
        check_mentions("tr", "[LOC Türkiye'] [LOC ...]", "[LOC Türkiye]' ...");
        check_mentions("fa", "[LOC کرمان)] و [PER (علی]", "[LOC کرمان]) و ([PER علی]");
        check_mentions("en", "[LOC 🇮🇶 Iraq 🇮🇶]", "🇮🇶 [LOC Iraq] 🇮🇶");
    }

    #[test]
    fn punctuation_that_is_part_of_a_name_stays_inside() {
        check_mentions("ar", "[ORG جامعة (بيروت)]", "[ORG جامعة (بيروت)]");
        check_mentions("ar", "[ORG «القوات» اللبنانية]", "[ORG «القوات» اللبنانية]");
        check_mentions("ar", "[ORG حزب \"القوات\"]،", "[ORG حزب \"القوات\"]،");
        check_mentions("he", "[ORG \"צה\"ל\"] [ORG חמ״ל״]", "\"[ORG צה\"ל]\" [ORG חמ״ל]״");
        check_mentions("en", "the [LOC U.S.] and [LOC Iraq.]", "the [LOC U.S.] and [LOC Iraq].");
        check_mentions("he", "[PER ג'ורג'] ו[PER 'יצחק']", "[PER ג'ורג'] ו'[PER יצחק]'");
    }

    #[test]
    fn arabic_proclitics_stay_outside() {
        check_mentions("ar", "بين سوريا [LOC وتركيا]", "بين سوريا و[LOC تركيا]");
        check_mentions("ar", "هدية [LOC لإيران].", "هدية ل[LOC إيران].");
        check_mentions("ar", "[ORG (وتركيا برس)]", "(و[ORG تركيا برس])");
        check_mentions("fa", "[LOC وتركيا]", "[LOC وتركيا]");
        check_mentions("und", "زار الوزير سوريا [LOC وتركيا]", "زار الوزير سوريا و[LOC تركيا]");
        check_mentions("und", "وزیر به سوریه [LOC وتركيا]", "وزیر به سوریه [LOC وتركيا]");
    }

    #[test]
    fn an_inside_cannot_follow_another_type() {
        let text = "a b c";
        let rows = logits(&[
            (Tag::Begin(EntityType::Person), 5.0),
            (Tag::Inside(EntityType::Location), 2.0),
            (Tag::Outside, 5.0),
        ]);
        let mentions = read(text, "und", &words(text), &rows).unwrap();
        assert!(mentions.iter().all(|mention| mention.kind == EntityType::Person), "{mentions:?}");
        let rows = logits(&[
            (Tag::Inside(EntityType::Person), 5.0),
            (Tag::Inside(EntityType::Person), 5.0),
            (Tag::Outside, 5.0),
        ]);
        let mentions = read(text, "und", &words(text), &rows).unwrap();
        assert_eq!(mentions.iter().map(|m| m.span.of(text).unwrap()).collect::<Vec<_>>(), ["a b"]);
    }

    #[test]
    fn no_mention_crosses_the_end_of_a_sentence() {
        let text = "a\nb";
        let person = EntityType::Person;
        let rows = logits(&[(Tag::Begin(person), 9.0), (Tag::Inside(person), 9.0)]);
        let language = LanguageTag::UNDETERMINED;
        let reading = Reading { text, language: &language, words: &words(text), sentence_ends: &[1, 2], rows: &rows };
        let mentions = decoder(ScoreRule::Mean, 1.0).mentions(&reading).unwrap();
        assert_eq!(mentions.iter().map(|m| m.span.of(text).unwrap()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn scores_follow_their_rule_and_temperature() {
        let text = "Umm Qasr";
        let (begin, inside) = (Tag::Begin(EntityType::Location), Tag::Inside(EntityType::Location));
        // Softmax of one logit x among six zeros: .5 at ln 6, .8 at ln 24.
        let rows = logits(&[(begin, 24f32.ln()), (inside, 6f32.ln())]);
        for (rule, expected) in [
            (ScoreRule::Mean, 0.65),
            (ScoreRule::Product, 0.4),
            (ScoreRule::Geometric, 0.4f32.sqrt()),
            (ScoreRule::Min, 0.5),
            (ScoreRule::First, 0.8),
        ] {
            for temperature in [1.0, 2.0] {
                let rows: Vec<_> = rows.iter().map(|logit| logit * temperature).collect();
                let language = LanguageTag::UNDETERMINED;
                let reading =
                    Reading { text, language: &language, words: &words(text), sentence_ends: &[2], rows: &rows };
                let mentions = decoder(rule, temperature).mentions(&reading).unwrap();
                assert!((mentions[0].score - expected).abs() < 1e-5, "{rule:?}: {mentions:?}");
            }
        }
    }

    #[test]
    fn wrong_shapes_and_numbers_are_inference_errors() {
        let words = words("a b");
        for rows in [vec![], vec![0.0; 13], vec![f32::NAN; 14], vec![f32::INFINITY; 14], vec![f32::NEG_INFINITY; 14]] {
            assert!(matches!(read("a b", "und", &words, &rows), Err(Error::Inference(_))));
        }
        assert!(matches!(read("a", "und", &words, &[0.0; 14]), Err(Error::Inference(_))));
    }

    #[test]
    fn tags_and_temperatures_that_cannot_be_used_are_refused() {
        for (tags, temperature) in [
            (vec![], 1.0),
            (vec![Tag::Begin(EntityType::Person)], 1.0),
            (vec![Tag::Outside], 0.0),
            (vec![Tag::Outside], f32::NAN),
        ] {
            let calibration = Calibration { temperature, ..Calibration::default() };
            assert!(matches!(Decoder::new(tags, calibration, Proclitics::default()), Err(Error::ModelInvalid { .. })));
        }
    }

    proptest! {
        #[test]
        fn mentions_of_any_logits_are_ordered_and_scored(
            text in "[\\PC ا-ي()\"'.]{0,40}",
            seeds in prop::collection::vec(prop_oneof![-9.0f32..9.0, Just(f32::MAX), Just(f32::MIN)], 7 * 40),
        ) {
            let words = words(&text);
            let rows = &seeds[..words.len() * 7];
            let mentions = read(&text, "ar", &words, rows).unwrap();
            prop_assert!(mentions.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.begin()));
            for mention in mentions {
                prop_assert!(mention.span.of(&text).is_some_and(|surface| surface.chars().any(char::is_alphanumeric)));
                prop_assert!((0.0..=1.0).contains(&mention.score), "{:?}", mention);
            }
        }
    }
}
