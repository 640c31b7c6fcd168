use std::ops::Range;

/// A half-open range `begin..end` of UTF-8 **byte** offsets into the text the caller sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    begin: u32,
    end: u32,
}

impl Span {
    /// Returns the span, or `None` if `range` is reversed, past the end of `text`, splits a character, or does not fit
    /// in `u32`.
    pub fn new(text: &str, range: Range<usize>) -> Option<Span> {
        text.get(range.clone())?;
        Some(Span { begin: range.start.try_into().ok()?, end: range.end.try_into().ok()? })
    }

    /// The span from the beginning of `self` to the end of `last`, or `None` if `last` ends before `self` begins.
    pub fn to(self, last: Span) -> Option<Span> {
        (self.begin <= last.end).then_some(Span { begin: self.begin, end: last.end })
    }

    /// First byte of the span.
    pub fn begin(self) -> usize {
        self.begin as usize
    }

    /// One past the last byte of the span.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Bytes in the span.
    pub fn len(self) -> usize {
        self.end() - self.begin()
    }

    /// Whether the span holds nothing.
    pub fn is_empty(self) -> bool {
        self.begin == self.end
    }

    /// Whether some byte lies in both.
    pub fn overlaps(self, other: Span) -> bool {
        self.begin < other.end && other.begin < self.end
    }

    /// What stands in the span, or `None` if it was made for another text.
    pub fn of(self, text: &str) -> Option<&str> {
        text.get(self.begin()..self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_split_a_character_are_refused() {
        assert_eq!(Span::new("دجلة", 0..1), None);
        assert_eq!(Span::new("دجلة", 0..9), None);
        assert_eq!(Span::new("دجلة", 4..8).and_then(|span| span.of("دجلة")), Some("لة"));
    }

    #[test]
    fn touching_spans_do_not_overlap() {
        let (a, b) = (Span::new("abcd", 0..2).unwrap(), Span::new("abcd", 2..4).unwrap());
        assert!(!a.overlaps(b));
        assert!(a.to(b).unwrap().overlaps(b));
    }
}
