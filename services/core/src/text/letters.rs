//! Which characters count as which.

/// The Arabic letter that only stretches a word.
pub(super) const TATWEEL: char = '\u{640}';

/// The letter that a variant is written as: one alef, one yeh, one kaf.
pub(super) fn unified(c: char) -> char {
    match c {
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}'..='\u{673}' => '\u{627}',
        '\u{649}' | '\u{6CC}' => '\u{64A}',
        '\u{6A9}' | '\u{6AA}' => '\u{643}',
        _ => c,
    }
}

/// What a normalised, lower-case character counts as in a view: one heh, one set of digits.
pub(super) fn matched(c: char) -> char {
    match c {
        '\u{629}' | '\u{6BE}' | '\u{6C0}'..='\u{6C3}' | '\u{6D5}' => '\u{647}',
        '\u{660}'..='\u{669}' => digit(c, '\u{660}'),
        '\u{6F0}'..='\u{6F9}' => digit(c, '\u{6F0}'),
        _ => c,
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

/// Whether `c` is an Arabic or Hebrew vowel point, cantillation or Quranic mark.
pub(super) fn is_pointing(c: char) -> bool {
    matches!(c,
        '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E8}'
        | '\u{6EA}'..='\u{6ED}' | '\u{898}'..='\u{89F}' | '\u{8CA}'..='\u{8E1}' | '\u{8E3}'..='\u{8FF}')
}

/// Whether `c` is a format character (Unicode general category Cf) or a variation selector.
pub(super) fn is_format(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}' | '\u{891}' | '\u{8E2}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0001}' | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether `c` goes before anything is composed. Hamza and madda (U+0653 to U+0655) stay until then: with their letter
/// they are another letter. The presentation forms of lone vowel points would decompose into blanks.
pub(super) fn is_vanishing(c: char) -> bool {
    (is_pointing(c) && !matches!(c, '\u{653}'..='\u{655}'))
        || is_format(c)
        || c == TATWEEL
        || matches!(c, '\u{FE70}'..='\u{FE7F}')
}

/// Whether `c` has no width but ends a word in a view: the zero-width non-joiner and the zero-width space.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200C}')
}

/// Whether `c` is certainly no combining mark: the letters of the commonest scripts, without asking the tables.
pub(crate) fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\u{2FF}' | '\u{370}'..='\u{482}' | '\u{620}'..='\u{64A}' | '\u{671}'..='\u{6D5}')
}

/// Whether `c` is a quote that only says that the Hebrew letters around it are an abbreviation.
pub(super) fn joined_hebrew(before: Option<char>, c: char, after: Option<char>) -> bool {
    matches!(c, '"' | '\'' | '\u{5F3}' | '\u{5F4}' | '”' | '’')
        && [before, after].iter().all(|side| matches!(side, Some('\u{5D0}'..='\u{5EA}')))
}
