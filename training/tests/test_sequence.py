import unittest

import numpy

from enrich_training.conll import LABELS
from enrich_training.sequence import Counts, by_type, decode, error_kinds, expected_calibration_error


def logits(*labels: str) -> numpy.ndarray:
    return numpy.stack([numpy.eye(len(LABELS))[LABELS.index(label)] * 5 for label in labels])


class Sequence(unittest.TestCase):
    def test_plain_tags_become_mentions(self) -> None:
        found = decode(logits("O", "B-PER", "I-PER", "B-LOC"), 1.0)
        self.assertEqual([mention for mention, _ in found], [(1, 3, "PER"), (3, 4, "LOC")])
        self.assertEqual([len(chosen) for _, chosen in found], [2, 1])

    def test_a_continuation_never_opens_a_mention_nor_changes_type(self) -> None:
        found = decode(logits("O", "I-ORG", "I-PER"), 1.0)
        for (begin, end, kind), _ in found:
            self.assertLess(begin, end)
            self.assertIn(kind, ("ORG", "PER"))
        self.assertEqual(decode(numpy.zeros((0, len(LABELS))), 1.0), [])

    def test_a_higher_temperature_lowers_the_scores(self) -> None:
        sharp, flat = decode(logits("B-LOC"), 1.0), decode(logits("B-LOC"), 3.0)
        self.assertGreater(sharp[0][1][0], flat[0][1][0])

    def test_only_exact_mentions_count(self) -> None:
        counts = Counts()
        counts.add([(0, 2, "PER"), (3, 4, "LOC")], [(0, 2, "PER"), (3, 5, "LOC"), (7, 8, "ORG")])
        self.assertEqual((counts.precision, counts.recall), (1 / 2, 1 / 3))
        self.assertAlmostEqual(counts.f1, 0.4)
        self.assertEqual(by_type([([(0, 2, "PER")], [(0, 2, "PER")])])["PER"].f1, 1.0)

    def test_calibration_error_is_the_distance_between_score_and_truth(self) -> None:
        self.assertAlmostEqual(expected_calibration_error([0.95] * 4, [True, True, True, False]), 0.2)
        self.assertEqual(expected_calibration_error([], []), 0.0)

    def test_each_error_is_told_once_by_its_kind(self) -> None:
        gold = {(0, 2, "PER"), (3, 5, "LOC"), (7, 8, "ORG"), (9, 10, "LOC")}
        found = {(0, 2, "ORG"), (3, 4, "LOC"), (9, 10, "LOC"), (12, 13, "PER")}
        kinds = dict(error_kinds(found, gold))
        self.assertEqual(
            kinds, {"type": (0, 2, "ORG"), "boundary": (3, 4, "LOC"), "spurious": (12, 13, "PER"), "missed": (7, 8, "ORG")}
        )


if __name__ == "__main__":
    unittest.main()
