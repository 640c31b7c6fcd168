"""The word split that training and serving share.

The Rust services implement the same rule; both sides are tested against
`fixtures/words.jsonl`. All offsets here are code points, half-open.

* Unicode White_Space and category Cc separate words.
* Categories L*, M* and N* make words. A format character (Cf: joiners, bidi
  marks, soft hyphens) belongs to a word only where word characters stand on
  both sides of its run; elsewhere it is dropped.
* In scripts that are written without blanks, each base character, with the
  marks that follow it, is a word of its own.
* Every other character is a word of its own.
"""

import re
import sys
import unicodedata

UNSPACED_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF),
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)

WHITE_SPACE = frozenset(
    [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
     0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
)


def _is_unspaced(code: int) -> bool:
    return any(first <= code <= last for first, last in UNSPACED_RANGES)


def _kind(code: int) -> str:
    """One letter: s(eparator) m(ark) b(ase of an unspaced script) w(ord) f(ormat) o(ther)."""
    category = unicodedata.category(chr(code))
    if code in WHITE_SPACE or category in ("Cc", "Cs"):
        return "s"
    if category == "Cf":
        return "f"
    if category[0] == "M":
        return "m"
    if category[0] in "LN":
        return "b" if _is_unspaced(code) else "w"
    return "o"


def _character_classes() -> dict[str, str]:
    """The inside of a regular-expression class for each kind, made from Python's Unicode tables."""
    ranges: dict[str, list[list[int]]] = {kind: [] for kind in "smbwfo"}
    for code in range(sys.maxunicode + 1):
        spans = ranges[_kind(code)]
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return {
        kind: "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)
        for kind, spans in ranges.items()
    }


def _word_pattern() -> re.Pattern[str]:
    sets = _character_classes()
    inner = f"[{sets['f']}]*"
    unspaced = f"[{sets['b']}](?:{inner}[{sets['m']}])*"
    spaced = f"[{sets['w']}{sets['m']}](?:{inner}[{sets['w']}{sets['m']}])*"
    return re.compile(f"{spaced}|{unspaced}|[{sets['o']}]")


WORD = _word_pattern()


def words(text: str) -> list[tuple[int, int]]:
    """Splits `text` into words.

    Returns half-open (begin, end) pairs in code points, in text order and
    without overlap. Never fails; a text without words gives an empty list.
    """
    return [match.span() for match in WORD.finditer(text)]


def surfaces(text: str) -> list[str]:
    """The words of `text` as strings, in order."""
    return WORD.findall(text)
