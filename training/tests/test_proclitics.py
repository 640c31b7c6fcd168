import tempfile
import unittest
from pathlib import Path

from enrich_training.proclitics import BIASED, Table, fold, is_arabic, read

NAMES = {"تركيا": 60, "بغداد": 60, "العراق": 60, "وديع": 50, "غداد": 20}
TABLE = Table(NAMES, other=20, bias={part: 0 for part in BIASED})


class Proclitics(unittest.TestCase):
    def test_a_letter_before_a_known_name_is_cut(self) -> None:
        self.assertEqual(TABLE.cut("وتركيا"), 1)
        self.assertEqual(TABLE.cut("بالعراق"), 1)

    def test_a_letter_of_the_name_stays(self) -> None:
        for name in ("بغداد", "وديع", "تركيا", "لبنان"):
            self.assertEqual(TABLE.cut(name), 0)

    def test_an_article_that_lost_its_alef_is_taken_whole(self) -> None:
        self.assertEqual(TABLE.cut("للعراق"), 0)

    def test_two_proclitics_are_cut_when_the_first_is_a_conjunction(self) -> None:
        self.assertEqual(TABLE.cut("وببغداد"), 0)
        known = Table({**NAMES, "ببغداد": 40}, other=20, bias={part: 0 for part in BIASED})
        self.assertEqual(known.cut("وببغداد"), 2)

    def test_marks_and_tatweel_go_with_the_letter_they_follow(self) -> None:
        self.assertEqual(TABLE.cut("وَـتركيا"), 3)

    def test_folding_unifies_spelling_habits(self) -> None:
        self.assertEqual(fold("أُمـة"), fold("امة"))
        self.assertEqual(fold("علی"), fold("علي"))

    def test_only_arabic_texts_are_touched(self) -> None:
        self.assertTrue(is_arabic("وصل المزارعون إلى السد في الصباح"))
        self.assertFalse(is_arabic("کشاورزان صبح به سد رسیدند"))
        self.assertFalse(is_arabic("جووتیارەکان گەیشتنە بەنداوەکە"))
        self.assertFalse(is_arabic("rain over the dam"))

    def test_a_table_survives_its_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "proclitics.tsv"
            TABLE.write(path)
            self.assertEqual(read(path), TABLE)


if __name__ == "__main__":
    unittest.main()
