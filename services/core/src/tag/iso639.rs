//! ISO 639-1 and ISO 639-3 codes of the same language.

/// Every two-letter code with its three-letter one, sorted by the former. Deprecated codes are left out but for `sh`, which
/// is in use.
#[rustfmt::skip]
const CODES: [(&str, &str); 184] = [
    ("aa", "aar"), ("ab", "abk"), ("ae", "ave"), ("af", "afr"), ("ak", "aka"), ("am", "amh"), ("an", "arg"),
    ("ar", "ara"), ("as", "asm"), ("av", "ava"), ("ay", "aym"), ("az", "aze"), ("ba", "bak"), ("be", "bel"),
    ("bg", "bul"), ("bi", "bis"), ("bm", "bam"), ("bn", "ben"), ("bo", "bod"), ("br", "bre"), ("bs", "bos"),
    ("ca", "cat"), ("ce", "che"), ("ch", "cha"), ("co", "cos"), ("cr", "cre"), ("cs", "ces"), ("cu", "chu"),
    ("cv", "chv"), ("cy", "cym"), ("da", "dan"), ("de", "deu"), ("dv", "div"), ("dz", "dzo"), ("ee", "ewe"),
    ("el", "ell"), ("en", "eng"), ("eo", "epo"), ("es", "spa"), ("et", "est"), ("eu", "eus"), ("fa", "fas"),
    ("ff", "ful"), ("fi", "fin"), ("fj", "fij"), ("fo", "fao"), ("fr", "fra"), ("fy", "fry"), ("ga", "gle"),
    ("gd", "gla"), ("gl", "glg"), ("gn", "grn"), ("gu", "guj"), ("gv", "glv"), ("ha", "hau"), ("he", "heb"),
    ("hi", "hin"), ("ho", "hmo"), ("hr", "hrv"), ("ht", "hat"), ("hu", "hun"), ("hy", "hye"), ("hz", "her"),
    ("ia", "ina"), ("id", "ind"), ("ie", "ile"), ("ig", "ibo"), ("ii", "iii"), ("ik", "ipk"), ("io", "ido"),
    ("is", "isl"), ("it", "ita"), ("iu", "iku"), ("ja", "jpn"), ("jv", "jav"), ("ka", "kat"), ("kg", "kon"),
    ("ki", "kik"), ("kj", "kua"), ("kk", "kaz"), ("kl", "kal"), ("km", "khm"), ("kn", "kan"), ("ko", "kor"),
    ("kr", "kau"), ("ks", "kas"), ("ku", "kur"), ("kv", "kom"), ("kw", "cor"), ("ky", "kir"), ("la", "lat"),
    ("lb", "ltz"), ("lg", "lug"), ("li", "lim"), ("ln", "lin"), ("lo", "lao"), ("lt", "lit"), ("lu", "lub"),
    ("lv", "lav"), ("mg", "mlg"), ("mh", "mah"), ("mi", "mri"), ("mk", "mkd"), ("ml", "mal"), ("mn", "mon"),
    ("mr", "mar"), ("ms", "msa"), ("mt", "mlt"), ("my", "mya"), ("na", "nau"), ("nb", "nob"), ("nd", "nde"),
    ("ne", "nep"), ("ng", "ndo"), ("nl", "nld"), ("nn", "nno"), ("no", "nor"), ("nr", "nbl"), ("nv", "nav"),
    ("ny", "nya"), ("oc", "oci"), ("oj", "oji"), ("om", "orm"), ("or", "ori"), ("os", "oss"), ("pa", "pan"),
    ("pi", "pli"), ("pl", "pol"), ("ps", "pus"), ("pt", "por"), ("qu", "que"), ("rm", "roh"), ("rn", "run"),
    ("ro", "ron"), ("ru", "rus"), ("rw", "kin"), ("sa", "san"), ("sc", "srd"), ("sd", "snd"), ("se", "sme"),
    ("sg", "sag"), ("sh", "hbs"), ("si", "sin"), ("sk", "slk"), ("sl", "slv"), ("sm", "smo"), ("sn", "sna"),
    ("so", "som"), ("sq", "sqi"), ("sr", "srp"), ("ss", "ssw"), ("st", "sot"), ("su", "sun"), ("sv", "swe"),
    ("sw", "swa"), ("ta", "tam"), ("te", "tel"), ("tg", "tgk"), ("th", "tha"), ("ti", "tir"), ("tk", "tuk"),
    ("tl", "tgl"), ("tn", "tsn"), ("to", "ton"), ("tr", "tur"), ("ts", "tso"), ("tt", "tat"), ("tw", "twi"),
    ("ty", "tah"), ("ug", "uig"), ("uk", "ukr"), ("ur", "urd"), ("uz", "uzb"), ("ve", "ven"), ("vi", "vie"),
    ("vo", "vol"), ("wa", "wln"), ("wo", "wol"), ("xh", "xho"), ("yi", "yid"), ("yo", "yor"), ("za", "zha"),
    ("zh", "zho"), ("zu", "zul"),
];

/// Three-letter codes of the main members of macrolanguages, sorted, with the two-letter code of the whole, by which BCP-47
/// wants them written.
#[rustfmt::skip]
const MEMBERS: [(&str, &str); 18] = [
    ("als", "sq"), ("arb", "ar"), ("azj", "az"), ("cmn", "zh"), ("ekk", "et"), ("gaz", "om"), ("gug", "gn"),
    ("khk", "mn"), ("lvs", "lv"), ("npi", "ne"), ("ory", "or"), ("pbt", "ps"), ("pes", "fa"), ("plt", "mg"),
    ("swh", "sw"), ("uzn", "uz"), ("ydd", "yi"), ("zsm", "ms"),
];

/// The three-letter code of the language with the two-letter code `code`.
pub(super) fn three_letters(code: &str) -> Option<&'static str> {
    let at = CODES.binary_search_by_key(&code, |(two, _)| two).ok()?;
    Some(CODES[at].1)
}

/// The two-letter code of the language with the three-letter code `code`.
pub(super) fn two_letters(code: &str) -> Option<&'static str> {
    let member = MEMBERS.iter().find(|(member, _)| *member == code).map(|(_, two)| *two);
    member.or_else(|| CODES.iter().find(|(_, three)| *three == code).map(|(two, _)| *two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_there_and_back() {
        for (two, three) in CODES {
            assert_eq!((three_letters(two), two_letters(three)), (Some(three), Some(two)));
        }
        for (member, two) in MEMBERS {
            assert_eq!(two_letters(member), Some(two));
            assert!(three_letters(two).is_some());
        }
    }
}
