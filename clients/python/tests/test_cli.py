import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests import texts
from tests.server import free_port, shared


class CommandLine(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.files = [Path(folder.name, name) for name in ("english.txt", "arabic.txt")]
        for file, text in zip(self.files, (texts.ENGLISH, texts.ARABIC), strict=True):
            file.write_text(text, encoding="utf-8")

    def run_it(self, *arguments: object, given: str = "", server: str | None = None) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "enrich.cli", *map(str, arguments), "--server", server or shared().address]
        # A terminal that cannot show Arabic is no reason to fail.
        environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        done = subprocess.run(command, input=given.encode(), capture_output=True, env=environment, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_text_marks_mentions_in_place(self) -> None:
        code, out, err = self.run_it(*self.files)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("[PERSON Mara Lindqvist] met envoys", out)
        self.assertIn("language: ar", out)
        self.assertLess(out.index("english.txt"), out.index("arabic.txt"))

    def test_json_is_one_list(self) -> None:
        code, out, _ = self.run_it(*self.files, "--format", "json")
        told = json.loads(out)
        self.assertEqual(code, 0)
        self.assertEqual([record["language"]["tag"] for record in told], ["en", "ar"])
        self.assertEqual(told[0]["file"], str(self.files[0]))

    def test_jsonl_is_a_line_a_file(self) -> None:
        _, out, _ = self.run_it(*self.files, "--format", "jsonl")
        self.assertEqual([json.loads(line)["file"] for line in out.splitlines()], [str(file) for file in self.files])

    def test_html_is_a_page(self) -> None:
        _, out, _ = self.run_it(*self.files, "--format", "html")
        self.assertTrue(out.startswith("<!doctype html>"))
        self.assertIn("<bdi>Mara Lindqvist</bdi></mark>", out)
        self.assertIn('<div dir="rtl"', out)

    def test_standard_input_is_read(self) -> None:
        code, out, _ = self.run_it("-", "--language", "en", given=texts.ENGLISH)
        self.assertEqual(code, 0)
        self.assertIn("[PERSON Mara Lindqvist]", out)

    def test_a_file_that_cannot_be_answered_does_not_stop_the_others(self) -> None:
        self.files[0].write_text("")
        code, out, err = self.run_it(*self.files, "--format", "jsonl")
        self.assertEqual(code, 1)
        self.assertIn("english.txt: EMPTY_TEXT: text is empty", err)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual((first["error"]["reason"], second["language"]["tag"]), ("EMPTY_TEXT", "ar"))

    def test_mistakes_are_told_in_a_line(self) -> None:
        self.files[0].write_bytes(b"\xff\xfe\x00")
        for arguments, said in (
            (["no/such/file"], "No such file"),
            ([self.files[0]], "english.txt is not UTF-8"),
            ([self.files[1], "--ca", "no/such.pem"], "No such file"),
        ):
            code, _, err = self.run_it(*arguments)
            self.assertEqual(code, 2)
            self.assertIn(said, err)
            self.assertEqual(len(err.splitlines()), 1, err)

    def test_no_server_is_told(self) -> None:
        code, _, err = self.run_it(self.files[0], "--timeout", "2", server=f"127.0.0.1:{free_port()}")
        self.assertEqual(code, 1)
        self.assertIn("english.txt: UNAVAILABLE", err)
