import json
import unittest
from pathlib import Path

from enrich_training.words import surfaces, words

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "words.jsonl"


class Words(unittest.TestCase):
    def test_every_case_of_the_shared_fixture(self) -> None:
        lines = FIXTURE.read_text(encoding="utf-8").splitlines()
        self.assertGreater(len(lines), 40)
        for line in lines:
            case = json.loads(line)
            with self.subTest(text=case["text"]):
                self.assertEqual([list(span) for span in words(case["text"])], case["words"])

    def test_an_apostrophe_parts_a_suffix_from_its_name(self) -> None:
        self.assertEqual(surfaces("Ankara'da"), ["Ankara", "'", "da"])

    def test_a_joiner_at_the_edge_belongs_to_no_word(self) -> None:
        self.assertEqual(words("\u200cab\u200c"), [(1, 3)])
        self.assertEqual(words("a\u200cb"), [(0, 3)])


if __name__ == "__main__":
    unittest.main()
