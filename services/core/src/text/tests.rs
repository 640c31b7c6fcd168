use proptest::prelude::*;

use super::*;

fn check(text: &str, view: &str) {
    assert_eq!(View::new(text).text(), view);
}

/// The part of `text` behind `needle` in its view.
fn behind<'t>(text: &'t str, needle: &str) -> &'t str {
    let view = View::new(text);
    let at = view.text().find(needle).unwrap();
    view.span(at..at + needle.len()).unwrap().of(text).unwrap()
}

#[test]
fn spellings_of_a_name_have_one_normalized_form() {
    for (a, b) in [
        ("الأُرْدُنّ", "الاردن"),
        ("بغـــداد", "بغداد"),
        ("علی\u{200c}رضا", "علیرضا"),
        ("آكـادير", "اکادير"),
        ("مُوسَىٰ", "موسی"),
        ("\u{202b}القدس\u{202c}", "القدس"),
        ("New\u{a0} \n York", "New York"),
        ("ﷲ", "الله"),
        ("ﻣﺼﺮ", "مصر"),
        ("ירוּשָׁלַיִם", "ירושלים"),
        ("Cafe\u{301}", "Café"),
        ("ی\u{654}", "ئ"),
    ] {
        assert_eq!(normalized(a), normalized(b), "{a} {b}");
    }
}

#[test]
fn normalized_keeps_case_and_trims() {
    assert_eq!(normalized("  Angela \t Merkel "), "Angela Merkel");
    assert_eq!(normalized("\u{200f} \u{64b}"), "");
    assert_eq!(normalized("İstanbul"), "İstanbul");
}

#[test]
fn the_view_folds_case_letters_and_digits() {
    check("Iğdır İSTANBUL ISPARTA i\u{307}l", "iğdir istanbul isparta il");
    check("STRAßE", "strasse");
    check("سنة ٢٠٢٤ و ۱۴۰۳", "سنه 2024 و 1403");
    check("ئاوەکە، ہے", "ئاوهكه، هے");
    check("میـان\u{200c}آب", "ميان اب");
    check("צה\"ל \"שלום\"", "צהל \"שלום\"");
    check(" a \r\n\t b ", "a b ");
}

#[test]
fn view_ranges_lead_back_to_the_exact_words() {
    assert_eq!(behind("في مَدِينَةِ المـوصـل، أمس", "الموصل"), "المـوصـل");
    assert_eq!(behind("في مَدِينَةِ الموصل", "مدينه"), "مَدِينَةِ");
    assert_eq!(behind("🌊 STRAßE 🌊", "strasse"), "STRAßE");
    assert_eq!(behind("قال ﷺ ثم", "صلي"), "ﷺ");
    assert_eq!(behind("دفاع צה״ל.", "צהל"), "צה״ל");
    assert_eq!(behind("آب\u{200c}های", "هاي"), "های");
}

#[test]
fn positions_outside_the_view_have_no_span() {
    let view = View::new("ماء");
    assert_eq!(view.span(0..0), None);
    assert_eq!(view.span(0..1), None);
    assert_eq!(view.span(0..100), None);
    assert_eq!(View::new("").span(0..1), None);
}

#[test]
fn ten_thousand_marks_on_one_letter_are_one_short_cluster() {
    let text = format!("a{}b", "\u{301}".repeat(10_000));
    let view = View::new(&text);
    assert!(view.text().len() < 30);
    let at = view.text().len() - 1;
    assert_eq!(view.span(at..at + 1).unwrap().of(&text), Some("b"));
    assert_eq!(view.span(0..view.text().len()).unwrap().of(&text), Some(text.as_str()));
    assert!(normalized(&text).starts_with('á'));
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[\u{620}-\u{6d5} ]{0,6}",
        "[\u{64b}-\u{65f}\u{300}-\u{310}\u{591}-\u{5c7}]{0,12}",
        "[iIİıßA-Z \u{307}]{0,6}",
        "[\u{200b}-\u{200f}\u{fe70}-\u{feff}\u{fdfa}]{0,4}",
        "[א-ת\"'״]{0,5}",
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn view_spans_are_ordered_and_fall_on_character_boundaries(text in any_text()) {
        let view = View::new(&text);
        let (mut begin, mut end) = (0, 0);
        for (at, c) in view.text().char_indices() {
            let span = view.span(at..at + c.len_utf8()).unwrap();
            prop_assert!(span.of(&text).is_some_and(|surface| !surface.is_empty()));
            prop_assert!(span.begin() >= begin && span.end() >= end);
            prop_assert!(span.begin() == begin || span.begin() >= end);
            (begin, end) = (span.begin(), span.end());
        }
        let whole = view.span(0..view.text().len());
        prop_assert_eq!(whole.is_none(), view.text().is_empty());
    }

    #[test]
    fn the_normalized_form_is_its_own_normalized_form(text in any_text()) {
        let once = normalized(&text);
        prop_assert_eq!(&normalized(&once), &once);
    }

    #[test]
    fn the_view_of_a_view_is_itself(text in "[\u{620}-\u{64a}a-zA-Z0-9 .]{0,40}") {
        let once = View::new(&text).text().to_owned();
        let twice = View::new(&once);
        prop_assert_eq!(twice.text(), &once);
    }
}
