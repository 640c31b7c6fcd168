use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::model::Ngrams;

/// The shipped detector.
static DETECTOR: LazyLock<LinearDetector> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/language/language.bin");
    LinearDetector::new(Ngrams::parse(&std::fs::read(path).unwrap()).unwrap())
});

const ARABIC: &str = "أعلنت وزارة الموارد المائية أن منسوب نهر دجلة ارتفع بعد الأمطار الأخيرة في شمال البلاد.";
const PERSIAN: &str = "وزارت نیرو اعلام کرد که سطح آب دریاچه پس از بارندگی‌های اخیر در شمال کشور بالا آمده است.";
const URDU: &str = "محکمہ آبپاشی نے بتایا کہ حالیہ بارشوں کے بعد دریا میں پانی کی سطح بلند ہو گئی ہے۔";
const TURKISH: &str =
    "Bakanlık, son yağışların ardından barajdaki su seviyesinin yükseldiğini ve kapakların açılacağını duyurdu.";
const ENGLISH: &str =
    "The ministry said that the river had risen after the recent rains and that the gates would be opened.";
const SORANI: &str = "وەزارەتی سەرچاوە ئاوییەکان ڕایگەیاند کە ئاستی ئاوی ڕووبارەکە بەرز بووەتەوە.";
const KURMANJI: &str =
    "Wezareta Çavkaniyên Avê ragihand ku asta ava çem piştî baranên dawî li bakurê welêt bilind bûye.";
const PASHTO: &str = "د اوبو وزارت اعلان وکړ چې د وروستیو بارانونو وروسته د سیند د اوبو کچه لوړه شوې ده.";
const SINDHI: &str = "وزارت چيو ته تازين برساتن کان پوءِ درياهه ۾ پاڻي جي سطح وڌي وئي آهي.";
const AZERBAIJANI: &str =
    "Nazirlik bildirdi ki, son yağışlardan sonra çayda suyun səviyyəsi qalxıb və bəndin qapıları açılacaq.";
const HEBREW: &str = "המשרד הודיע כי מפלס המים באגם עלה לאחר הגשמים האחרונים בצפון הארץ.";

fn detect(text: &str) -> Detection {
    DETECTOR.detect(text, &Query::default())
}

#[track_caller]
fn check_language(text: &str, tag: &str, script: &str) {
    let detection = detect(text);
    assert_eq!((detection.tag.to_string().as_str(), detection.script.code()), (tag, script), "{detection:?}");
}

#[track_caller]
fn check_segments(text: &str, expected: &[(&str, &str)]) {
    let query = Query { segments: Segments::List, ..Query::default() };
    let segments = DETECTOR.detect(text, &query).segments;
    let segments: Vec<_> = segments.iter().map(|s| (s.span.of(text).unwrap(), s.tag.to_string())).collect();
    assert_eq!(segments, expected.iter().map(|(surface, tag)| (*surface, tag.to_string())).collect::<Vec<_>>());
}

#[test]
fn sentences_are_given_their_language_and_script() {
    for (text, tag, script) in [
        (ARABIC, "ar", "Arab"),
        (PERSIAN, "fa", "Arab"),
        (URDU, "ur", "Arab"),
        (TURKISH, "tr", "Latn"),
        (ENGLISH, "en", "Latn"),
        (HEBREW, "he", "Hebr"),
        (SORANI, "ckb", "Arab"),
        (KURMANJI, "kmr", "Latn"),
        (PASHTO, "ps", "Arab"),
        (SINDHI, "sd", "Arab"),
        (AZERBAIJANI, "az", "Latn"),
        ("سازمان آب دئدی کی، سون یاغیشلاردان سونرا چایین سویو قالخیب.", "az-Arab", "Arab"),
        ("وەزارەتا چاڤکانیێن ئاڤێ راگەهاند کو ئاستا ئاڤا چەمی پشتی بارانێن داوی بلند بوویە.", "kmr-Arab", "Arab"),
        ("水利省は、最近の雨の後に川の水位が上がったと発表した。", "ja", "Hani"),
        ("Министерство сообщило, что уровень воды в реке поднялся после последних дождей на севере.", "ru", "Cyrl"),
        ("水利部表示，近期降雨之后河水上涨，水库将开闸放水。", "zh", "Hani"),
        ("Η στάθμη του ποταμού ανέβηκε μετά τις βροχές.", "el", "Grek"),
    ] {
        check_language(text, tag, script);
        let detection = detect(text);
        assert!(detection.reliable && detection.score > 0.9, "{detection:?}");
    }
}

#[test]
fn chinese_is_told_by_its_characters() {
    check_language("水利部表示，近期降雨之後河水上漲，水庫將開閘放水。", "zh-Hant", "Hani");
}

#[test]
fn text_without_letters_is_undetermined() {
    for text in ["", " \n", "123 ٤٥٦", "😀 🇮🇶 !؟", "\0\u{200f}\u{301}", "https://example.com @user #نهر"]
    {
        let detection = detect(text);
        assert!(
            detection.tag.is_undetermined() && detection.score == 0.0 && !detection.reliable,
            "{text:?}: {detection:?}"
        );
        assert!(detection.alternatives.is_empty());
        assert_eq!(detection.tag.iso639_3(), "und");
    }
}

#[test]
fn a_script_without_a_known_language_is_undetermined() {
    check_language("ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ", "und", "Runr");
    check_language("ܡܠܟܘܬܐ ܕܫܡܝܐ ܘܐܪܥܐ", "syr", "Syrc");
}

#[test]
fn links_and_latin_names_do_not_outvote_the_text() {
    check_language(
        "ارتفع منسوب النهر https://news.example.com/the-river-has-risen-after-the-rains @the_ministry",
        "ar",
        "Arab",
    );
    check_language(&format!("{ARABIC} (Reuters, BBC, Associated Press)"), "ar", "Arab");
}

#[test]
fn a_single_word_is_not_reliable() {
    for text in ["نهر", "su", "Baghdad", "東京"] {
        assert!(!detect(text).reliable, "{text}");
    }
}

#[test]
fn names_of_another_language_do_not_flip_a_sentence() {
    check_language(
        "President Masoud Pezeshkian met Ayatollah Ali Khamenei in Mashhad before the talks in Sulaymaniyah.",
        "en",
        "Latn",
    );
    check_language(
        "Mohammed bin Salman reçoit Abdel Fattah al-Sissi à Djeddah pour parler de la mer Rouge.",
        "fr",
        "Latn",
    );
}

#[test]
fn dialects_are_details_of_their_language() {
    let detection = detect("احنا مش عايزين نروح هناك النهارده عشان الدنيا زحمة قوي والعربية بايظة خالص");
    assert_eq!((detection.tag.to_string().as_str(), detection.dialect.as_str()), ("ar", "arz"));
    assert_eq!(detect(ARABIC).dialect, "");
}

#[test]
fn the_answer_is_among_the_languages_asked_for() {
    let detector = &*DETECTOR;
    let tag =
        |text, languages: &[&str]| detector.detect(text, &Query::among(detector, languages).unwrap()).tag.to_string();
    assert_eq!(tag(PERSIAN, &["ar", "UR"]), "ur");
    assert_eq!(tag(PERSIAN, &["fa"]), "fa");
    assert_eq!(tag(PERSIAN, &["en", "tr"]), "und");
    assert_eq!(tag("日本", &["ja"]), "ja");
    assert_eq!(tag(PERSIAN, &[]), "fa");
}

#[test]
fn an_unknown_language_is_named() {
    let detector = &*DETECTOR;
    for unknown in ["xx", "ar-EG", "", "not a tag", "und"] {
        let error = Query::among(detector, &["ar", unknown]).unwrap_err();
        assert!(matches!(&error, Error::UnknownLanguage { tag, .. } if tag == unknown), "{error}");
    }
}

#[test]
fn alternatives_follow_the_answer_best_first() {
    let detection = DETECTOR.detect("su seviyesi", &Query { alternatives_max: 5, ..Query::default() });
    assert_eq!(detection.alternatives.len(), 5);
    let scores: Vec<_> = [detection.score].into_iter().chain(detection.alternatives.iter().map(|a| a.score)).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(DETECTOR.detect(ARABIC, &Query { alternatives_max: 0, ..Query::default() }).alternatives.is_empty());
}

#[test]
fn languages_are_sorted_tags() {
    let detector = &*DETECTOR;
    let languages = detector.languages();
    assert!(languages.len() >= 180, "{}", languages.len());
    assert!(languages.is_sorted_by(|a, b| a < b));
    assert!(languages.iter().all(|tag| tag.iso639_3() != "und"));
}

#[test]
fn segments_follow_the_languages_of_sentences_and_lines() {
    let text = format!("{ARABIC}\n{TURKISH} {TURKISH}\n\n{PERSIAN}");
    check_segments(
        &text,
        &[(&format!("{ARABIC}\n"), "ar"), (&format!("{TURKISH} {TURKISH}\n\n"), "tr"), (PERSIAN, "fa")],
    );
}

#[test]
fn a_sentence_that_goes_over_to_another_script_is_cut_there() {
    check_segments(
        "قال الوزير في بيان نشره أمس the river had risen after the recent rains in the north ولم يزد على ذلك شيئا",
        &[
            ("قال الوزير في بيان نشره أمس ", "ar"),
            ("the river had risen after the recent rains in the north ", "en"),
            ("ولم يزد على ذلك شيئا", "ar"),
        ],
    );
}

#[test]
fn names_lines_without_letters_and_short_lines_are_no_segments() {
    let text = format!("***\nReuters\n{ARABIC} (BBC News)\n---\n2024");
    check_segments(&text, &[(&text, "ar")]);
    check_segments("123", &[("123", "und")]);
    check_segments("", &[]);
    check_segments("Türkiye", &[("Türkiye", "tr")]);
}

#[test]
fn every_block_of_unicode_has_an_answer() {
    let characters: Vec<char> = (0..=0x10_FFFF).filter_map(char::from_u32).collect();
    for block in characters.chunks(256) {
        let text: String = block.iter().collect();
        let detection = detect(&text);
        assert!((0.0..=1.0).contains(&detection.score), "U+{:04X}: {detection:?}", u32::from(block[0]));
    }
}

#[test]
fn a_mebibyte_of_one_letter_is_one_segment() {
    for letter in ["ا", "a", "中", "\u{301}", "<"] {
        let text = letter.repeat((1 << 20) / letter.len());
        let query = Query { segments: Segments::List, ..Query::default() };
        let segments = DETECTOR.detect(&text, &query).segments;
        assert_eq!(segments.last().map(|segment| segment.span.end()), Some(text.len()));
        assert_eq!(segments.len(), 1, "{letter}");
    }
}

#[test]
fn what_is_written_in_no_known_language_is_doubted() {
    for text in [
        "salam khubi chetori man emrooz be daneshgah raftam",
        "mera naam ali hai aur main lahore mein rehta hun",
        "privet kak dela segodnya ya idu v magazin",
        "qwrt zxcv bnmp lkjh",
    ] {
        assert!(!detect(text).reliable, "{text}: {:?}", detect(text));
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer_and_segments_without_gaps(
        text in "([\\PC\0\n\u{200c}\u{301}]{0,30}|[ء-ي ]{0,40}|[a-zğş .]{0,60}|[一-三ぁ-ん。]{0,10}|\u{3c1}{0,9}| \n){0,6}",
    ) {
        let detector = &*DETECTOR;
        let query = Query { segments: Segments::List, ..Query::default() };
        let detection = detector.detect(&text, &query);
        prop_assert_eq!(&detector.detect(&text, &query), &detection);
        prop_assert!((0.0..=1.0).contains(&detection.score));
        prop_assert_eq!(detection.tag.is_undetermined(), detection.score == 0.0);
        let mut end = 0;
        for segment in &detection.segments {
            prop_assert_eq!(segment.span.begin(), end);
            prop_assert!(!segment.span.is_empty() && (0.0..=1.0).contains(&segment.score));
            end = segment.span.end();
        }
        prop_assert_eq!(end, text.len());
        prop_assert!(detection.segments.windows(2).all(|pair| pair[0].tag != pair[1].tag));
    }
}
