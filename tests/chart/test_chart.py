"""The chart, as far as it can be checked without a cluster; run by `.ci/chart`."""

import difflib
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

TOOLS = Path(os.environ["CHART_TOOLS"])
SCHEMAS = Path(os.environ["CHART_SCHEMAS"])
CHART = Path(__file__).resolve().parent.parent.parent / "helm" / "enrich"
EXAMPLES = sorted((CHART / "examples").glob("*.values.yaml"))
VERSIONS = sorted(folder.name for folder in SCHEMAS.glob("v*"))
# What the examples are rendered for; nothing in the chart depends on it but the oldest that it allows.
KUBERNETES = "1.36.0"


def run(*command):
    """Returns what a tool prints; a tool that fails fails the test with all that it said."""
    result = subprocess.run([TOOLS / command[0], *map(str, command[1:])], capture_output=True, text=True, cwd=CHART)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def rendered(values):
    return run("helm", "template", "enrich", CHART, "--namespace", "nlp", "--kube-version", KUBERNETES, "--values", values)


def readme():
    return run("helm-docs", "--chart-search-root", CHART, "--dry-run", "--log-level", "warning", "--sort-values-order", "file")


def twin(values):
    """The file beside an example's values that it is rendered to."""
    return values.with_name(values.name.replace(".values.yaml", ".yaml"))


class Chart(unittest.TestCase):
    maxDiff = None

    def assert_current(self, file, text):
        """`file` is what the chart now gives."""
        was = file.read_text() if file.exists() else ""
        difference = difflib.unified_diff(was.splitlines(), text.splitlines(), str(file), "now", lineterm="", n=2)
        self.assertEqual(was, text, "run `.ci/chart --update` if this is meant:\n" + "\n".join(list(difference)[:80]))

    def test_lint_finds_nothing(self):
        for values in EXAMPLES:
            with self.subTest(values.name):
                run("helm", "lint", "--strict", "--kube-version", KUBERNETES, "--values", values, CHART)

    def test_rendered_examples_are_current(self):
        self.assertGreater(len(EXAMPLES), 3)
        for values in EXAMPLES:
            with self.subTest(values.name):
                self.assert_current(twin(values), rendered(values))

    def test_the_readme_of_values_is_current_and_tells_of_each(self):
        self.assert_current(CHART / "README.md", readme())
        self.assertEqual([line for line in readme().splitlines() if line.endswith("|  |")], [])

    def test_rendered_examples_fit_the_schemas_of_every_version(self):
        self.assertGreater(len(VERSIONS), 2)
        for version in VERSIONS:
            with self.subTest(version):
                said = run(
                    "kubeconform", "-strict", "-summary", "-kubernetes-version", version.removeprefix("v"),
                    "-schema-location", f"{SCHEMAS}/{version}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
                    "-schema-location", f"{SCHEMAS}/custom/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
                    *map(twin, EXAMPLES),
                )
                self.assertIn("Invalid: 0, Errors: 0, Skipped: 0", said)
                print(version, said.strip())

    def test_a_field_that_kubernetes_does_not_have_is_found(self):
        # Else the test above could not fail.
        broken = rendered(EXAMPLES[0]).replace("enableServiceLinks:", "enableServiceLink:")
        result = subprocess.run(
            [TOOLS / "kubeconform", "-strict", "-schema-location",
             f"{SCHEMAS}/{VERSIONS[-1]}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"],
            input=broken, capture_output=True, text=True,
        )
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("enableServiceLink", result.stdout)

    def test_the_chart_asks_for_the_images_of_this_version(self):
        version = re.search(r'^version = "(.+)"$', (CHART.parent.parent / "Cargo.toml").read_text(), re.M).group(1)
        self.assertIn(f"\nappVersion: {version}\n", (CHART / "Chart.yaml").read_text())

    def test_the_tables_of_many_texts_stand_in_the_documents(self):
        script = CHART.parent.parent / "tests" / "scale" / "simulate.py"
        told = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True).stdout
        told = [line for line in told.splitlines() if line.startswith("|")]
        self.assertGreater(len(told), 10)
        lines = (CHART.parent.parent / "docs" / "operations.md").read_text().splitlines()
        self.assertEqual([line for line in told if line not in lines], [])

    def test_unit_tests(self):
        print(run("helm-unittest", "--strict", CHART))


def update():
    for values in EXAMPLES:
        twin(values).write_text(rendered(values))
    (CHART / "README.md").write_text(readme())


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main(verbosity=2)
