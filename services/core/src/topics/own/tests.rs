use proptest::prelude::*;

use super::*;
use crate::topics::{Joined, PASSAGE_CHARS_MAX};

fn term(text: &str) -> OwnTerm {
    OwnTerm { text: text.into(), ..OwnTerm::default() }
}

fn against(text: &str) -> OwnTerm {
    OwnTerm { negated: true, ..term(text) }
}

fn within(language: &str, text: &str) -> OwnTerm {
    OwnTerm { language: language.into(), ..term(text) }
}

fn weighing(weight: f32, text: &str) -> OwnTerm {
    OwnTerm { weight: Some(weight), ..term(text) }
}

fn topic(id: &str, terms: &[OwnTerm]) -> OwnTopic {
    OwnTopic { id: id.into(), threshold: None, terms: terms.to_vec() }
}

fn compiled(terms: &[OwnTerm]) -> OwnTopics {
    OwnTopics::compile(&[topic("own", terms)], &Bounds::REQUEST, &[]).unwrap()
}

fn judged(terms: &[OwnTerm], text: &str) -> Topic {
    compiled(terms).classify(text, &Query::default()).unwrap().topics.remove(0)
}

/// Marks what speaks for the topic of `term` in `text` by brackets, and compares.
fn check(term: OwnTerm, marked: &str) {
    let text = marked.replace(['[', ']'], "");
    let mut spans: Vec<_> = judged(&[term], &text).evidence.into_iter().map(|evidence| evidence.span).collect();
    spans.sort();
    let mut found = text.clone();
    for span in spans.iter().rev() {
        found.insert(span.end(), ']');
        found.insert(span.begin(), '[');
    }
    assert_eq!(found, marked);
}

#[test]
fn arabic_terms_are_found_with_proclitics_and_endings() {
    for text in [
        "أزمة [هجرة]",
        "أزمة ال[هجرة] وال[هجرة]",
        "بال[هجرة] ول[هجرة] فوبال",
        "استعدوا لل[هجرة]",
        "🌊 وَ[هِجْرَتُهُم] 🌊",
        "[هجرات] القبائل و[هجرتها]",
        "المهاجر",
    ] {
        check(within("ar", "هجرة"), text);
    }
    for text in ["عودة ال[لاجئين]", "عودة ل[لاجئين]", "مخيمات [لاجئي] الحرب", "و[لاجئ]"]
    {
        check(within("ar", "لاجئ"), text);
    }
    check(within("ar", "الهجرة"), "وزارة [الهجرة] تستعد ل[لهجرة] و[الهجرة] لا هجرة");
    check(within("ar", "اللاجئ"), "حق [اللاجئ] و[اللاجئين] ل[لاجئين]");
    check(within("ar", "مال"), "[مال] في مالطا و[مالها]");
}

#[test]
fn arabic_and_hebrew_phrases_are_found_with_their_articles() {
    check(within("ar", "هجرة غير شرعية"), "ال[هجرة الغير الشرعية] و[هجرة غير شرعية]");
    check(within("ar", "مهاجر سري"), "ال[مهاجر السري] والمهاجر قال");
    check(within("he", "מחנה פליט"), "ב[מחנה הפליטים], וה[מחנה פליט]");
    check(within("he", "הגירה"), "מדיניות ה[הגירה] ו[הגירת] עובדים");
}

#[test]
fn persian_kurdish_and_urdu_terms_are_found_with_endings() {
    check(within("fa", "مهاجر"), "[مهاجران] و [مهاجر]\u{200c}ها و [مهاجرهای] تازه، مهاجرنشین");
    check(within("fa", "پناهنده"), "[پناهندگان] و [پناهنده]");
    check(within("fa", "پناه\u{200c}جو"), "[پناه\u{200c}جو] و [پناهجویان] و [پناه جویان]");
    check(within("fa", "سب"), "کاسب و [سب]");
    check(within("ckb", "پەنابەر"), "[پەنابەرەکان] و [پەنابەرانی] کورد");
    check(within("ur", "مہاجر"), "[مہاجروں] اور [مہاجرین]");
    check(within("kmr", "penaber"), "[Penaberên] Sûriyeyê û [penaberan]");
}

#[test]
fn turkish_endings_follow_each_other() {
    check(within("tr", "göçmen"), "[Göçmenlerimizden] biri, [GÖÇMENİ], göçmenperest");
    check(within("tr", "gaz"), "[gaz] gazete");
    check(within("tr", "sığınak"), "[sığınağı] [Sığınaklar]");
    check(within("tr", "Türkiye"), "[Türkiye]'nin");
}

#[test]
fn english_terms_are_found_in_the_plural_only() {
    check(within("en", "oil price"), "[Oil prices], an [OIL PRICE]; soil price, oil-price, priced");
    check(within("en", "port"), "[ports] portfolio airport");
    check(term("«refugee»"), "[refugees] (refugee\u{301})");
}

#[test]
fn evidence_is_the_term_as_it_stands_in_the_text() {
    let text = "🚢🚢 وبالـمُـهاجرين🚢";
    let own = judged(&[within("ar", "مهاجر")], text);
    assert_eq!(own.evidence.len(), 1);
    assert_eq!(own.evidence[0].span.of(text), Some("مُـهاجرين"));
    assert_eq!(own.evidence[0].weight, WEIGHT_DEFAULT);
}

#[test]
fn scores_follow_the_weights_of_distinct_terms() {
    let terms = [term("migrant"), weighing(2.0, "asylum"), against("bird")];
    let score = |text| judged(&terms, text).score;
    assert_eq!(score("migrant"), 0.5);
    assert_eq!(score("migrant migrants MIGRANT"), 0.5);
    assert_eq!(score("asylum"), 0.75);
    assert_eq!(score("asylum, migrants"), 0.875);
    assert_eq!(score("asylum, migrants, birds"), 0.75);
    assert_eq!(score("migrant birds"), 0.0);
    assert_eq!(score("birds"), 0.0);
    assert_eq!(score("nothing"), 0.0);
    assert!(judged(&terms, "migrant birds").evidence.is_empty());
    assert!(judged(&terms, "migrant").present && !judged(&terms, "migrant bird").present);
    // Ten terms of a tenth are one, whatever a tenth is in binary.
    let tenths: Vec<OwnTerm> = (0..10).map(|n| weighing(0.1, &format!("t{n}"))).collect();
    assert!(judged(&tenths, "t0 t1 t2 t3 t4 t5 t6 t7 t8 t9").present);
}

#[test]
fn spellings_and_languages_of_one_term_count_once() {
    let terms =
        [within("fa", "نفت"), within("ckb", "نفت"), within("ar", "نَفت"), OwnTerm { weight: Some(2.0), ..term("نفت") }];
    assert_eq!(judged(&terms, "نفت").score, 0.75);
    assert_eq!(judged(&terms[..3], "نفت").score, 0.5);
}

#[test]
fn terms_of_a_language_count_in_its_texts_only() {
    let own = compiled(&[within("tr", "enerji"), within("ku", "wize"), within("ar", "طاقة"), within("mul", "gas")]);
    let score = |language: &str, text| {
        let query = Query { language: LanguageTag::parse(language), ..Query::default() };
        own.classify(text, &query).unwrap().topics[0].score
    };
    for (language, text, is_found) in [
        ("tr", "enerji", true),
        ("tr-TR", "enerji", true),
        ("en", "enerji", false),
        ("und", "enerji", true),
        ("", "enerji", true),
        ("kmr", "wize", true),
        ("ku", "wize", true),
        ("tr", "wize", false),
        ("arb", "طاقة", true),
        ("ar-EG", "طاقة", true),
        ("fa", "طاقة", false),
        ("fa", "gas", true),
    ] {
        assert_eq!(score(language, text) > 0.0, is_found, "{language} {text}");
    }
}

#[test]
fn the_best_passage_decides() {
    let filler = "They talked for a long time about many other things of no interest. ".repeat(20);
    let text = format!("{filler}\n\nMigrants sought asylum.\n\n{filler}\n\nA migrant.");
    assert!(text.len() > 2 * PASSAGE_CHARS_MAX);
    let own = compiled(&[term("migrant"), term("asylum")]);
    let verdict = own.classify(&text, &Query { passages: true, ..Query::default() }).unwrap();
    assert_eq!(verdict.topics[0].score, 0.75);
    let surfaces: Vec<_> = verdict.topics[0].evidence.iter().map(|evidence| evidence.span.of(&text).unwrap()).collect();
    assert_eq!(surfaces, ["Migrants", "asylum"]);
    let scores: Vec<f32> = verdict.passages.iter().map(|passage| passage.topics[0].score).collect();
    assert_eq!(scores.iter().copied().fold(0.0, f32::max), 0.75);
    assert!(scores.contains(&0.0));
}

#[test]
fn evidence_is_heaviest_first_bounded_and_disjoint() {
    let own = compiled(&[term("water"), weighing(3.0, "water crisis"), term("crisis talks"), term("dam")]);
    let text = "dam, water crisis talks, water, dam";
    for most in [0, 1, 4, 100] {
        let query = Query { evidence_max: most, ..Query::default() };
        let evidence = own.classify(text, &query).unwrap().topics.remove(0).evidence;
        let surfaces: Vec<_> = evidence.iter().map(|evidence| evidence.span.of(text).unwrap()).collect();
        assert_eq!(surfaces, ["water crisis", "water", "dam", "dam"][..most.min(4)]);
    }
}

#[test]
fn without_its_evidence_a_text_scores_lower() {
    let text = "وبالمهاجرين واللاجئين إلى المخيم";
    let terms = [within("ar", "مهاجر"), within("ar", "لاجئ")];
    let own = judged(&terms, text);
    let rest = own.evidence.iter().fold(text.to_owned(), |rest, e| rest.replace(e.span.of(text).unwrap(), ""));
    assert!(judged(&terms, &rest).score < own.score);
}

#[test]
fn definitions_that_cannot_be_used_say_which_and_why() {
    let refused = |topics: &[OwnTopic]| {
        let taken = [TopicInfo { id: "water".into(), threshold: 0.5 }];
        match OwnTopics::compile(topics, &Bounds::REQUEST, &taken).unwrap_err() {
            Error::OwnTopicInvalid { entry, cause } => format!("{entry}: {cause}"),
            other => panic!("{other}"),
        }
    };
    let fine = || topic("fine", &[term("a")]);
    let with = |term: OwnTerm| [fine(), topic("own", &[term.clone(), term])];
    let many = |count: usize| -> Vec<OwnTopic> { (0..count).map(|n| topic(&format!("t{n}"), &[term("a")])).collect() };
    for (topics, expected) in [
        (&many(17)[..], "t16: there are 17 topics; the limit is 16"),
        (&[fine(), topic("Own", &[])], "number 2: the id is \"Own\"; an id is 1 to 64"),
        (&[topic("", &[])], "number 1: the id is \"\""),
        (&[topic(&"a".repeat(65), &[])], "number 1: the id is \"aaaa"),
        (&[topic("water", &[])], "water: the id is one of the service's own topics"),
        (&[fine(), fine()], "fine: the id is that of an earlier own topic"),
        (&[topic("own", &[])], "own: it has no terms"),
        (
            &[fine(), topic("own", &vec![term("a"); 1000])],
            "own: with it there are 1001 terms together; the limit is 1000",
        ),
        (&with(term("")), "own: term 1: the text is empty"),
        (&with(term(&"ab".repeat(101))), "own: term 1: the text is 202 bytes; the limit is 200"),
        (&with(term("\u{64b} !")), "own: term 1: the text has no letter"),
        (&with(weighing(0.0, "a")), "own: term 1: the weight is 0; it must be over 0 and at most 10"),
        (&with(weighing(f32::NAN, "a")), "own: term 1: the weight is NaN"),
        (&with(weighing(11.0, "a")), "own: term 1: the weight is 11"),
        (&with(within("xx", "a")), "own: term 1: the language is \"xx\""),
        (&with(within("und", "a")), "own: term 1: the language is \"und\""),
        (&[OwnTopic { threshold: Some(f32::NAN), ..fine() }], "fine: the threshold is NaN; it must lie in 0..=1"),
        (&[OwnTopic { threshold: Some(1.5), ..fine() }], "fine: the threshold is 1.5"),
    ] {
        let message = refused(topics);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_file_says_the_line_of_what_is_wrong() {
    let refused = |file: &[u8]| {
        let taken = [TopicInfo { id: "water".into(), threshold: 0.5 }];
        OwnTopics::parse(file, &taken).unwrap_err().to_string()
    };
    let head = "[[topics]]\nid = \"own\"\n";
    for (file, expected) in [
        ("", "own topic file is refused: it has no [[topics]]"),
        ("\n[[topics]]\nid = own\n", "own topic file is refused: line 3: "),
        ("[[topic]]\nid = \"own\"\n", "own topic file is refused: line 1: unknown field `topic`"),
        ("\n[[topics]]\nid = \"water\"\nterms.ar = [\"a\"]", "own topic on line 3 is refused: the id is one"),
        (&format!("{head}threshold = 2"), "own topic on line 3 is refused: the threshold is 2"),
        (&format!("{head}threshold = 0.5\n"), "own topic on line 2 is refused: it has no terms"),
        (&format!("{head}terms.ar = [\n  \"a\",\n  \"\",\n]"), "own topic on line 5 is refused: the text is empty"),
        (&format!("{head}terms.xx = [\"a\"]\n"), "own topic on line 3 is refused: the language is \"xx\""),
        (
            &format!("{head}\n[topics.terms]\nmul = [\"a\"]\nar = [\"a\",\n {{ text = \"b\", weight = nan }}]\n"),
            "own topic on line 7 is refused: the weight is NaN",
        ),
        (
            &format!("{head}terms.ar = [\n  \"a\",\n  7]"),
            "own topic file is refused: line 5: invalid type: integer `7`",
        ),
        (
            &format!("{head}terms.ar = [{{ text = \"a\", wieght = 1 }}]"),
            "own topic file is refused: line 3: unknown field",
        ),
    ] {
        let message = refused(file.as_bytes());
        assert!(message.starts_with(expected), "{message}\nfor\n{file}");
    }
    assert!(refused(b"\n# \xff").contains("line 2: it is not UTF-8"));
    assert!(refused(&vec![b' '; FILE_BYTES_MAX + 1]).contains("8388608 bytes"));
}

#[test]
fn a_file_defines_what_a_list_does() {
    let file = "[[topics]]\nid = \"migration\"\nthreshold = 0.75\n\n[topics.terms]\nar = [\"لاجئ\"]\n\
                mul = [{ text = \"bird\", negated = true }, { text = \"asylum\", weight = 2 }]\n";
    let own = OwnTopics::parse(file.as_bytes(), &[]).unwrap();
    assert_eq!(own.topics(), [TopicInfo { id: "migration".into(), threshold: 0.75 }]);
    let score = |text| own.classify(text, &Query::default()).unwrap().topics[0].score;
    assert_eq!((score("asylum"), score("asylum bird"), score("للاجئين")), (0.75, 0.5, 0.5));
}

#[test]
fn joined_classifiers_judge_as_one() {
    let first = compiled(&[term("oil")]);
    let second = OwnTopics::compile(&[topic("second", &[term("gas"), term("oil")])], &Bounds::REQUEST, &[]).unwrap();
    let both = Joined::new([&first as &dyn Classifier, &second]);
    let query = Query { passages: true, ..Query::default() };
    let ids = |topics: &[Topic]| topics.iter().map(|topic| topic.id.to_string()).collect::<Vec<_>>();
    let verdict = both.classify("oil, gas", &query).unwrap();
    assert_eq!(ids(&verdict.topics), ["second", "own"]);
    assert_eq!(ids(&verdict.passages[0].topics), ["second", "own"]);
    let only = Query { topics: vec!["own".into()], thresholds: [("second".into(), 0.9)].into(), ..query.clone() };
    assert_eq!(ids(&both.classify("oil", &only).unwrap().topics), ["own"]);
    let unknown = Query { topics: vec!["own".into(), "third".into()], ..query };
    assert_eq!(both.classify("oil", &unknown).unwrap_err().reason(), "UNKNOWN_TOPIC");
}

fn any_words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[والبفك]{1,3}(هجرة|مياه|نفط)?[هاين]{0,3}",
        "[a-cA-C]{1,4}(s|lar|ing)?",
        "[ \u{200c}\u{64b}\u{640}.,\"'🚢\n]{1,3}",
        "[ושכבה]{0,2}(הגירה|פליט)(ים)?",
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_terms_and_text_have_a_verdict_with_spans_inside(
        text in any_words(),
        texts in proptest::collection::vec(any_words(), 1..8),
        language in prop_oneof![Just(""), Just("ar"), Just("fa"), Just("tr"), Just("he"), Just("ckb")],
    ) {
        let terms: Vec<OwnTerm> = texts.iter().enumerate().map(|(n, text)| OwnTerm {
            negated: n % 4 == 3, weight: Some(1.0 + n as f32), ..within(language, text)
        }).collect();
        // Refused is an answer, too: a term may be too long, or have no letter.
        let Ok(own) = OwnTopics::compile(&[topic("own", &terms)], &Bounds::REQUEST, &[]) else { return Ok(()) };
        let whole = format!("{text} {}", texts.concat());
        let query = Query { passages: true, evidence_max: 100, ..Query::default() };
        let verdict = own.classify(&whole, &query).unwrap();
        prop_assert_eq!(&own.classify(&whole, &query).unwrap(), &verdict);
        for evidence in &verdict.topics[0].evidence {
            prop_assert!(evidence.span.of(&whole).is_some_and(|surface| !surface.is_empty()));
            prop_assert!(evidence.weight > 0.0);
        }
        prop_assert!((0.0..=1.0).contains(&verdict.topics[0].score));
    }

    #[test]
    fn a_term_that_is_the_text_is_found(text in "[\\p{Arabic}\\p{Latin}\\p{Hebrew}0-9 ]{1,40}") {
        let Ok(own) = OwnTopics::compile(&[topic("own", &[term(&text)])], &Bounds::REQUEST, &[]) else { return Ok(()) };
        prop_assert!(own.classify(&text, &Query::default()).unwrap().topics[0].score >= 0.5);
    }
}
