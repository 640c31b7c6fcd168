"""Development data and the model's answers on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy
import torch

from .conll import CHARACTER_LANGUAGES, LABELS, label_words, mentions, news, resplit, sentences
from .datasets import by_budget, collate, row
from .model import TokenClassifier, device
from .passages import news_extra
from .paths import Workspace
from .proclitics import Table, is_arabic
from .sequence import Mention, decode
from .vocabulary import PAD_ID, Encoder
from .words import words

PANX = ("ar", "fa", "tr", "he", "ur", "en", "ru")
TRAINED_KIND = {"nemo": ("he", "nemo_spmrl", "dev"), "milliyet": ("tr", "milliyet_gungor", "dev")}
# Never trained on, because their licences do not allow it: honest checks on other guidelines.
FOREIGN = {
    "anercorp_camel": ("ar", "anercorp_camel", "train"),
    "peyma": ("fa", "peyma", "dev"),
    "agackner": ("ckb", "agackner", "dev"),
    "conll0203": ("en", "conll0203", "dev"),
}
# Marked by this project after one guide, in several languages.
NEWS = {"ner_news": "ner_news, held-out tenth", "news_extra": "news_extra, held-out twentieth"}


@dataclass
class Item:
    """A text in words with what a reader marked in it; logits [W, 7] once the model has seen it."""

    language: str
    text: str
    spans: list[tuple[int, int]]
    gold: set[Mention]
    exact: bool = False
    logits: numpy.ndarray = field(default_factory=lambda: numpy.zeros((0, len(LABELS)), dtype=numpy.float32))

    @property
    def tokens(self) -> list[str]:
        return [self.text[begin:end] for begin, end in self.spans]

    def found(self, temperature: float, table: Table | None) -> list[tuple[Mention, list[float]]]:
        """The model's mentions in the unit of `gold`.

        That unit is code points after the proclitic rule for exact items and
        word indices for the others.
        """
        answers = decode(self.logits, temperature)
        if not self.exact:
            return answers
        return [(self._in_text(mention, table), chosen) for mention, chosen in answers]

    def _in_text(self, mention: Mention, table: Table | None) -> Mention:
        first, last, kind = mention
        begin, end = self.spans[first][0], self.spans[last - 1][1]
        if table and is_arabic(self.text):
            begin += table.cut(self.text[begin : self.spans[first][1]])
        return begin, end, kind


def _from_set(workspace: Workspace, language: str, name: str, split: str) -> Iterator[Item]:
    path = workspace.find("ner", f"{language}__{name}__{split}.conll")
    for tokens, labels in sentences(path):
        split_tokens, split_labels = resplit(tokens, labels, language in CHARACTER_LANGUAGES)
        text = " ".join(split_tokens)
        if split_tokens:
            yield Item(language, text, words(text), set(mentions(split_labels)))


def sets(workspace: Workspace, panx_max: int | None = None) -> dict[str, list[Item]]:
    """Every development set by name; `panx_max` keeps only the first sentences of the large silver ones."""
    found = {f"panx_{code}": list(_from_set(workspace, code, "panx", "dev"))[:panx_max] for code in PANX}
    for name, place in {**TRAINED_KIND, **FOREIGN}.items():
        found[name] = list(_from_set(workspace, *place))
    news_sets = {
        "ner_news": news(workspace.find("ner_news.jsonl"), held_out=True),
        "news_extra": news_extra(workspace, held_out=True),
    }
    for name, rows in news_sets.items():
        found[name] = [
            Item(language, text, words(text), {(b, e, kind) for b, e, kind in entities}, exact=True)
            for language, text, entities in rows
        ]
    return found


def gold_labels(item: Item) -> list[str]:
    """The word labels that the gold mentions of an item amount to."""
    if item.exact:
        return label_words(item.spans, sorted(item.gold))
    labels = ["O"] * len(item.spans)
    for begin, end, kind in item.gold:
        labels[begin:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - begin - 1)
    return labels


@torch.inference_mode()
def predict(model: TokenClassifier, encoder: Encoder, items: Sequence[Item], budget: int = 4096) -> None:
    """Fills in the logits of every item, in bf16; words beyond the model's positions count as O."""
    model = model.to(device(), torch.bfloat16).eval()
    positions = model.bert.shape.positions
    rows = [row(encoder, item.tokens, ["O"] * len(item.spans), positions) for item in items]
    for group in by_budget(rows, budget):
        ids, targets = collate([rows[index] for index in group])
        placed = torch.from_numpy(ids).to(device())
        logits = model(placed, placed != PAD_ID).float().cpu().numpy()
        for index, answer, firsts in zip(group, logits, targets):
            fill(items[index], answer, firsts)


def fill(item: Item, answer: numpy.ndarray, firsts: numpy.ndarray) -> None:
    """Sets an item's logits from those of its pieces [L, 7]; `firsts` [L] is 0 or more at the first piece of a word."""
    known = answer[firsts >= 0]
    outside = numpy.eye(len(LABELS), dtype=numpy.float32)[0] * 20
    item.logits = numpy.concatenate((known, numpy.tile(outside, (len(item.spans) - len(known), 1))))
