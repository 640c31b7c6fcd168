"""Where an Arabic name begins inside its first word: the rule and the table behind it.

The model labels whole words. Serving cuts a one-letter word that is written
onto a name (and, with, to, as, then) when the rest of the word is much more
at home at the start of names, and in running text, than the whole word is.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy

from .conll import mentions, news, resplit, sentences
from .paths import Workspace
from .words import surfaces, words

LETTERS = "\u0648\u0641\u0628\u0644\u0643"
# Only the conjunctions stand before a second proclitic.
FIRST = LETTERS[:2]
REST_MIN = 3
ARTICLE = "\u0627\u0644"
BIASED = (*LETTERS, ARTICLE)
TATWEEL = "\u0640"
NATURAL_MIN = 100
# Scores are stored as whole numbers so that every reader adds them up alike.
SCALE = 10

# Letters of Arabic keyboards, and letters that Arabic does not have but its neighbours do.
_NATIVE = frozenset("\u0629\u0649\u064a\u0643\u0623\u0625")
_FOREIGN = frozenset(
    "\u067e\u0686\u0698\u06af\u06a4\u06a9\u06cc\u06ce\u06c6\u06d5\u0695\u06b5\u06ba\u06d2\u06c1\u06be"
    "\u0679\u0688\u0691\u06ad\u06bc\u067c\u0689\u0693\u069a\u06cd\u06d0"
)
_ARTICLES = tuple(letter + ARTICLE for letter in ("", *LETTERS)) + ("\u0644\u0644",)
ARTICLE_SHARE = 0.05

_FOLDED = str.maketrans({
    "\u0622": "\u0627", "\u0623": "\u0627", "\u0625": "\u0627", "\u0671": "\u0627",
    "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643",
})


def _is_silent(character: str) -> bool:
    return character == TATWEEL or unicodedata.category(character) in ("Mn", "Cf")


def fold(word: str) -> str:
    """A word as the table writes it: NFKC, no marks, joiners or tatweel, one alef, one yeh, one kaf."""
    composed = unicodedata.normalize("NFKC", word)
    return "".join(c for c in composed if not _is_silent(c)).translate(_FOLDED)


def is_arabic(text: str) -> bool:
    """Whether a text in Arabic letters is in Arabic: the rule must not touch its neighbours.

    More Arabic than foreign letters, and a twentieth or more of the words in
    Arabic letters start with the article, alone or behind a proclitic.
    """
    native = sum(c in _NATIVE for c in text) - sum(c in _FOREIGN for c in text)
    forms = [form for form in map(fold, surfaces(text)) if "\u0620" <= form[:1] <= "\u06ff"]
    articles = sum(form.startswith(_ARTICLES) and len(form) > REST_MIN for form in forms)
    return native > 0 and articles > 0 and articles >= ARTICLE_SHARE * len(forms)


@dataclass(frozen=True)
class Table:
    """Scores of folded forms; a form that is not listed has `other`.

    `bias` belongs to each letter, and to the article that the rest may start with.
    """

    scores: dict[str, int]
    other: int
    bias: dict[str, int]

    def _cuts(self, form: str, letters: str) -> bool:
        letter, rest = form[:1], form[1:]
        if not letter or letter not in letters or len(rest) < REST_MIN:
            return False
        bias = self.bias[letter] + (self.bias[ARTICLE] if rest.startswith(ARTICLE) else 0)
        return bias + self.scores.get(rest, self.other) - self.scores.get(form, self.other) > 0

    def cut(self, word: str) -> int:
        """How many code points at the start of `word` stand outside the name; 0 when nothing is cut."""
        form, cut = fold(word), 0
        if self._cuts(form, LETTERS):
            cut = 2 if form[0] in FIRST and self._cuts(form[1:], LETTERS[2:]) else 1
        place = 0
        for _ in range(cut):
            place += 1
            while place < len(word) and _is_silent(word[place]):
                place += 1
        return place

    def write(self, path: Path) -> None:
        """Lines of form<TAB>score, by form; a letter or the article with `+` is a bias, `*` is `other`."""
        lines = [f"*\t{self.other}"] + [f"{part}+\t{bias}" for part, bias in self.bias.items()]
        lines += [f"{form}\t{score}" for form, score in sorted(self.scores.items())]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path: Path) -> Table:
    """The table that `Table.write` wrote. Raises ValueError on a line of another shape."""
    scores = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        form, score = line.split("\t")
        scores[form] = int(score)
    bias = {part: scores.pop(f"{part}+") for part in BIASED}
    return Table(scores, scores.pop("*"), bias)


def news_cases(workspace: Workspace, held_out: bool) -> list[tuple[str, int]]:
    """(first word, code points before the name) for each Arabic mention of `ner_news`."""
    cases = []
    for language, text, entities in news(workspace.find("ner_news.jsonl"), held_out):
        spans = words(text) if language == "ar" else []
        for begin, _, _ in entities:
            cases += [(text[first:last], begin - first) for first, last in spans if first <= begin < last]
    return cases


def _silver_starts(workspace: Workspace) -> Counter[str]:
    starts: Counter[str] = Counter()
    for name in ("panx__train", "panx__extra", "wojood_sample__train"):
        for tokens, labels in sentences(workspace.find("ner", f"ar__{name}.conll")):
            split_tokens, split_labels = resplit(tokens, labels, False)
            starts.update(fold(split_tokens[begin]) for begin, _, _ in mentions(split_labels))
    return starts


def _gold_starts(cases: Iterable[tuple[str, int]]) -> Counter[str]:
    return Counter(fold(word[outside:]) for word, outside in cases)


def _frequencies(workspace: Workspace) -> Counter[str]:
    chunks: Counter[str] = Counter()
    with (workspace.corpora / "ar.txt").open(encoding="utf-8") as file:
        for line in file:
            chunks.update(line.split())
    counts: Counter[str] = Counter()
    for chunk, count in chunks.items():
        for word in surfaces(chunk):
            counts[fold(word)] += count
    return counts


def _features(form: str, gold: Counter[str], silver: Counter[str], text: Counter[str]) -> numpy.ndarray:
    rest = form[1:]
    gains = [math.log2(c[rest] + a) - math.log2(c[form] + a) for c, a in ((gold, 0.3), (silver, 0.5), (text, 2.0))]
    return numpy.array([*gains, *(float(form[0] == letter) for letter in LETTERS), float(rest.startswith(ARTICLE))])


def _fit(rows: numpy.ndarray, cut: numpy.ndarray) -> numpy.ndarray:
    """Weights of a ridge logistic regression, by Newton steps; a bias for each letter, no common one."""
    weights = numpy.zeros(rows.shape[1])
    for _ in range(30):
        chance = 1 / (1 + numpy.exp(-rows @ weights))
        slope = rows.T @ (chance - cut) + 0.5 * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + 0.5 * numpy.eye(len(weights))
        weights -= numpy.linalg.solve(curve, slope)
    return weights


def learn(workspace: Workspace) -> Table:
    """Fits the rule on the training part of `ner_news`; each fifth is judged by counts from the others."""
    cases, silver, text = news_cases(workspace, False), _silver_starts(workspace), _frequencies(workspace)
    rows, cut = [], []
    for fold_index in range(5):
        gold = _gold_starts(case for index, case in enumerate(cases) if index % 5 != fold_index)
        for word, outside in cases[fold_index::5]:
            form = fold(word)
            if form and form[0] in LETTERS and len(form) > REST_MIN:
                rows.append(_features(form, gold, silver, text))
                cut.append(outside > 0)
    weights = _fit(numpy.array(rows), numpy.array(cut, dtype=float))
    gold = _gold_starts(cases)

    def score(form: str) -> int:
        parts = (gold[form] + 0.3, silver[form] + 0.5, text[form] + 2.0)
        return round(SCALE * sum(weight * math.log2(part) for weight, part in zip(weights, parts)))

    other = score("")
    rests = {form for form in {*gold, *silver} if len(form) >= REST_MIN and (gold[form] or text[form] >= 2)}
    wholes = {letter + rest for rest in rests for letter in LETTERS}
    # Frequent words that start with a proclitic's letter by nature must be known as such.
    frequent = (form for form, count in text.items() if count >= NATURAL_MIN)
    natural = {form for form in frequent if len(form) > REST_MIN and form[0] in LETTERS}
    natural |= {form[1:] for form in natural}
    kept = {form for form in rests | wholes | natural if score(form) > other}
    bias = {part: round(SCALE * weight) for part, weight in zip(BIASED, weights[3:])}
    return Table({form: score(form) for form in kept}, other, bias)


def accuracy(table: Table, cases: Iterable[tuple[str, int]]) -> dict[str, float]:
    """Shares of names whose beginning the rule finds: all, those with a proclitic, those without one."""
    right = [(table.cut(word) == outside, outside > 0) for word, outside in cases]
    with_one = [hit for hit, attached in right if attached]
    without = [hit for hit, attached in right if not attached]
    return {
        "all": sum(hit for hit, _ in right) / max(1, len(right)),
        "attached": sum(with_one) / max(1, len(with_one)),
        "free": sum(without) / max(1, len(without)),
    }
