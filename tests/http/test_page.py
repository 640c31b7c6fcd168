"""The page in a real browser, against the real server."""

import hashlib
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, Browser, analyse, answered, needs_chromium
from server import ROOT, Server

SAMPLES = {"العربية": "ar", "فارسی": "fa", "Türkçe": "tr", "کوردی": "ckb", "English": "en", "Mixed": None}
LONG_BYTES = 200_000


def setUpModule():
    global browser, server
    if CHROMIUM:
        browser, server = Browser(), Server()


def tearDownModule():
    if CHROMIUM:
        browser.close()
        server.kill()


@needs_chromium
class Page(unittest.TestCase):
    def open(self, **how):
        page = browser.page(**how)
        self.addCleanup(page.close)
        page.goto(server.url)
        answered(page)
        return page

    def choose(self, page, name):
        page.get_by_role("button", name=name, exact=True).click()
        answered(page)

    def test_each_sample_shows_its_language_names_and_topics(self):
        page = self.open()
        for name, tag in SAMPLES.items():
            self.choose(page, name)
            script = page.locator("#language .script").inner_text()
            if tag:
                self.assertTrue(script.startswith(f"{tag} "), f"{name}: {script}")
            self.assertGreater(page.locator("#reading mark").count(), 2, name)
            self.assertGreater(page.locator("#entities .forms button").count(), 2, name)
            self.assertEqual(page.locator("#topics .topic").count(), 3, name)
            # What is shown is the text, whole and in order.
            shown = page.locator("#reading-body").evaluate("body => [...body.children].map(p => p.textContent)")
            lines = [line for line in page.input_value("#text").split("\n") if line.strip()]
            self.assertEqual(shown, lines, name)
        self.assertEqual(page.locator("#language .spans button").count() > 1, True)
        self.assertEqual(page.troubles, [])

    def test_nothing_is_asked_of_anybody_else(self):
        page = self.open()
        self.assertGreater(len(page.asked), 8)
        self.assertEqual([url for url in page.asked if not url.startswith(server.url)], [])

    def test_a_topic_underlines_its_evidence_and_a_name_lights_up_its_mentions(self):
        page = self.open()
        evidence = "CSS.highlights.get('evidence')?.size ?? 0"
        self.assertEqual(page.evaluate(evidence), 0)
        topic = page.locator("#topics .topic:not(.absent) > button").first
        topic.focus()
        self.assertGreater(page.evaluate(evidence), 0)
        spans = page.evaluate("[...CSS.highlights.get('evidence')].map(String)")
        words = page.locator("#topics .topic:not(.absent)").first.locator(".why li").all_inner_texts()
        # A name within the evidence parts its underline: neighbouring ranges together are a word.
        runs = {"".join(spans[begin:end]) for end in range(len(spans) + 1) for begin in range(end)}
        self.assertTrue(set(words) <= runs, f"{words} of {spans}")
        topic.blur()
        self.assertEqual(page.evaluate(evidence), 0)
        name = page.locator("#entities .forms button").first
        name.click()
        name.blur()
        self.assertEqual(name.get_attribute("aria-pressed"), "true")
        lit = page.locator("mark.lit")
        self.assertEqual(lit.first.inner_text(), name.locator("bdi").inner_text())

    def test_markup_in_a_text_stays_text(self):
        page = self.open()
        attacks = [
            '<img src=x onerror="window.hit=1"> Ankara',
            "<script>window.hit=1</script> met Fuad in Ankara",
            "\"><svg onload=window.hit=1> '; window.hit=1; //",
            "javascript:window.hit=1 {{constructor.constructor('window.hit=1')()}} </textarea><iframe srcdoc=x>",
        ]
        text = "\n".join(attacks) + "\nThe United Nations met <b>Rania Khalil</b> in Amman & Ankara."
        analyse(page, text)
        for tab in ("curl", "grpcurl", "Python", "JSON"):
            page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(300)
        self.assertIsNone(page.evaluate("window.hit ?? null"))
        self.assertEqual(page.locator("main img, main iframe, main script, #reading b, #reading-body svg").count(), 0)
        self.assertIn(attacks[0], page.locator("#reading-body").inner_text().replace("place", ""))
        self.assertEqual(page.troubles, [])
        # And what a page could be made to run by other means, its policy refuses.
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.hit=1'}))"
        )
        page.evaluate("document.body.setAttribute('onclick', 'window.hit=1'); document.body.click()")
        self.assertIsNone(page.evaluate("window.hit ?? null"))
        self.assertTrue(any("Content Security Policy" in trouble for trouble in page.troubles), page.troubles)

    def test_a_long_text_is_shown_whole(self):
        page = self.open()
        paragraph = page.input_value("#text")
        bytes_each = len((paragraph + "\n").encode())
        text = "\n".join([paragraph] * (LONG_BYTES // bytes_each))
        analyse(page, text)
        self.assertEqual(
            page.locator("#reading-body p").count(), len([line for line in text.split("\n") if line.strip()])
        )
        self.assertGreater(page.locator("#reading mark").count(), 500)
        page.get_by_role("tab", name="JSON", exact=True).click()
        self.assertIn("characters more", page.locator("#code").inner_text())
        page.get_by_role("tab", name="curl", exact=True).click()
        self.assertIn("text.txt", page.locator("#code").inner_text())

    def test_the_commands_shown_ask_the_same(self):
        page = self.open()
        analyse(page, "Rania Khalil's \"we\" \\n $HOME `date` !x\nElif Demirtaş Ankara'da konuştu.")
        shown = {}
        for tab in ("JSON", "curl", "Python"):
            page.get_by_role("tab", name=tab, exact=True).click()
            shown[tab] = page.locator("#code").inner_text()
        found = json.loads(shown["JSON"])
        surfaces = [mention["surface"] for mention in found["entities"]["mentions"]]
        self.assertGreater(len(surfaces), 1)

        def run(*command):
            path = f"{ROOT}/clients/python/src{os.pathsep}{ROOT}/.python-client"
            return subprocess.run(
                command, capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": path}
            )

        by_curl = json.loads(run("bash", "-c", shown["curl"]).stdout)
        self.assertEqual([mention["surface"] for mention in by_curl["entities"]["mentions"]], surfaces)
        # The page takes the port of gRPC for the default one.
        by_client = run("python3", "-c", shown["Python"].replace("127.0.0.1:50051", server.grpc))
        self.assertEqual(by_client.stdout.split("\n")[0], found["language"]["tag"], by_client.stderr)
        for surface in surfaces:
            self.assertIn(surface, by_client.stdout)

    def test_a_text_over_the_limit_is_not_sent(self):
        page = self.open()
        page.fill("#text", "a" * (1 << 20) + "b")
        self.assertIn("the limit is 1,048,576", page.locator("#size").inner_text())
        self.assertTrue(page.locator("#go").is_disabled())

    def test_a_slow_service_can_be_waited_for_and_left(self):
        page = self.open()
        server.freeze()
        try:
            page.click("#go")
            self.assertTrue(page.locator("#stop").is_visible())
            self.assertIn("working", page.locator("body").get_attribute("class"))
            page.click("#stop")
            self.assertFalse(page.locator("#stop").is_visible())
            page.click("#go")
            self.assertTrue(page.locator("#stop").is_visible())
        finally:
            server.thaw()
        answered(page)
        self.assertFalse(page.locator("#trouble").is_visible())

    def test_every_state_and_width_is_free_of_violations(self):
        for how in ({}, {"scheme": "dark"}, {"width": 360, "height": 740}):
            page = self.open(**how)
            self.check(page, how)
            page.locator("#models details").first.evaluate("details => details.open = true")
            page.route("**/v1/enrich", lambda route: route.fulfill(status=400, json={"code": 3, "message": "no"}))
            page.click("#go")
            page.locator("#trouble").wait_for()
            self.check(page, how)

    def check(self, page, how):
        found = Axe().run(page).response["violations"]
        self.assertEqual(
            [(one["id"], one["impact"], [node["target"] for node in one["nodes"]]) for one in found], [], how
        )

    def test_no_sample_is_wider_than_a_small_phone(self):
        page = self.open(width=360, height=740)
        for name in SAMPLES:
            self.choose(page, name)
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 360, name)
            for tab in ("curl", "Python"):
                page.get_by_role("tab", name=tab, exact=True).click()
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 360, name)

    def test_in_one_column_all_parts_are_equally_wide(self):
        page = self.open(width=500, height=740)
        self.choose(page, next(iter(SAMPLES)))
        widths = "['.input', '.facts', '.reading', '.request', '.models'].map((part) => document.querySelector(part).offsetWidth)"
        self.assertEqual(len(set(page.evaluate(widths))), 1, page.evaluate(widths))

    def test_it_can_be_used_by_keyboard_alone(self):
        page = self.open()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "Skip to the results")
        page.focus("#text")
        page.keyboard.press("Control+A")
        page.keyboard.type("The United Nations sent Rania Khalil to Amman on Sunday.")
        page.keyboard.press("Control+Enter")
        page.locator("#reading-body", has_text="to Amman").wait_for()
        page.get_by_role("tab", name="JSON", exact=True).focus()
        page.keyboard.press("ArrowRight")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "curl")
        self.assertIn("curl --json", page.locator("#code").inner_text())
        told = page.locator("#told").inner_text()
        self.assertTrue(told.startswith("English, ") and "mention" in told, told)


@needs_chromium
class Troubled(unittest.TestCase):
    def open(self, url):
        page = browser.page()
        self.addCleanup(page.close)
        page.goto(url)
        return page

    def serve(self, *flags, **how):
        own = Server(*flags, **how)
        self.addCleanup(own.kill)
        return own

    def state(self, page, state):
        page.locator(f"#state[data-state={state}]").wait_for()

    def test_a_service_that_goes_away_is_told_and_found_again(self):
        own = self.serve()
        page = self.open(own.url)
        self.state(page, "ready")
        answered(page)
        own.kill()
        page.click("#go")
        self.state(page, "away")
        self.assertIn("does not answer", page.locator("#trouble").inner_text())
        self.serve("--http-listen", own.http)
        self.state(page, "ready")
        page.locator("#trouble").wait_for(state="hidden")

    def test_a_service_that_loads_its_models_is_waited_for(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        home = Path(folder.name)
        for file in (ROOT / "models" / "entities").iterdir():
            (home / file.name).symlink_to(file)
        table = home / "proclitics.tsv"
        table.unlink()
        # Reading it does not end before somebody has written to it.
        os.mkfifo(table)
        own = self.serve("--entities-model", folder.name, ready=False)
        page = self.open(own.url)
        self.state(page, "loading")
        self.assertIn("is loading its models", page.locator("#trouble").inner_text())
        table.write_bytes((ROOT / "models" / "entities" / "proclitics.tsv").read_bytes())
        answered(page)
        self.state(page, "ready")
        page.locator("#trouble").wait_for(state="hidden")

    def test_a_service_that_asks_for_a_key_is_given_one(self):
        key = "a key for this test"
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as tenants:
            tenants.write(f'[[tenants]]\nname = "desk"\nkeys_sha256 = ["{hashlib.sha256(key.encode()).hexdigest()}"]\n')
            tenants.flush()
            own = self.serve("--tenants", tenants.name)
        page = self.open(own.url)
        self.state(page, "key")
        page.locator("#key").wait_for()
        page.fill("#key", "another")
        page.keyboard.press("Enter")
        page.locator("#trouble", has_text="CREDENTIALS_INVALID").wait_for()
        page.fill("#key", key)
        page.keyboard.press("Enter")
        answered(page)
        self.state(page, "ready")
        page.locator("#models").wait_for()

    def test_an_overloaded_service_is_asked_again_when_it_says(self):
        page = browser.page()
        self.addCleanup(page.close)
        refusals = []

        def refuse(route):
            if len(refusals) == 2:
                route.continue_()
                return
            refusals.append(time.monotonic())
            details = [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OVERLOADED", "domain": "enrich.v1"}
            ]
            status = {"code": 8, "message": "calls at work is full: the limit is 1; try again", "details": details}
            route.fulfill(status=429, headers={"retry-after": "2"}, json=status)

        page.route("**/v1/enrich", refuse)
        page.goto(server.url)
        self.state(page, "busy")
        said = page.locator("#trouble").inner_text()
        self.assertIn("the limit is 1", said)
        self.assertIn("OVERLOADED", said)
        answered(page)
        self.assertGreaterEqual(refusals[1] - refusals[0], 1.9)
        self.state(page, "ready")

    def test_a_refusal_says_what_is_wrong(self):
        own = self.serve("--text-bytes-max", "100")
        page = self.open(own.url)
        page.locator("#trouble").wait_for()
        said = page.locator("#trouble").inner_text()
        self.assertIn("the limit is 100", said)
        self.assertIn("TEXT_TOO_LONG", said)
        page.fill("#text", "Rania Khalil flew to Amman.")
        page.click("#go")
        answered(page)


if __name__ == "__main__":
    unittest.main()
