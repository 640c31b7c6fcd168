//! Offsets as other languages count them.

use crate::Span;

/// What an offset counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Unicode code points, as Python strings count.
    CodePoint,
    /// Bytes of the UTF-8 text, as Rust and Go strings count.
    Utf8Byte,
    /// UTF-16 code units, as JavaScript, Java and C# strings count; a character above U+FFFF counts two.
    Utf16Unit,
}

// A shorter stride makes a look-up quicker and the table larger: at 64 bytes the table is a sixteenth of the text, and the
// rest of a look-up is a count over less than 64 bytes, which the compiler vectorises.
const STRIDE: usize = 64;

/// Translates between byte offsets of one text and offsets in another unit.
///
/// Built in one pass over the text; nothing is built for bytes or for a text that is all ASCII, where the units agree.
#[derive(Clone, Debug)]
pub struct Offsets<'a> {
    text: &'a str,
    unit: Unit,
    /// Units that begin before byte `i * STRIDE`; empty where units and bytes agree.
    marks: Vec<u32>,
}

impl<'a> Offsets<'a> {
    /// Reads `text` once.
    pub fn new(text: &'a str, unit: Unit) -> Offsets<'a> {
        let mut marks = Vec::new();
        if unit != Unit::Utf8Byte && !text.is_ascii() {
            marks.reserve_exact(text.len() / STRIDE + 1);
            let mut units = 0;
            for chunk in text.as_bytes().chunks(STRIDE) {
                marks.push(units);
                units += count(chunk, unit);
            }
            if text.len().is_multiple_of(STRIDE) {
                marks.push(units);
            }
        }
        Offsets { text, unit, marks }
    }

    /// Begin and end of `span` in the unit. Constant time. A span made for a longer text is cut at the end of this one.
    pub fn begin_end(&self, span: Span) -> (u32, u32) {
        (self.offset(span.begin()), self.offset(span.end()))
    }

    /// The byte at which the unit with number `offset` begins, the length of the text for the offset one past the last
    /// unit; `None` for an offset past that, or one that splits a character (the second half of a surrogate pair, a
    /// continuation byte). Time grows with the logarithm of the text's length.
    pub fn byte(&self, offset: usize) -> Option<usize> {
        if self.marks.is_empty() {
            return self.text.is_char_boundary(offset).then_some(offset);
        }
        let stride = self.marks.partition_point(|&mark| mark as usize <= offset).saturating_sub(1);
        // A stride may begin inside a character; that character was counted where it began.
        let mut at = stride * STRIDE;
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        let mut units = *self.marks.get(stride)? as usize;
        for character in self.text.get(at..)?.chars() {
            if units >= offset {
                break;
            }
            units += match self.unit {
                Unit::Utf16Unit => character.len_utf16(),
                Unit::CodePoint | Unit::Utf8Byte => 1,
            };
            at += character.len_utf8();
        }
        (units == offset).then_some(at)
    }

    fn offset(&self, byte: usize) -> u32 {
        let byte = byte.min(self.text.len());
        match self.marks.get(byte / STRIDE) {
            Some(mark) => mark + count(&self.text.as_bytes()[byte / STRIDE * STRIDE..byte], self.unit),
            None => saturating(byte),
        }
    }
}

/// Units that begin in `bytes`, which may start and end inside a character.
fn count(bytes: &[u8], unit: Unit) -> u32 {
    let characters = bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count();
    saturating(match unit {
        Unit::Utf8Byte => bytes.len(),
        Unit::CodePoint => characters,
        // The characters that UTF-16 writes with two units are those that UTF-8 writes with four bytes.
        Unit::Utf16Unit => characters + bytes.iter().filter(|&&byte| byte >= 0b1111_0000).count(),
    })
}

/// No span reaches past `u32::MAX` bytes, so nothing that is asked for is ever cut.
fn saturating(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_offsets(text: &str, part: &str, expected: [(u32, u32); 3]) {
        let begin = text.find(part).unwrap();
        let span = Span::new(text, begin..begin + part.len()).unwrap();
        for (unit, expected) in [Unit::CodePoint, Unit::Utf8Byte, Unit::Utf16Unit].into_iter().zip(expected) {
            assert_eq!(Offsets::new(text, unit).begin_end(span), expected, "{unit:?}");
        }
    }

    fn naive(text: &str, byte: usize, unit: Unit) -> usize {
        match unit {
            Unit::CodePoint => text[..byte].chars().count(),
            Unit::Utf8Byte => byte,
            Unit::Utf16Unit => text[..byte].encode_utf16().count(),
        }
    }

    #[test]
    fn each_unit_counts_as_its_languages_do() {
        check_offsets("Oulu and Inari", "Inari", [(9, 14); 3]);
        check_offsets("نهر دجلة", "دجلة", [(4, 8), (7, 15), (4, 8)]);
        check_offsets("😀 بغـــداد", "بغـــداد", [(2, 10), (5, 21), (3, 11)]);
        check_offsets("می\u{200c}رود؛ e\u{301}t\0é", "t\0", [(10, 12), (19, 21), (10, 12)]);
    }

    #[test]
    fn an_offset_inside_a_surrogate_pair_has_no_byte() {
        let offsets = Offsets::new("😀!", Unit::Utf16Unit);
        assert_eq!([0, 1, 2, 3, 4].map(|offset| offsets.byte(offset)), [Some(0), None, Some(4), Some(5), None]);
    }

    #[test]
    fn an_empty_text_has_one_offset() {
        for unit in [Unit::CodePoint, Unit::Utf8Byte, Unit::Utf16Unit] {
            let offsets = Offsets::new("", unit);
            assert_eq!((offsets.byte(0), offsets.byte(1)), (Some(0), None));
            assert_eq!(offsets.begin_end(Span::new("", 0..0).unwrap()), (0, 0));
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("ـــ"),
            Just("\u{200c}"),
            Just("😀👩‍👩‍👧"),
            Just("\0"),
            Just("e\u{301}\u{327}"),
            Just("الأنبار "),
            Just("کوردستان"),
            Just("plain ASCII text "),
            Just("𐤀𐤁"),
            Just("\u{fdfa}"),
            Just("\u{feff}"),
        ];
        prop_oneof![
            prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat()),
            ".{0,200}",
            // Characters of one width, so that strides end on every place inside a character.
            "[ء-ي]{60,140}",
            "[一-三]{40,90}",
            "[😀-😎]{30,70}",
        ]
    }

    proptest! {
        #[test]
        fn offsets_agree_with_counting(text in any_text()) {
            for unit in [Unit::CodePoint, Unit::Utf8Byte, Unit::Utf16Unit] {
                let offsets = Offsets::new(&text, unit);
                for byte in (0..=text.len()).filter(|&byte| text.is_char_boundary(byte)) {
                    let expected = naive(&text, byte, unit);
                    let span = Span::new(&text, byte..byte).unwrap();
                    prop_assert_eq!(offsets.begin_end(span).0 as usize, expected);
                    prop_assert_eq!(offsets.byte(expected), Some(byte));
                }
                let end = naive(&text, text.len(), unit);
                let known = (0..end + 2).filter(|&offset| offsets.byte(offset).is_some()).count();
                prop_assert_eq!(known, text.chars().count() + 1);
            }
        }
    }
}
