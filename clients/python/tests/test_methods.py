import dataclasses
import json
import pickle

import enrich
from tests import texts
from tests.both import Promises, on_both_clients
from tests.server import shared


class Methods(Promises):
    def setUp(self) -> None:
        self.enrich = self.client(shared().address, timeout_s=30)

    def test_enrich_answers_all_three_parts(self) -> None:
        answer = self.enrich.enrich(texts.ARABIC)
        self.assertEqual(answer.language.tag, "ar")
        self.assertIn("عمّان", [m.surface for m in answer.entities.of_type("LOCATION")])
        self.assertEqual({topic.id for topic in answer.topics}, {"security", "diplomacy", "water"})
        self.assertIn("water", answer.topics.present)
        self.assertEqual(answer.failures, ())
        self.assertTrue(all(stage.seconds >= 0 for stage in answer.stage_times))

    def test_spans_count_code_points(self) -> None:
        found = 0
        for text in texts.EVERY:
            answer = self.enrich.enrich(text, sentences=True, segments=True, passages=True)
            for mention in answer.entities:
                found += 1
                self.assertEqual(text[mention.begin : mention.end], mention.surface)
            for topic in answer.topics:
                for evidence in topic.evidence:
                    self.assertEqual(text[evidence.begin : evidence.end], evidence.surface)
            self.assertEqual(answer.language.segments[-1].end, len(text))
            self.assertLessEqual(answer.topics.passages[-1].end, len(text))
            self.assertLessEqual(answer.entities.sentences[-1].end, len(text))
        self.assertGreater(found, 5)

    def test_language_alone(self) -> None:
        answer = self.enrich.language(texts.PERSIAN, alternatives_max=1)
        self.assertEqual((answer.tag, answer.script, len(answer.alternatives)), ("fa", "Arab", 1))
        self.assertEqual(self.enrich.language(texts.PERSIAN, languages=["ar", "ur"]).tag in ("ar", "ur"), True)

    def test_entities_alone(self) -> None:
        answer = self.enrich.entities(texts.ENGLISH)
        self.assertIn(("PERSON", "Mara Lindqvist"), [(m.type, m.surface) for m in answer])
        self.assertEqual(len(answer), len(answer.mentions))
        self.assertEqual(answer[0], answer.mentions[0])
        places = self.enrich.entities(texts.ENGLISH, types=["location"])
        self.assertEqual({m.type for m in places}, {"LOCATION"})
        self.assertEqual(len(self.enrich.entities(texts.ENGLISH, score_min=1.0)), 0)

    def test_topics_alone(self) -> None:
        answer = self.enrich.topics(texts.ARABIC, topics=["water"], thresholds={"water": 0.01}, evidence_max=1)
        self.assertEqual([topic.id for topic in answer], ["water"])
        self.assertEqual((answer["water"].threshold, answer.present), (0.01, ("water",)))
        self.assertLessEqual(len(answer["water"].evidence), 1)
        with self.assertRaises(KeyError):
            answer["diplomacy"]

    def test_topics_of_the_callers_own(self) -> None:
        own = [
            {
                "id": "valleys",
                "threshold": 0.3,
                "terms": [{"text": "وادي", "weight": 2.0}, {"text": "جبل", "negated": True}],
            }
        ]
        valleys = self.enrich.topics(texts.ARABIC, own_topics=own)["valleys"]
        self.assertEqual((valleys.score, valleys.present), (0.75, True))
        self.assertIn("وادي", valleys.evidence[0].surface)
        with self.assertRaises(enrich.InvalidArgument) as refused:
            self.enrich.topics(texts.ARABIC, own_topics=[{"id": "water", "terms": [{"text": "x"}]}])
        self.assertEqual(refused.exception.reason, "OWN_TOPIC_INVALID")
        with self.assertRaises(ValueError):
            self.enrich.topics(texts.ARABIC, own_topics=[{"name": "water"}])

    def test_parts_not_asked_for_are_none(self) -> None:
        answer = self.enrich.enrich(texts.ENGLISH, features=["topics"], language="en")
        self.assertIsNone(answer.language)
        self.assertIsNone(answer.entities)
        self.assertIsNotNone(answer.topics)

    def test_a_known_language_is_not_asked_for(self) -> None:
        self.assertIsNone(self.enrich.enrich(texts.ENGLISH, language="en", private=True).language)

    def test_info_tells_models_and_limits(self) -> None:
        info = self.enrich.info()
        self.assertEqual(info.text_bytes_max, 1 << 20)
        self.assertEqual(info.deadline_max_s, 120.0)
        self.assertIn("ar", info.languages)
        self.assertIn("water", info.topics)
        self.assertTrue(any(len(model.sha256) == 64 for model in info.models))

    def test_results_are_frozen_comparable_and_travel(self) -> None:
        answer = self.enrich.enrich(texts.ARABIC)
        self.assertEqual(pickle.loads(pickle.dumps(answer)), answer)
        self.assertEqual(self.enrich.enrich(texts.ARABIC), answer)
        with self.assertRaises(dataclasses.FrozenInstanceError):
            answer.language.tag = "en"

    def test_to_dict_is_json(self) -> None:
        answer = self.enrich.enrich(texts.ARABIC)
        told = json.loads(json.dumps(answer.to_dict()))
        self.assertEqual(told["entities"]["mentions"][0]["surface"], answer.entities[0].surface)
        self.assertNotIn("text", told)
        self.assertNotIn("text", told["entities"])

    def test_compressed_requests_are_refused_by_this_version_of_the_service(self) -> None:
        # Right would be an answer; tests/test_connection.py has one, from another server.
        client = self.client(shared().address, compression="gzip")
        self.failure(enrich.NotSupported, client.language, texts.HEBREW)

    def test_options_that_do_not_exist_are_refused_before_sending(self) -> None:
        with self.assertRaisesRegex(ValueError, "'colour' is none of LANGUAGE, ENTITIES, TOPICS"):
            self.enrich.enrich(texts.ENGLISH, features=["colour"])
        with self.assertRaisesRegex(TypeError, "not the string"):
            self.enrich.entities(texts.ENGLISH, types="PERSON")
        with self.assertRaisesRegex(TypeError, "unknown options: colour"):
            self.enrich.enrich_many([texts.ENGLISH], colour="blue")
        with self.assertRaisesRegex(TypeError, "text is int"):
            self.enrich.enrich(5)

    def test_repr_says_what_was_found(self) -> None:
        shown = repr(self.enrich.enrich(texts.ENGLISH))
        self.assertIn("PERSON 'Mara Lindqvist'", shown)
        self.assertIn("language='en'", shown)
        self.assertLess(len(shown), 400)

    def test_addresses_may_be_urls(self) -> None:
        client = self.client(f"http://{shared().address}/")
        self.assertEqual(client.language(texts.HEBREW).tag, "he")


MethodsSync, MethodsAsync = on_both_clients(Methods)
del Methods
