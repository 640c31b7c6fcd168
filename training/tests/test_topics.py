import json
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

try:
    import numpy as np
    import scipy  # noqa: F401
except ImportError as error:
    raise unittest.SkipTest(f"numpy and scipy are needed: {error}") from error

from enrich_training import topics_model, topics_scores
from enrich_training.topics_curves import curve, svg
from enrich_training.topics_data import EXTRA, TOPICS, Composition, Example, composed, is_extra, read
from enrich_training.topics_evaluate import confusion, errors, natural
from enrich_training.topics_features import BUCKETS, rows
from enrich_training.topics_terms import LANGUAGES, terms


def example(identity: str, topics: tuple[str, ...] = ()) -> Example:
    return Example(identity, "tr", "bir iki üç dört", frozenset(topics))


class Data(unittest.TestCase):
    def test_the_held_out_fifth_depends_on_the_identity_alone(self) -> None:
        self.assertEqual(example("a").held_out, example("a", ("water",)).held_out)
        share = sum(example(f"tr-{number}").held_out for number in range(1000)) / 1000
        self.assertAlmostEqual(share, 0.2, delta=0.04)

    def test_folds_do_not_follow_the_held_out_fifth(self) -> None:
        folds = {example(f"tr-{number}").fold(5) for number in range(200) if example(f"tr-{number}").held_out}
        self.assertEqual(folds, set(range(5)))

    def test_composed_passages_are_the_same_for_the_same_seed(self) -> None:
        plan = Composition(3, 0.5, 7)
        made = composed([example("a")], plan)
        self.assertEqual(made, composed([example("a")], plan))
        self.assertEqual(len(made), 3 * (len(TOPICS) + 1) * len(LANGUAGES))
        self.assertNotEqual(made, composed([example("a")], Composition(3, 0.5, 8)))

    def test_composed_passages_hold_terms_of_their_topic(self) -> None:
        for made in composed([example("a")], Composition(5, 0.5, 7)):
            topic = made.id.split("-")[2]
            self.assertTrue(any(term in made.text for term in terms(made.language, topic)), made)
            self.assertEqual(made.topics, {topic} & set(TOPICS))

    def test_no_term_speaks_for_two_topics(self) -> None:
        for language in LANGUAGES:
            every = [term.lower() for topic in (*TOPICS, "none") for term in terms(language, topic)]
            self.assertEqual(len(every), len(set(every)), language)
            self.assertTrue(all(every), language)

    def test_extra_passages_are_written_here_or_quoted_by_place_and_digest(self) -> None:
        rows = [json.loads(line) for path in EXTRA.glob("*.jsonl") for line in path.read_text().splitlines()]
        self.assertEqual(len({row["id"] for row in rows}), len(rows))
        for row in rows:
            self.assertLessEqual(set(row["topics"]), set(TOPICS), row["id"])
            self.assertTrue(is_extra(Example(row["id"], row["lang"], "", frozenset())))
            if row["origin"] == "own":
                self.assertGreater(len(row["text"]), 20, row["id"])
            else:
                self.assertEqual(len(row["sha256"]), 64, row["id"])
                self.assertNotIn("text", row)

    def test_a_hebrew_passage_is_hebrew_whatever_its_source_is_filed_under(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for text in ("הממשלה אישרה את ההסכם", "The cabinet approved it"):
                file.write(json.dumps({"id": text, "lang": "en", "text": text, "topics": []}) + "\n")
            file.flush()
            self.assertEqual([example.language for example in read(Path(file.name))], ["he", "en"])


class Model(unittest.TestCase):
    def test_repeated_features_count_over_the_root_of_all(self) -> None:
        matrix = rows([np.array([5, 5, 7, 9])])
        self.assertEqual(matrix.shape, (1, BUCKETS))
        self.assertEqual((matrix[0, 5], matrix[0, 7]), (1.0, 0.5))

    def test_a_regression_learns_what_can_be_told_apart(self) -> None:
        matrix = rows([np.array([1, 3]), np.array([1, 4]), np.array([2, 3]), np.array([2, 4])])
        positive = np.array([True, True, False, False])
        learned = topics_model.fit(matrix, positive, (np.ones(4), np.ones(BUCKETS), 10.0))
        self.assertTrue(((learned.log_odds(matrix) > 0) == positive).all())
        self.assertAlmostEqual(learned.weights[3], learned.weights[4], places=3)

    def test_weights_keep_their_size_when_cut_to_bytes(self) -> None:
        weights = np.zeros(BUCKETS)
        weights[:100] = np.linspace(-1, 1, 100)
        row = topics_model.quantised("water", topics_model.Regression(weights, 0.5), (2.0, 0.25, 0.4))
        self.assertLess(np.abs(row.scale * row.weights - 2 * weights).max(), 0.02)
        self.assertEqual((row.bias, row.threshold), (1.25, 0.4))

    def test_the_file_is_laid_out_as_written(self) -> None:
        row = topics_model.Row("water", np.arange(BUCKETS).astype(np.int8), 0.5, -1.0, 0.25)
        data = topics_model.dumps([row])
        self.assertEqual(len(data), 24 + 44 + BUCKETS + 8)
        self.assertEqual(data[:24].hex(), "656e726963684c4d" "01000000" "01000000" "00000400" "01000000")
        self.assertEqual(data[24:32], b"water\0\0\0")
        self.assertEqual(data[68 + 200], 200)

    def test_the_checksum_is_fnv1a(self) -> None:
        self.assertEqual(topics_model.checksum(b"foobar"), 0x85944171F73967E8)

    def test_calibration_undoes_overconfidence(self) -> None:
        positive = np.array([True] * 8 + [False] * 2 + [True] * 2 + [False] * 8)
        log_odds = np.array([8.0] * 10 + [-8.0] * 10)
        slope, offset = topics_model.calibration(log_odds, positive)
        self.assertAlmostEqual(1 / (1 + np.exp(-(8 * slope + offset))), 0.8, places=2)


class Scores(unittest.TestCase):
    def test_f1_counts_decisions(self) -> None:
        counts = topics_scores.count(np.array([True, True, False, False]), np.array([True, False, True, False]))
        self.assertEqual((counts.precision, counts.recall, counts.f1), (0.5, 0.5, 0.5))

    def test_the_calibration_error_is_the_gap_between_score_and_share(self) -> None:
        self.assertAlmostEqual(topics_scores.calibration_error(np.full(10, 0.8), np.array([True] * 5 + [False] * 5)), 0.3)

    def test_the_threshold_has_the_best_f1(self) -> None:
        scores, true = np.array([0.1, 0.2, 0.31, 0.4]), np.array([False, False, True, True])
        self.assertTrue(0.2 < topics_scores.threshold(scores, true) <= 0.31)

    def test_the_table_has_a_row_for_each_language(self) -> None:
        held_out = [Example("a", "ar", "", frozenset(["water"])), Example("b", "tr", "", frozenset())]
        table = topics_scores.table(held_out, np.array([[0.1, 0.1, 0.9], [0.1, 0.1, 0.1]]), [0.5] * 3, "own")
        values = {(entry["language"], entry["metric"]): entry["value"] for entry in table}
        self.assertEqual((values["mul", "f1"], values["ar", "f1_water"], values["tr", "f1_water"]), (1.0, 1.0, 0.0))
        self.assertIn("| ar | 1 | 1.000 [1.00, 1.00] (1) | - (0) |", topics_scores.markdown(table))

    def test_the_interval_narrows_with_more_passages_and_holds_the_value(self) -> None:
        said, true = np.array([[True], [True], [False], [False]]), np.array([[True], [False], [True], [False]])
        few, many = (topics_scores.interval(np.tile(said, (n, 1)), np.tile(true, (n, 1))) for n in (5, 100))
        self.assertEqual(few, topics_scores.interval(np.tile(said, (5, 1)), np.tile(true, (5, 1))))
        self.assertTrue(few[0] < many[0] < 0.5 < many[1] < few[1])

    def test_what_is_taken_for_what_is_counted(self) -> None:
        true = np.array([[True, False, False], [False, True, False], [False, False, False]])
        said = np.array([[False, True, False], [False, True, False], [True, False, False]])
        rows = confusion(true, said).splitlines()[2:]
        self.assertEqual(rows[0], "| security | 1: none 0, diplomacy 1 | 1: none 1 |")
        self.assertEqual(rows[1], "| diplomacy | 0: none 0 | 1: none 0, security 1 |")

    def test_what_is_found_at_the_natural_rate_is_told_by_language(self) -> None:
        examples = [Example("a", "ar", "", frozenset(["water"])), Example("b", "tr", "", frozenset())]
        rows = natural(examples, np.array([[0.1, 0.1, 0.9], [0.9, 0.1, 0.1]]), [0.5] * 3).splitlines()[2:]
        self.assertEqual(rows[0], "| ar | 0, 0, 0 | 0, 0, 0 | 1, 1, 1 |")
        self.assertEqual(rows[1], "| tr | 1, 0, 0 | 0, 0, 0 | 0, 0, 0 |")
        self.assertEqual(rows[2], "| calibration error | 0.500 | 0.100 | 0.100 |")

    def test_the_worst_errors_come_first(self) -> None:
        examples = [Example("a", "ar", "x", frozenset()), Example("b", "tr", "y", frozenset(["water"]))]
        wrong = errors(examples, np.array([[0.6, 0.1, 0.1], [0.1, 0.1, 0.1]]), [0.5] * 3)
        self.assertEqual([(row["text"], row["topic"]) for row in wrong], [("y", "water"), ("x", "security")])


class Curves(unittest.TestCase):
    def test_equal_scores_are_one_point(self) -> None:
        recall, precision = curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False]))
        self.assertEqual((recall.tolist(), precision.tolist()), ([0.5, 1.0, 1.0], [1.0, 2 / 3, 0.5]))

    def test_the_picture_has_a_square_a_topic_and_is_well_formed(self) -> None:
        true = np.array([[True] * 3, [False] * 3])
        picture = ElementTree.fromstring(svg(np.array([[0.9] * 3, [0.1] * 3]), true, [0.5] * 3))
        titles = [text.text for text in picture.iter() if text.text and "average" in text.text]
        self.assertEqual(titles, [f"{topic}, average precision 1.000" for topic in TOPICS])


if __name__ == "__main__":
    unittest.main()
