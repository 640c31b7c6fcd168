import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import enrich
from tests.server import ROOT, shared

SOURCES = Path(__file__).resolve().parents[1] / "src"
IMPORT_SECONDS_MAX = 0.3

_SMOKE = """
import asyncio, sys, warnings
# What protobuf says of generated code that it will not read for long.
warnings.simplefilter("error", UserWarning)
import grpc, google.protobuf, enrich
print(grpc.__version__, google.protobuf.__version__)
text = "Mara Lindqvist met envoys in Oslo."
with enrich.Client(sys.argv[1], timeout_s=60) as client:
    mention = client.entities(text)[0]
    assert text[mention.begin : mention.end] == mention.surface == "Mara Lindqvist"
    values = list(client.enrich_many([text, "", text] * 20))
    assert [getattr(value, "reason", None) for value in values] == [None, "EMPTY_TEXT", None] * 20
async def main():
    async with enrich.AsyncClient(sys.argv[1], timeout_s=60) as client:
        assert (await client.enrich(text)).topics is not None
        values = [value async for value in client.enrich_many([text, "", text] * 20)]
        assert [getattr(value, "reason", None) for value in values] == [None, "EMPTY_TEXT", None] * 20
asyncio.run(main())
"""


def python(packages: str, *arguments: str) -> str:
    """Runs Python with nothing but the client and the packages of a folder; returns what it printed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCES), str(ROOT / packages)))}
    # -S: no packages of the machine, which would stand in for missing ones.
    command = [sys.executable, "-S", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


class Versions(unittest.TestCase):
    def check(self, packages: str, requirements: str) -> None:
        pinned = (SOURCES.parent / "requirements" / requirements).read_text()
        expected = [re.search(rf"^{name}==(\S+)", pinned, re.M).group(1) for name in ("grpcio", "protobuf")]  # type: ignore[union-attr]
        said = python(packages, "-c", _SMOKE, shared().address).split()
        self.assertEqual(said, expected)

    def test_the_oldest_supported_versions_serve(self) -> None:
        self.check(".python-oldest", "oldest.txt")

    def test_the_newest_tested_versions_serve(self) -> None:
        self.check(".python-client", "tests.txt")

    def test_the_package_promises_what_is_tested(self) -> None:
        promised = (SOURCES.parent / "pyproject.toml").read_text()
        oldest = (SOURCES.parent / "requirements" / "oldest.txt").read_text()
        newest = (SOURCES.parent / "requirements" / "tests.txt").read_text()
        self.assertIn("protobuf==4.25.1", oldest)
        self.assertIn('"protobuf>=4.25.1,<8"', promised)
        self.assertRegex(newest, r"protobuf==7\.")
        self.assertIn("grpcio==1.62.0", oldest)
        self.assertIn('"grpcio>=1.62"', promised)
        self.assertIn(f'version = "{enrich.__version__}"', promised)

    def test_import_is_quick(self) -> None:
        code = "import time; t = time.perf_counter(); import enrich; print(time.perf_counter() - t)"
        seconds = [float(python(".python-client", "-c", code)) for _ in range(6)]
        # The fastest is what the import takes; the others, what the machine did besides.
        self.assertLess(min(seconds), IMPORT_SECONDS_MAX, seconds)

    def test_import_brings_no_extras(self) -> None:
        code = "import sys, enrich; print(sorted({'pandas', 'pyarrow', 'tqdm', 'numpy'} & set(sys.modules)))"
        self.assertEqual(python(".python-client", "-c", code), "[]\n")
