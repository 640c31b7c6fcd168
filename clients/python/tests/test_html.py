import unittest
from html.parser import HTMLParser

from enrich import Enrichment, Entities, Language, Mention
from enrich._html import direction
from tests import texts


class _Reader(HTMLParser):
    """Takes a fragment apart: every block's direction, every mark's text."""

    def __init__(self) -> None:
        super().__init__()
        self.directions: list[str] = []
        self.marks: list[str] = []
        self.text = ""
        self._marking = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.directions += [value or "" for name, value in attrs if name == "dir"]
        if tag == "mark":
            self._marking = True
            self.marks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._marking = self._marking and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._marking:
            self.marks[-1] += data


def _read(text: str, *names: str) -> _Reader:
    mentions = tuple(
        Mention(text.index(name), text.index(name) + len(name), "PERSON", name, name, 0.9) for name in names
    )
    reader = _Reader()
    reader.feed(Entities(mentions, text=text)._repr_html_())
    return reader


class Html(unittest.TestCase):
    def test_mentions_are_marked_and_nothing_is_lost(self) -> None:
        read = _read(texts.ARABIC, "سامر الحلو", "عمّان")
        self.assertEqual(read.marks, ["سامر الحلو", "عمّان"])
        self.assertEqual(read.text, texts.ARABIC)

    def test_right_to_left_paragraphs_run_right_to_left(self) -> None:
        self.assertEqual(_read(f"{texts.ARABIC}\n{texts.ENGLISH}\n{texts.HEBREW}").directions, ["rtl", "ltr", "rtl"])

    def test_a_latin_name_at_the_start_does_not_turn_an_arabic_sentence(self) -> None:
        self.assertEqual(direction("Reuters: قال الوزير إن المحادثات مستمرة"), "rtl")
        self.assertEqual(direction("123 — 456"), "ltr")

    def test_markup_in_a_text_stays_text(self) -> None:
        text = '<script>alert("1")</script> & <b>Mara</b>'
        read = _read(text, "<b>Mara</b>")
        self.assertEqual((read.text, read.marks), (text, ["<b>Mara</b>"]))

    def test_a_mention_over_a_line_end_is_marked_on_both_lines(self) -> None:
        self.assertEqual(_read("met Mara\nLind there", "Mara\nLind").marks, ["Mara", "Lind"])

    def test_an_answer_shows_language_and_topics_above_its_text(self) -> None:
        reader = _Reader()
        reader.feed(Enrichment("text", Language("en", "eng", "Latn", 0.75, True))._repr_html_())
        self.assertEqual(reader.text, "en 0.75text")
