import unittest

import pandas as pd
import pyarrow as pa

import enrich
from enrich.pandas import Layout, columns, enrich_df
from tests import texts
from tests.server import shared


class Pandas(unittest.TestCase):
    def setUp(self) -> None:
        self.df = pd.DataFrame(
            {"id": [7, 8, 9, 10], "body": [texts.ENGLISH, "", None, texts.ARABIC]}, index=["a", "b", "c", "c"]
        )
        self.client = enrich.Client(shared().address, timeout_s=60)
        self.addCleanup(self.client.close)

    def test_wide_adds_columns_to_every_row(self) -> None:
        wide = enrich_df(self.df, text="body", client=self.client)
        self.assertEqual(list(wide.columns), ["id", "body", *columns("wide")])
        self.assertEqual(list(wide.index), ["a", "b", "c", "c"])
        self.assertEqual(wide["id"].tolist(), [7, 8, 9, 10])
        self.assertEqual(wide["language"].tolist(), ["en", pd.NA, pd.NA, "ar"])
        self.assertEqual(list(wide["people"].iloc[0]), ["Mara Lindqvist"])
        self.assertIn("water", wide["topics"].iloc[3])
        self.assertEqual(wide["error"].isna().tolist(), [True, False, False, True])
        self.assertTrue(wide["error"].iloc[2].startswith("EMPTY_TEXT"))
        self.assertEqual(list(self.df.columns), ["id", "body"], "the caller's frame is not changed")

    def test_long_has_a_row_a_mention(self) -> None:
        long = enrich_df(self.df, text="body", client=self.client, layout="long")
        self.assertEqual(list(long.columns), list(columns("long")))
        for place, row in long[long["error"].isna()].iterrows():
            text = texts.ENGLISH if place == "a" else texts.ARABIC
            self.assertEqual(text[row["begin"] : row["end"]], row["surface"])
        self.assertEqual(long["error"].notna().sum(), 2)
        self.assertEqual(long.loc[["b"], "begin"].tolist(), [pd.NA])

    def test_columns_are_of_arrow(self) -> None:
        layouts: tuple[Layout, ...] = ("wide", "long")
        for layout in layouts:
            found = enrich_df(self.df, text="body", client=self.client, layout=layout)
            for name, kind in columns(layout).items():
                self.assertEqual(found[name].dtype, pd.ArrowDtype(kind), name)
            # Without a copy or a guess: what goes to Parquet has the same types.
            made = pa.Table.from_pandas(found[list(columns(layout))])
            for name, kind in columns(layout).items():
                self.assertEqual(made.schema.field(name).type, kind)

    def test_an_address_will_do_for_a_client(self) -> None:
        wide = enrich_df(self.df, text="body", client=shared().address, features=["language"])
        self.assertEqual(wide["language"].iloc[0], "en")
        self.assertTrue(wide["people"].isna().all())

    def test_frames_without_rows_or_mentions_keep_their_columns(self) -> None:
        for frame in (self.df.iloc[:0], pd.DataFrame({"body": ["so it is"]})):
            long = enrich_df(frame, text="body", client=self.client, layout="long")
            self.assertEqual((len(long), list(long.columns)), (0, list(columns("long"))))
        self.assertEqual(len(enrich_df(self.df.iloc[:0], text="body", client=self.client)), 0)

    def test_mistakes_are_told(self) -> None:
        with self.assertRaisesRegex(KeyError, "there is no column 'text'; the columns are id, body"):
            enrich_df(self.df, client=self.client)
        with self.assertRaisesRegex(TypeError, "'id' holds int"):
            enrich_df(self.df, text="id", client=self.client)
        with self.assertRaisesRegex(ValueError, "layout"):
            enrich_df(self.df, text="body", client=self.client, layout="tall")  # type: ignore[arg-type]
