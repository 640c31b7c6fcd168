"""The labelled passages that the topic model learns from and is measured on."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .passages import quoted
from .paths import TRAINING, Workspace

# Further passages, labelled for languages and topics that topics_news has few of. Those quoted from the raw text stand
# here by place and digest only; own-written ones with their words.
EXTRA = TRAINING / "topics_extra"

# What a quoted passage of topics_extra counts in training: chosen by cross-validation beside 1.
QUOTED_WEIGHT = 0.5

TOPICS = ("security", "diplomacy", "water")

# One fifth of the labelled passages is never trained on, nor used to choose anything.
PARTS = 5

# Terms put into one composed passage: as many as a passage about a topic has at least.
TERMS_MIN, TERMS_MAX = 2, 4

# A passage that terms are put into is cut here, so that with them it is still one passage for the featuriser.
HOST_CHARS_MAX = 450


@dataclass(frozen=True)
class Example:
    """A passage with the topics it is about, and how much it counts in training: 1 for a labelled one."""

    id: str
    language: str
    text: str
    topics: frozenset[str]
    weight: float = 1.0

    @property
    def digest(self) -> int:
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16)

    @property
    def held_out(self) -> bool:
        return self.digest % PARTS == 0

    def fold(self, folds: int) -> int:
        """The place in a cross-validation; independent of `held_out`."""
        return self.digest // PARTS % folds


def read(path: Path) -> list[Example]:
    """The passages of a JSON lines file with the fields id, lang, text and topics. Raises KeyError where one is missing."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Example(row["id"], _language(row), row["text"], frozenset(row["topics"])) for row in rows]


def _language(row: dict) -> str:
    """The language of a passage: topics_news files Hebrew ones under the source's language, English."""
    hebrew = sum("\u05d0" <= character <= "\u05ea" for character in row["text"])
    return "he" if 2 * hebrew > len(row["text"]) else row["lang"]


def read_extra(workspace: Workspace, folder: Path = EXTRA) -> list[Example]:
    """The passages of topics_extra. Raises ValueError where the raw text is not the one that was labelled."""
    examples = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            own = row["origin"] == "own"
            text = row["text"] if own else quoted(workspace, row["origin"], row["sha256"])
            weight = 1.0 if own else QUOTED_WEIGHT
            examples.append(Example(row["id"], row["lang"], text, frozenset(row["topics"]), weight))
    return examples


def find(data: Path, *names: str) -> Path:
    """A file under `data` or `data`/data. Raises FileNotFoundError when neither has it."""
    for root in (data, data / "data"):
        path = root.joinpath(*names)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(names)} is not under {data}")


def is_extra(example: Example) -> bool:
    """Whether a passage comes from topics_extra, whose ids say so."""
    return example.id.startswith(("x-", "m-"))


def only_news(examples: Sequence[Example]) -> list[Example]:
    """The passages of topics_news."""
    return [example for example in examples if not is_extra(example)]


@dataclass(frozen=True)
class Composition:
    """How many passages to compose for each language and topic, what each counts, and under which seed."""

    count: int
    weight: float
    seed: int


def composed(examples: Sequence[Example], plan: Composition) -> list[Example]:
    """Passages into which terms of one topic, or of "none", were put between two words; they keep their own topics, too.

    They teach the words of a topic in languages that have few labelled passages about it, that a passage may have two
    topics, and that a term which only looks like a topic is none. A language without any passage of its own gets its
    terms alone.
    """
    from .topics_terms import LANGUAGES, terms

    made = []
    for language in LANGUAGES:
        hosts = [example for example in examples if example.language == language] or [Example("", language, "", frozenset())]
        for topic in (*TOPICS, "none"):
            choice = random.Random(f"{plan.seed} {language} {topic}")
            for number in range(plan.count):
                count = choice.randint(TERMS_MIN, TERMS_MAX)
                host = choice.choice(hosts)
                text = _insert(choice, host.text, choice.sample(terms(language, topic), count))
                topics = host.topics | ({topic} & set(TOPICS))
                made.append(Example(f"composed-{language}-{topic}-{number}", language, text, topics, plan.weight))
    return made


def _insert(choice: random.Random, host: str, chosen: list[str]) -> str:
    words = host[:HOST_CHARS_MAX].split()
    for term in chosen:
        words.insert(choice.randint(0, len(words)), term)
    return " ".join(words)
