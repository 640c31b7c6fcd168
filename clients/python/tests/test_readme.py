import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import enrich
from tests import texts
from tests.server import shared

README = Path(__file__).resolve().parents[1] / "README.md"


def examples() -> list[tuple[str, str, str | None]]:
    """Returns the README's blocks: language, code with the test's server in it, and the output told behind it."""
    found = re.findall(r"^```(\w+)\n(.*?)^```(?:\n\n```output\n(.*?)^```)?$", README.read_text(), re.M | re.S)
    address = shared().address
    return [(kind, code.replace("localhost:50051", address), told or None) for kind, code, told in found]


def run(code: str, names: dict[str, Any]) -> str:
    """Runs an example where `names` are defined; returns what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), names)
    return out.getvalue()


class Readme(unittest.TestCase):
    def test_examples_print_what_the_readme_says(self) -> None:
        names: dict[str, Any] = {"enrich": enrich}
        ran = 0
        for kind, code, told in examples():
            # tests/test_spark.py runs the one for Spark.
            if kind == "python" and "enrich.spark" not in code:
                with self.subTest(code):
                    printed = run(code, names)
                    # What depends on the models stands in blocks of text: it is run, and may change with them.
                    self.assertEqual(printed, told or printed)
                    self.assertTrue(printed)
                ran += 1
        self.assertEqual(ran, 8)

    def test_commands_run(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "article.txt").write_text(texts.ENGLISH)
            for command in next(code for kind, code, _ in examples() if kind == "sh").splitlines():
                as_module = command.replace("enrich-client", f"{sys.executable} -m enrich.cli")
                environment = {
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path))),
                }
                done = subprocess.run(
                    as_module, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
                )
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
                self.assertIn("Mara Lindqvist", done.stdout)
