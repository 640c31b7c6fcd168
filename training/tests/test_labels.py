import unittest

from enrich_training.conll import TYPES, is_held_out, label_words, mentions, resplit, trim_suffix
from enrich_training.passages import NEWS_EXTRA_DIGITS, news_extra_rows
from enrich_training.words import words


class Labels(unittest.TestCase):
    def test_spans_become_labels_of_whole_words(self) -> None:
        text = "sefer Kuzeyli Deniz Limanı'na"
        spans = words(text)
        labels = label_words(spans, [(6, 26, "LOC")])
        self.assertEqual(labels, ["O", "B-LOC", "I-LOC", "I-LOC", "O", "O"])

    def test_a_span_inside_a_word_labels_the_word(self) -> None:
        self.assertEqual(label_words([(0, 6)], [(1, 6, "LOC")]), ["B-LOC"])

    def test_of_two_mentions_in_one_word_the_longer_wins(self) -> None:
        self.assertEqual(label_words([(0, 3), (4, 9)], [(0, 2, "PER"), (2, 9, "ORG")]), ["B-ORG", "I-ORG"])

    def test_neighbouring_mentions_stay_apart(self) -> None:
        self.assertEqual(label_words([(0, 1), (2, 3)], [(0, 1, "LOC"), (2, 3, "LOC")]), ["B-LOC", "B-LOC"])

    def test_runs_of_labels_become_mentions(self) -> None:
        labels = ["B-PER", "I-PER", "B-PER", "O", "I-ORG", "I-LOC"]
        self.assertEqual(mentions(labels), [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "ORG"), (5, 6, "LOC")])

    def test_tokens_with_apostrophes_are_split_and_the_suffix_is_left_outside(self) -> None:
        tokens, labels = resplit(["Yeni", "Ova'nın", "valisi"], ["B-LOC", "I-LOC", "O"], joined=False)
        self.assertEqual(tokens, ["Yeni", "Ova", "'", "nın", "valisi"])
        self.assertEqual(labels, ["B-LOC", "I-LOC", "O", "O", "O"])

    def test_characters_are_joined_again(self) -> None:
        tokens, labels = resplit(list("在A1城"), ["O", "B-ORG", "I-ORG", "O"], joined=True)
        self.assertEqual((tokens, labels), (["在", "A1", "城"], ["O", "B-ORG", "O"]))

    def test_an_english_possessive_is_a_suffix_but_a_name_is_not(self) -> None:
        self.assertEqual(trim_suffix("Mara's"), "Mara")
        self.assertEqual(trim_suffix("O'Hara"), "O'Hara")

    def test_the_held_out_part_depends_on_the_identity_alone(self) -> None:
        share = sum(is_held_out(f"xx-{number}") for number in range(2000)) / 2000
        self.assertAlmostEqual(share, 0.1, delta=0.03)

    def test_further_news_sentences_are_quoted_by_place_and_digest_alone(self) -> None:
        rows = news_extra_rows()
        self.assertEqual(len({row.place for row in rows}), len(rows))
        self.assertEqual(len({row.digest for row in rows}), len(rows))
        for row in rows:
            self.assertEqual(len(row.digest), NEWS_EXTRA_DIGITS)
            ends = [0]
            for begin, end, kind in row.mentions:
                self.assertTrue(ends[-1] <= begin < end and kind in TYPES, row.place)
                ends.append(end)

    def test_a_twentieth_of_them_is_held_out(self) -> None:
        rows = news_extra_rows()
        self.assertAlmostEqual(sum(row.held_out for row in rows) / len(rows), 0.05, delta=0.01)


if __name__ == "__main__":
    unittest.main()
