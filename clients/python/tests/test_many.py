import asyncio
import contextlib
import io
import threading
import time
import unittest
from collections.abc import AsyncIterator, Iterator

import enrich
from tests import texts
from tests.both import Promises, on_both_clients
from tests.server import Server, free_port, shared

TEXTS = 10_000


def short(number: int) -> str:
    """Returns a text like no other, cheap to answer."""
    return f"{number} Mara Lindqvist, Oslo"


class Many(Promises):
    def setUp(self) -> None:
        self.enrich = self.client(shared().address, timeout_s=60)

    def check(self, values: Iterator[enrich.Enrichment | enrich.EnrichError], count: int) -> None:
        """Checks that every text has its own answer, once, in its place."""
        place = -1
        for place, value in enumerate(values):
            if not isinstance(value, enrich.Enrichment):
                raise value
            self.assertEqual(value.text, short(place))
            # The answer is of this text, not only in its place: its mentions stand where the number lets them.
            for mention in value.entities or ():
                self.assertEqual(value.text[mention.begin : mention.end], mention.surface)
        self.assertEqual(place + 1, count)

    def test_ten_thousand_texts_are_answered_in_order(self) -> None:
        # Nothing that has a length, and nothing that could be kept: as a corpus comes.
        self.check(self.enrich.enrich_many(short(number) for number in range(TEXTS)), TEXTS)

    def test_errors_are_values_in_their_places(self) -> None:
        values = list(self.enrich.enrich_many([texts.ENGLISH, "", "x\udfff", None, "m" * 1_100_000, texts.HEBREW]))
        self.assertEqual(
            [getattr(value, "reason", "answered") for value in values],
            ["answered", "EMPTY_TEXT", "NOT_UNICODE", "NOT_TEXT", "TEXT_TOO_LONG", "answered"],
        )
        self.assertEqual(values[0].language, self.enrich.language(texts.ENGLISH))

    def test_options_hold_for_every_text(self) -> None:
        for value in self.enrich.enrich_many([texts.ENGLISH] * 3, features=["language"], alternatives_max=1):
            self.assertEqual((value.language.tag, len(value.language.alternatives)), ("en", 1))
            self.assertIsNone(value.entities)

    def test_no_texts_no_values(self) -> None:
        self.assertEqual(list(self.enrich.enrich_many([])), [])
        with self.assertRaises(ValueError):
            self.enrich.enrich_many([], concurrency=0)

    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int | None]] = []
        for length, given in ((3, [texts.HEBREW] * 3), (None, iter([texts.HEBREW] * 3))):
            told.clear()
            list(self.enrich.enrich_many(given, features=["language"], progress=lambda *a: told.append(a)))
            self.assertEqual(told, [(1, length), (2, length), (3, length)])

    def test_progress_is_shown(self) -> None:
        shown = io.StringIO()
        with contextlib.redirect_stderr(shown):
            list(self.enrich.enrich_many([texts.HEBREW] * 3, features=["language"], progress=True))
        self.assertIn("3/3", shown.getvalue())

    def test_reading_is_bounded_by_what_was_taken(self) -> None:
        read = [0]

        def endless() -> Iterator[str]:
            while True:
                read[0] += 1
                yield texts.HEBREW

        values = self.enrich.enrich_many(endless(), concurrency=4, features=["language"])
        for _ in range(10):
            next(values)
        time.sleep(0.5)
        values.close()
        self.assertLessEqual(read[0], 10 + 4 * 4 + 2)

    def test_what_the_texts_raise_comes_behind_the_answers(self) -> None:
        def broken() -> Iterator[str]:
            yield from (texts.HEBREW, texts.ENGLISH)
            raise KeyError("the disk is full")

        seen = []
        with self.assertRaisesRegex(KeyError, "disk"):
            for value in self.enrich.enrich_many(broken(), features=["language"]):
                seen.append(value.language.tag)  # noqa: PERF401 - what came before the error counts
        self.assertEqual(seen, ["he", "en"])

    def test_leaving_early_gives_up_what_is_under_way(self) -> None:
        with Server() as server:
            client = self.client(server.address, timeout_s=100)
            values = client.enrich_many([texts.HEBREW] + [texts.ARABIC * 7_000] * 40, concurrency=41)
            next(values)
            begun = time.monotonic()
            values.close()
            # 40 such texts are minutes of work: that the next call is answered soon says that they were dropped.
            self.assertEqual(client.language(texts.HEBREW, timeout_s=30).tag, "he")
            self.assertLess(time.monotonic() - begun, 20)

    def test_a_deadline_cuts_only_what_is_late(self) -> None:
        # As long as a text may be: seconds of work for several cores.
        given = [texts.ARABIC * 7_600, texts.HEBREW]
        values = list(self.enrich.enrich_many(given, timeout_s=1.0, require=["entities"]))
        self.assertEqual([type(value) for value in values], [enrich.DeadlineExceeded, enrich.Enrichment])

    def test_without_a_server_patience_ends(self) -> None:
        client = self.client(f"127.0.0.1:{free_port()}")
        begun = time.monotonic()
        values = list(client.enrich_many(["a", "b", "c"], patience_s=2.0, timeout_s=5))
        self.assertEqual([type(value) for value in values], [enrich.Unavailable] * 3)
        self.assertLess(time.monotonic() - begun, 8)

    def test_a_client_closed_in_mid_run_says_so(self) -> None:
        client = self.client(shared().address, timeout_s=60)
        values = client.enrich_many([texts.HEBREW] + [texts.ARABIC * 500] * 20, concurrency=8)
        self.assertIsInstance(next(values), enrich.Enrichment)
        client.close()
        kinds = {type(value) for value in values}
        self.assertIn(enrich.Cancelled, kinds)
        self.assertLessEqual(kinds, {enrich.Cancelled, enrich.Enrichment})

    def test_a_restart_in_mid_run_loses_nothing_and_doubles_nothing(self) -> None:
        for name in ("kill", "stop"):
            with self.subTest(name):
                self.restart_in_mid_run(name)

    def restart_in_mid_run(self, name: str) -> None:
        server = Server()
        servers = [server]
        passed = threading.Event()

        def restart() -> None:
            passed.wait(60)
            getattr(server, name)()
            # Long enough for calls to find nobody there.
            time.sleep(0.7)
            servers.append(Server(port=server.port))

        thread = threading.Thread(target=restart)
        thread.start()
        try:
            client = self.client(server.address, timeout_s=60)
            self.check(self.passing(client.enrich_many(short(n) for n in range(1_500)), 300, passed), 1_500)
        finally:
            passed.set()
            thread.join()
            for started in servers:
                started.kill()
        self.assertEqual(len(servers), 2)

    @staticmethod
    def passing(
        values: Iterator[enrich.Enrichment | enrich.EnrichError], count: int, event: threading.Event
    ) -> Iterator[enrich.Enrichment | enrich.EnrichError]:
        """Passes `values` on and sets `event` behind the first `count`."""
        for place, value in enumerate(values):
            if place == count:
                event.set()
            yield value


ManySync, ManyAsync = on_both_clients(Many)
del Many


class Threads(unittest.TestCase):
    def test_threads_share_a_client(self) -> None:
        with enrich.Client(shared().address, timeout_s=60) as client:
            # Not the entities: what is computed beside a text may move their scores by a rounding.
            expected = client.topics(texts.ARABIC)
            outcomes: list[bool] = []

            def ask() -> None:
                outcomes.extend(client.enrich(texts.ARABIC).topics == expected for _ in range(3))

            threads = [threading.Thread(target=ask) for _ in range(64)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(outcomes, [True] * 192)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_texts_may_come_one_by_one(self) -> None:
        async def trickle() -> AsyncIterator[str]:
            for text in (texts.ENGLISH, texts.HEBREW):
                yield text
            # An answer does not wait for the text behind it.
            await asyncio.sleep(3600)

        async with enrich.AsyncClient(shared().address) as client:
            values = client.enrich_many(trickle(), features=["language"])
            tags = [(await values.__anext__()).language.tag for _ in range(2)]  # type: ignore[union-attr]
            await values.aclose()
        self.assertEqual(tags, ["en", "he"])

    async def test_a_cancelled_task_takes_its_call_with_it(self) -> None:
        with Server() as server:
            async with enrich.AsyncClient(server.address, timeout_s=100) as client:
                tasks = [asyncio.create_task(client.enrich(texts.ARABIC * 7_000)) for _ in range(40)]
                await asyncio.sleep(0.5)
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                self.assertTrue(all(isinstance(value, asyncio.CancelledError) for value in ended))
                begun = time.monotonic()
                self.assertEqual((await client.language(texts.HEBREW, timeout_s=30)).tag, "he")
                self.assertLess(time.monotonic() - begun, 20)

    async def test_many_tasks_share_a_client(self) -> None:
        async with enrich.AsyncClient(shared().address, timeout_s=60) as client:
            expected = await client.topics(texts.ARABIC)
            answers = await asyncio.gather(*(client.enrich(texts.ARABIC) for _ in range(128)))
        self.assertTrue(all(answer.topics == expected for answer in answers))
