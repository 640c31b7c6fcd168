"""The running server against its own OpenAPI document, by schemathesis."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

from server import Server

# Requests a path and phase; the seed makes a failure one that comes again.
EXAMPLES_MAX = "12"
SEED = "20261126"
# What our schemas do not say: that a service refuses tags and ids that it does not know, and that the JSON mapping
# reads more than it writes (null for a default, a number in a string).
BEYOND_SCHEMAS = "positive_data_acceptance,negative_data_rejection"


def setUpModule():
    global server
    server = Server()


def tearDownModule():
    server.kill()


class Schema(unittest.TestCase):
    def test_the_server_answers_as_its_document_says(self):
        with urllib.request.urlopen(f"{server.url}/openapi.json") as answer:
            document = json.load(answer)
        # A deadline of a millisecond is answered with 504, as it should, which a tester takes for a failure.
        for operations in document["paths"].values():
            for operation in operations.values():
                self.assertEqual(operation.pop("parameters"), [{"$ref": "#/components/parameters/timeout"}])
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "openapi.json").write_text(json.dumps(document))
            command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
            command += ["run", "openapi.json", "--url", server.url, "--max-examples", EXAMPLES_MAX, "--seed", SEED]
            command += ["--continue-on-failure", "--exclude-checks", BEYOND_SCHEMAS]
            # It leaves files where it runs; there, a relative path to the packages would lead nowhere.
            packages = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
            done = subprocess.run(command, cwd=folder, env=packages, capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr)
        self.assertRegex(done.stdout, r"\d+ generated")


if __name__ == "__main__":
    unittest.main()
