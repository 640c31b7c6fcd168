"""The labelled sets of licence class open, and batches drawn from them."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from .augment import Names, attach_proclitics, noise, replace_names
from .conll import CHARACTER_LANGUAGES, LABELS, Sentence, is_open, news, news_sentence, resplit, sentences
from .passages import news_extra
from .paths import Workspace
from .vocabulary import CLS_ID, MASK_ID, PAD_ID, SEP_ID, Encoder

# Development sets that evaluation reports; all other parts of open sets train.
KEPT_FOR_DEVELOPMENT = {
    *(f"{language}__panx__dev" for language in ("ar", "fa", "tr", "he", "ur", "en", "ru")),
    "he__nemo_spmrl__dev",
    "tr__milliyet_gungor__dev",
}
IGNORED = -100
# Raw sentences that a model of ours labelled and was sure of, and where `selftrain` keeps them in the cache.
SELF = "self"
SELF_FILE = "self.jsonl"
LABEL_IDS = {label: index for index, label in enumerate(LABELS)}


@dataclass
class LabelledSet:
    """The training sentences of one set in one language."""

    language: str
    name: str
    sentences: list[Sentence]

    @property
    def kind(self) -> str:
        """ner_news, gold, social or silver: how much its labels are worth for running news."""
        kinds = {"ner_news": "ner_news", "news_extra": "ner_news", "panx": "silver", SELF: "silver", "btc": "social", "wnut17": "social"}
        return kinds.get(self.name, "gold")

    @property
    def words(self) -> int:
        return sum(len(tokens) for tokens, _ in self.sentences)


def load(workspace: Workspace) -> list[LabelledSet]:
    """Every open training set in the shared word split; sentences without words are left out."""
    found: dict[tuple[str, str], LabelledSet] = {}
    for path in sorted(workspace.find("ner").glob("*.conll")):
        language, name, _ = path.stem.split("__", 2)
        if is_open(name) and path.stem not in KEPT_FOR_DEVELOPMENT:
            kept = found.setdefault((language, name), LabelledSet(language, name, []))
            joined = language in CHARACTER_LANGUAGES
            pairs = (resplit(tokens, labels, joined) for tokens, labels in sentences(path))
            kept.sentences += [pair for pair in pairs if pair[0]]
    for language, text, entities in news(workspace.find("ner_news.jsonl"), held_out=False):
        kept = found.setdefault((language, "ner_news"), LabelledSet(language, "ner_news", []))
        kept.sentences.append(news_sentence(text, entities))
    for language, text, entities in news_extra(workspace, held_out=False):
        kept = found.setdefault((language, "news_extra"), LabelledSet(language, "news_extra", []))
        kept.sentences.append(news_sentence(text, entities))
    for language, tokens, labels in sure_sentences(workspace):
        kept = found.setdefault((language, SELF), LabelledSet(language, SELF, []))
        kept.sentences.append((tokens, labels))
    return list(found.values())


def sure_sentences(workspace: Workspace) -> Iterator[tuple[str, list[str], list[str]]]:
    """(language, words, labels) of what `selftrain` wrote, if it did."""
    path = workspace.cache / SELF_FILE
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["language"], row["tokens"], row["labels"]


def weights(sets: list[LabelledSet], settings: dict) -> numpy.ndarray:
    """The share of drawn words that each set gets; the shares sum to one."""
    sizes = numpy.array([s.words ** settings["power"] * settings["factors"][s.kind] for s in sets])
    languages = [s.language for s in sets]
    named, others = settings["shares"], sorted({name for name in languages if name not in settings["shares"]})
    roots = {name: sum(s.words for s in sets if s.language == name) ** 0.5 for name in others}
    scale = settings["rest"] / max(sum(roots.values()), 1e-9)
    share = {**named, **{name: root * scale for name, root in roots.items()}}
    totals = {name: sizes[[name == language for language in languages]].sum() for name in share}
    mixed = numpy.array([share[s.language] * size / totals[s.language] for s, size in zip(sets, sizes)])
    return mixed / mixed.sum()


class Drawer:
    """Endless augmented sentences, each set in a shuffled order of its own."""

    def __init__(self, sets: list[LabelledSet], settings: dict, seed: list[int]) -> None:
        self.sets, self.settings = sets, settings
        self.dice = random.Random(str(seed))
        # Shares count words, draws are sentences: sets of short sentences are drawn more often.
        lengths = numpy.array([s.words / len(s.sentences) for s in sets])
        odds = weights(sets, settings) / lengths
        self.odds = (odds / odds.sum()).tolist()
        self.orders: list[list[int]] = [[] for _ in sets]
        self.names = Names()
        for labelled in sets:
            for sentence in labelled.sentences:
                self.names.learn(labelled.language, sentence)

    def _next(self, index: int) -> Sentence:
        order = self.orders[index]
        if not order:
            order.extend(range(len(self.sets[index].sentences)))
            self.dice.shuffle(order)
        return self.sets[index].sentences[order.pop()]

    def __iter__(self) -> Iterator[Sentence]:
        settings, dice, indices = self.settings, self.dice, range(len(self.sets))
        while True:
            (index,) = dice.choices(indices, self.odds)
            language = self.sets[index].language
            count = dice.randint(2, 4) if dice.random() < settings["join"] else 1
            tokens: list[str] = []
            labels: list[str] = []
            for _ in range(count):
                sentence = replace_names(dice, language, self._next(index), self.names, settings["replace_names"])
                if language == "ar":
                    sentence = attach_proclitics(dice, sentence, settings["attach_proclitics"])
                sentence = noise(dice, sentence, settings["noise"])
                tokens, labels = tokens + sentence[0], labels + sentence[1]
            yield tokens, labels


@dataclass
class Row:
    """A sentence as pieces; `targets` holds a label id at the first piece of each word and -100 elsewhere."""

    ids: list[int]
    targets: list[int]


def row(encoder: Encoder, tokens: list[str], labels: list[str], pieces_max: int) -> Row:
    """[CLS] pieces [SEP]; words that do not fit whole into `pieces_max` are cut off."""
    ids, targets = [CLS_ID], [IGNORED]
    for pieces, label in zip(encoder.encode_words(tokens), labels):
        if len(ids) + len(pieces) + 1 > pieces_max:
            break
        ids += pieces
        targets += [LABEL_IDS[label]] + [IGNORED] * (len(pieces) - 1)
    return Row([*ids, SEP_ID], [*targets, IGNORED])


def hide(dice: random.Random, piece_row: Row, share: float) -> Row:
    """Some words become [MASK], so that names are also known by what stands around them."""
    ids, hidden = list(piece_row.ids), False
    for index in range(1, len(ids) - 1):
        if piece_row.targets[index] != IGNORED:
            hidden = dice.random() < share
        if hidden:
            ids[index] = MASK_ID
    return Row(ids, piece_row.targets)


def collate(rows: list[Row]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(ids, targets) [B, L] of rows padded to the longest."""
    longest = max(len(piece_row.ids) for piece_row in rows)
    ids = numpy.full((len(rows), longest), PAD_ID, dtype=numpy.int64)
    targets = numpy.full((len(rows), longest), IGNORED, dtype=numpy.int64)
    for index, piece_row in enumerate(rows):
        ids[index, : len(piece_row.ids)] = piece_row.ids
        targets[index, : len(piece_row.targets)] = piece_row.targets
    return ids, targets


def by_budget(rows: list[Row], budget: int) -> list[list[int]]:
    """Indices of rows grouped by length so that a padded group holds at most `budget` pieces."""
    groups: list[list[int]] = []
    for index in sorted(range(len(rows)), key=lambda i: len(rows[i].ids)):
        length = len(rows[index].ids)
        if groups and (len(groups[-1]) + 1) * length <= budget:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def batches(
    drawer: Drawer, encoder: Encoder, settings: dict
) -> Iterator[tuple[numpy.ndarray, numpy.ndarray]]:
    """Endless (ids, targets): a pool of sentences is sorted by length and its groups are shuffled."""
    stream, dice = iter(drawer), drawer.dice
    while True:
        rows = []
        for _ in range(settings["pool"]):
            tokens, labels = next(stream)
            rows.append(hide(dice, row(encoder, tokens, labels, settings["pieces_max"]), settings["hide_words"]))
        groups = by_budget(rows, settings["batch_pieces"])
        dice.shuffle(groups)
        for group in groups:
            yield collate([rows[index] for index in group])
