import copy
import pickle
import threading
import time

import enrich
from tests import texts
from tests.both import Promises, on_both_clients
from tests.server import Server, free_port, shared


class Errors(Promises):
    def setUp(self) -> None:
        self.enrich = self.client(shared().address, timeout_s=30)

    def test_empty_text_is_invalid_text(self) -> None:
        error = self.failure(enrich.InvalidText, self.enrich.enrich, "")
        self.assertEqual((error.code, error.reason), ("INVALID_ARGUMENT", "EMPTY_TEXT"))
        self.assertIsInstance(error, enrich.InvalidArgument)
        self.assertIsInstance(error, enrich.EnrichError)

    def test_text_over_the_limit_names_the_limit(self) -> None:
        error = self.failure(enrich.InvalidText, self.enrich.topics, "م" * 600_000)
        self.assertEqual(error.reason, "TEXT_TOO_LONG")
        self.assertEqual(error.metadata, {"bytes": "1200000", "bytesMax": "1048576"})
        self.assertIn("TEXT_TOO_LONG", str(error))

    def test_message_over_the_limit_is_invalid_text(self) -> None:
        error = self.failure(enrich.InvalidText, self.enrich.language, "x" * (17 << 20))
        self.assertEqual((error.code, error.reason), ("OUT_OF_RANGE", "MESSAGE_TOO_LARGE"))

    def test_lone_surrogates_are_refused_before_sending(self) -> None:
        self.assertEqual(self.failure(enrich.InvalidText, self.enrich.enrich, "a\ud800b").reason, "NOT_UNICODE")

    def test_other_mistakes_are_invalid_arguments(self) -> None:
        error = self.failure(enrich.InvalidArgument, self.enrich.enrich, texts.ENGLISH, score_min=2.0)
        self.assertEqual(error.reason, "VALUE_OUT_OF_RANGE")
        error = self.failure(enrich.InvalidArgument, self.enrich.topics, texts.ENGLISH, topics=["fishing"])
        self.assertEqual((error.reason, error.metadata["id"]), ("UNKNOWN_TOPIC", "fishing"))

    def test_a_call_ends_by_its_deadline(self) -> None:
        begun = time.monotonic()
        error = self.failure(enrich.DeadlineExceeded, self.enrich.entities, texts.ARABIC * 7_000, timeout_s=0.05)
        self.assertLess(time.monotonic() - begun, 1.0)
        self.assertIsInstance(error, TimeoutError)
        self.assertEqual(self.enrich.language(texts.HEBREW).tag, "he")

    def test_no_server_is_unavailable_within_the_deadline(self) -> None:
        client = self.client(f"127.0.0.1:{free_port()}", timeout_s=5)
        begun = time.monotonic()
        error = self.failure(enrich.Unavailable, client.enrich, texts.ENGLISH)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual((error.code, error.reason), ("UNAVAILABLE", ""))

    def test_a_closed_client_says_so(self) -> None:
        client = self.client(shared().address)
        client.close()
        self.failure(enrich.Cancelled, client.enrich, texts.ENGLISH)

    def test_errors_travel(self) -> None:
        error = self.failure(enrich.InvalidText, self.enrich.enrich, "")
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            self.assertEqual((type(twin), twin.to_dict(), str(twin)), (type(error), error.to_dict(), str(error)))


ErrorsSync, ErrorsAsync = on_both_clients(Errors)
del Errors


class Overload(Promises):
    def test_callers_who_are_refused_come_back_when_told_to(self) -> None:
        with Server("--in-flight-max", "2") as server, enrich.Client(server.address, timeout_s=60) as client:
            outcomes: list[object] = []

            def ask() -> None:
                try:
                    outcomes.append(client.enrich(texts.ARABIC * 20))
                except enrich.EnrichError as error:
                    outcomes.append(error)

            threads = [threading.Thread(target=ask) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual([o for o in outcomes if not isinstance(o, enrich.Enrichment)], [])
        self.assertEqual(len(outcomes), 16)

    def test_with_no_time_left_the_refusal_is_told_with_its_wait(self) -> None:
        with Server("--in-flight-max", "1") as server, enrich.Client(server.address) as client:
            errors: list[enrich.Overloaded] = []
            busy = threading.Thread(target=client.enrich, args=(texts.ARABIC * 1_000,), kwargs={"timeout_s": 60})
            busy.start()
            while busy.is_alive() and not errors:
                try:
                    client.language(texts.HEBREW, timeout_s=0.15)
                except enrich.Overloaded as error:
                    errors.append(error)
            busy.join()
        self.assertEqual((errors[0].reason, errors[0].retry_after_s), ("OVERLOADED", 0.2))
        self.assertEqual(errors[0].metadata["limit"], "1")
