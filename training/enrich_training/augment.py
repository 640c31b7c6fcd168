"""Noise and swaps that make labelled sentences stand for more of what serving meets."""

import random
import re
import unicodedata

from .conll import Sentence, mentions
from .words import surfaces

# Habits that the vocabulary's normaliser leaves alone.
_LETTER_HABITS = (
    ("\u0629", "\u0647"),  # teh marbuta as heh
    ("\u0622", "\u0627"),  # alef without its madda
    ("\u0624", "\u0648"),  # waw without its hamza
    ("\u06ce", "\u06cc"),  # Kurdish yeh with v on a Persian keyboard
    ("\u06c6", "\u0648"),  # Kurdish o on a Persian keyboard
    ("\u06af", "\u0643"),  # gaf as kaf
    ("\u06d2", "\u06cc"),  # Urdu barree yeh
)
_PLAIN_TURKISH = str.maketrans("şğıçöüŞĞİÇÖÜêîûÊÎÛ", "sgicouSGICOUeiuEIU")
_ARABIC = re.compile("[\u0621-\u064a]")
_PROCLITICS = "\u0648\u0648\u0628\u0628\u0644\u0641\u0643"


class Names:
    """Mentions by language and type, to draw replacements from."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], list[list[str]]] = {}

    def learn(self, language: str, sentence: Sentence) -> None:
        """Adds the mentions of a sentence; very long ones are noise in silver sets."""
        tokens, labels = sentence
        for begin, end, kind in mentions(labels):
            if end - begin <= 6:
                self._pools.setdefault((language, kind), []).append(tokens[begin:end])

    def draw(self, dice: random.Random, language: str, kind: str) -> list[str] | None:
        """A mention of that language and type, or None when none is known."""
        pool = self._pools.get((language, kind))
        return dice.choice(pool) if pool else None


def replace_names(dice: random.Random, language: str, sentence: Sentence, names: Names, share: float) -> Sentence:
    """Each mention is swapped with probability `share` for another of its type."""
    tokens, labels = sentence
    new_tokens: list[str] = []
    new_labels: list[str] = []
    done = 0
    for begin, end, kind in mentions(labels):
        new_tokens += tokens[done:begin]
        new_labels += labels[done:begin]
        drawn = names.draw(dice, language, kind) if dice.random() < share else None
        name = drawn or tokens[begin:end]
        new_tokens += name
        new_labels += [f"B-{kind}"] + [f"I-{kind}"] * (len(name) - 1)
        done = end
    return new_tokens + tokens[done:], new_labels + labels[done:]


def attach_proclitics(dice: random.Random, sentence: Sentence, share: float) -> Sentence:
    """Arabic one-letter words are written onto the first word of some mentions; labels stay."""
    tokens, labels = list(sentence[0]), sentence[1]
    for index, label in enumerate(labels):
        if label.startswith("B-") and dice.random() < share and _ARABIC.match(tokens[index]):
            letter, word = dice.choice(_PROCLITICS), tokens[index]
            if letter == "\u0644" and word.startswith("\u0627\u0644"):
                word = word[1:]
            tokens[index] = letter + word
    return tokens, labels


def _plain(token: str) -> str:
    token = token.translate(_PLAIN_TURKISH)
    return "".join(c for c in unicodedata.normalize("NFD", token) if unicodedata.category(c) != "Mn") or token


def noise(dice: random.Random, sentence: Sentence, share: float) -> Sentence:
    """With probability `share` each, one habit of case, of plain Latin letters, of Arabic letters, of final stops."""
    tokens, labels = sentence
    roll = dice.random()
    if roll < share:
        change = dice.choice((str.lower, str.upper, str.capitalize))
        tokens = [change(token) for token in tokens]
    elif roll < 1.5 * share:
        tokens = [_plain(token) if token.isascii() or token[0] < "\u0250" else token for token in tokens]
    if dice.random() < 2 * share:
        before, after = dice.choice(_LETTER_HABITS)
        tokens = [token.replace(before, after) for token in tokens]
    if len(tokens) > 3 and dice.random() < share and labels[-1] == "O" and not tokens[-1].isalnum():
        tokens, labels = tokens[:-1], labels[:-1]
    # A change of case can change the number of words ("ŉ"); such rare sentences stay as they were.
    if any(len(surfaces(token)) != 1 for token in tokens):
        return sentence
    return tokens, labels
