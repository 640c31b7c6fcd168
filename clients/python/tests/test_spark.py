import os
import shutil
import sys
import unittest
from typing import Any

import pandas as pd

from enrich.pandas import columns
from enrich.spark import partitions, schema
from tests import texts
from tests.server import ROOT, shared
from tests.test_readme import examples, run

_PYSPARK = ROOT / ".python-spark"
sys.path.append(str(_PYSPARK))
try:
    if shutil.which("java") is None:
        raise ImportError("no java")
    from pyspark.sql import SparkSession
except ImportError:
    SparkSession = None

_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class Contract(unittest.TestCase):
    """What holds of the function itself, with Spark or without."""

    def test_frames_go_in_and_come_out_one_by_one(self) -> None:
        frames = [pd.DataFrame({"key": [n], "body": [texts.ENGLISH]}) for n in range(3)]
        run = partitions(shared().address, text="body", client={"timeout_s": 60.0}, features=["language"])
        out = list(run(iter(frames)))
        self.assertEqual([frame["key"].tolist() for frame in out], [[0], [1], [2]])
        self.assertTrue(all(frame["language"].tolist() == ["en"] for frame in out))

    def test_long_frames_keep_the_columns_named(self) -> None:
        frame = pd.DataFrame({"key": [1, 2], "body": [texts.ENGLISH, ""]})
        run = partitions(shared().address, text="body", layout="long", keep=("key",))
        (out,) = run(iter([frame]))
        self.assertEqual(list(out.columns), ["key", *columns("long")])
        self.assertEqual(set(out.loc[out["error"].isna(), "key"]), {1})
        self.assertEqual(out.loc[out["key"] == 2, "error"].tolist(), ["EMPTY_TEXT: text is empty"])

    def test_a_layout_that_does_not_exist_is_refused_before_anything_runs(self) -> None:
        with self.assertRaises(ValueError):
            partitions(layout="tall")  # type: ignore[arg-type]


@unittest.skipIf(SparkSession is None, "needs Java and pyspark")
class Spark(unittest.TestCase):
    spark: Any = None

    @classmethod
    def setUpClass(cls) -> None:
        # The workers are processes of their own; they import what this process imports.
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ["SPARK_HOME"] = str(_PYSPARK / "pyspark")
        builder = SparkSession.builder.master("local[2]")
        for key, value in _SETTINGS.items():
            builder = builder.config(key, value)
        cls.spark = builder.getOrCreate()
        cls.spark.sparkContext.setLogLevel("ERROR")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.spark.stop()

    def test_a_corpus_goes_through_map_in_pandas(self) -> None:
        rows = [(n, texts.ENGLISH if n % 3 else "") for n in range(60)]
        df = self.spark.createDataFrame(rows, "key bigint, body string").repartition(4)
        wide = df.mapInPandas(partitions(shared().address, text="body"), schema(df)).collect()
        self.assertEqual(sorted(row["key"] for row in wide), list(range(60)))
        for row in wide:
            self.assertEqual(row["language"], "en" if row["key"] % 3 else None)
            self.assertEqual(row["error"], None if row["key"] % 3 else "EMPTY_TEXT: text is empty")
            self.assertEqual("Mara Lindqvist" in (row["people"] or []), bool(row["key"] % 3))
        run = partitions(shared().address, text="body", layout="long", keep=("key",))
        long = df.mapInPandas(run, schema(df, layout="long", keep=("key",))).collect()
        for row in long:
            if row["error"] is None:
                self.assertEqual(texts.ENGLISH[row["begin"] : row["end"]], row["surface"])
        self.assertEqual({row["key"] for row in long}, set(range(60)))

    def test_the_example_of_the_readme_runs(self) -> None:
        df = self.spark.createDataFrame([(texts.ENGLISH,), (texts.HEBREW,)], "body string")
        code = next(code for kind, code, _ in examples() if kind == "python" and "enrich.spark" in code)
        self.assertEqual(run(code, {"df": df}), "['en', 'he']\n")
