"""Labelled sets: reading them, their licence classes, and turning spans into word labels."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .words import surfaces, words

TYPES = ("PER", "ORG", "LOC")
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")

# Set -> (source, licence as found). Only these may teach shipped weights.
OPEN = {
    "ner_news": ("hand-marked news sentences of this project", "ours"),
    "news_extra": ("further news sentences, marked for this project by a language model that read them after its guide", "ours"),
    "self": ("raw news labelled by this project's own model, where it was sure", "labels ours"),
    "panx": ("WikiANN / PAN-X", "text CC-BY-SA, automatic labels"),
    "wojood_sample": ("Wojood sample", "MIT"),
    "milliyet_gungor": ("Milliyet NER, Gungor", "MIT"),
    "nakbatr": ("NakbaTR", "Apache-2.0"),
    "wikiner_ts": ("Turkish WikiNER", "CC-BY-SA-4.0"),
    "parstwiner": ("ParsTwiNER", "MIT"),
    "nemo_spmrl": ("NEMO SPMRL", "CC-BY-4.0"),
    "il_ner": ("IL-NER", "CC-BY-4.0"),
    "crossner_politics": ("CrossNER politics", "MIT"),
    "uner_ewt": ("Universal NER", "CC-BY-SA-4.0"),
    "uner_ddt": ("Universal NER", "CC-BY-SA-4.0"),
    "uner_set": ("Universal NER", "CC-BY-SA-4.0"),
    "uner_bosque": ("Universal NER", "CC-BY-SA-4.0"),
    "uner_talbanken": ("Universal NER", "CC-BY-SA-4.0"),
    "uner_gsdsimp": ("Universal NER", "CC-BY-SA-4.0"),
    "factrueval": ("FactRuEval 2016", "MIT"),
    "germeval14": ("GermEval 2014", "CC-BY-4.0"),
    "ijnlp": ("IJCNLP Urdu NER", "MIT"),
    "jahangir": ("Jahangir Urdu NER", "MIT"),
    "uner": ("UNER Urdu", "MIT"),
    "btc": ("Broad Twitter Corpus", "CC-BY-4.0"),
    "wikigold": ("WikiGold", "CC-BY-4.0"),
    "wnut17": ("WNUT 2017", "CC-BY-4.0"),
    "hiner": ("HiNER", "CC-BY-SA-4.0"),
    "kaznerd": ("KazNERD", "CC-BY-4.0"),
    "nerkor": ("NerKor", "CC-BY-SA-4.0"),
    "ronec": ("RONEC", "MIT"),
    "stockmark_wiki": ("Stockmark Wikipedia NER", "CC-BY-SA-3.0"),
    "turku": ("Turku NER", "CC-BY-SA-4.0"),
}

# Written without blanks: tokens are glued before the words are split again.
# klue (Korean) stands as characters too, but its blanks are lost, so that
# words as serving sees them cannot be had from it: it is not in use.
CHARACTER_LANGUAGES = frozenset({"zh", "ja"})

Sentence = tuple[list[str], list[str]]


def is_open(name: str) -> bool:
    """Whether the labels of a set may be used for weights that anyone may use."""
    return name in OPEN


def sentences(path: Path) -> Iterator[Sentence]:
    """(tokens, IOB2 labels) of each sentence of a TOKEN<TAB>LABEL file; labels of other types become O."""
    tokens: list[str] = []
    labels: list[str] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            token, _, label = line.rstrip("\n").partition("\t")
            if label:
                tokens.append(token)
                labels.append(label if label in LABELS else "O")
            elif tokens:
                yield tokens, labels
                tokens, labels = [], []
    if tokens:
        yield tokens, labels


def mentions(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """(begin, end, type) runs of IOB2 labels, half-open; a stray I- opens a mention as B- would."""
    found: list[tuple[int, int, str]] = []
    begin, kind = 0, ""
    for index, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            found.append((begin, index, kind))
            kind = ""
        if not kind and label != "O":
            begin, kind = index, label[2:]
    return found


def label_words(spans: Sequence[tuple[int, int]], entities: Sequence[tuple[int, int, str]]) -> list[str]:
    """IOB2 labels for words from character spans.

    `spans` and `entities` are half-open in the same unit. A word that an
    entity touches belongs to it whole: a proclitic inside the word is cut
    when serving, by rule. Where two entities touch one word the longer wins.
    """
    labels = ["O"] * len(spans)
    for begin, end, kind in sorted(entities, key=lambda entity: entity[1] - entity[0], reverse=True):
        inside = [i for i, (first, last) in enumerate(spans) if first < end and begin < last and labels[i] == "O"]
        for i in inside:
            opens = i == inside[0] or i - 1 not in inside
            labels[i] = ("B-" if opens else "I-") + kind
    return labels


def resplit(tokens: Sequence[str], labels: Sequence[str], joined: bool) -> Sentence:
    """A tokenised sentence in the shared word split.

    `joined` glues the tokens without blanks (sets of single characters). A
    Turkish suffix behind an apostrophe at the end of a mention becomes O,
    as `ner_news` marks it.
    """
    text, bounds = "", []
    for token in tokens:
        token = token or " "
        if text and not joined:
            text += " "
        bounds.append((len(text), len(text) + len(token)))
        text += token
    entities = [(bounds[begin][0], bounds[end - 1][1], kind) for begin, end, kind in mentions(labels)]
    entities = [(begin, begin + len(trim_suffix(text[begin:end])), kind) for begin, end, kind in entities]
    spans = words(text)
    return [text[begin:end] for begin, end in spans], label_words(spans, entities)


_SUFFIX = re.compile(r"['’ʼ‘´`]\s?[a-zçğıöşüâîû]{1,7}$")


def trim_suffix(surface: str) -> str:
    """A mention without the lower-case suffix that follows an apostrophe in its last word."""
    return _SUFFIX.sub("", surface) or surface


def news(path: Path, held_out: bool) -> Iterator[tuple[str, str, list[tuple[int, int, str]]]]:
    """(language, text, entities) of `ner_news`: its held-out tenth or the rest of it.

    Entities are half-open code-point spans.
    """
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if is_held_out(record["id"]) == held_out:
                entities = [(e["begin"], e["end"], e["type"]) for e in record["entities"]]
                yield record["lang"], record["text"], entities


def is_held_out(identity: str) -> bool:
    """Whether a news sentence belongs to the tenth that is never trained on."""
    return int(hashlib.sha256(identity.encode()).hexdigest(), 16) % 10 == 0


def news_sentence(text: str, entities: Sequence[tuple[int, int, str]]) -> Sentence:
    """Words and labels of a news sentence."""
    return surfaces(text), label_words(words(text), entities)
