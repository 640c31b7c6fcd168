import tempfile
import unittest
from pathlib import Path

from generate import generate

KEPT = Path(__file__).resolve().parents[1] / "src" / "enrich" / "v1"


class Generated(unittest.TestCase):
    def test_generated_python_is_what_the_proto_files_say(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder))
            made = {file.name: file.read_bytes() for file in Path(folder, "enrich", "v1").iterdir()}
        kept = {file.name: file.read_bytes() for file in KEPT.glob("*_pb2*.py*")}
        self.assertEqual(sorted(made), sorted(kept))
        for name, content in made.items():
            self.assertEqual(content, kept[name], f"{name} is stale: run clients/python/generate.py")

    def test_generated_imports_are_as_the_generator_wrote_them(self) -> None:
        for file in KEPT.glob("*_pb2*.py"):
            for line in file.read_text().splitlines():
                self.assertFalse(line.startswith("from ."), f"{file.name}: {line}")
