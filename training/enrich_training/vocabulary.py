"""The piece vocabulary: a `tokenizers` file that carries its own normaliser."""

import argparse
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from .corpora import shares
from .paths import Workspace
from .words import surfaces

PAD, UNK, CLS, SEP, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID, UNK_ID, CLS_ID, SEP_ID, MASK_ID = range(5)
WORD_START = "\u2581"
FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")

# Spelling habits that differ between keyboards rather than between words.
# Kurdish ae, Urdu heh and Persian heh with hamza all match Arabic heh; the
# aspirating heh of Urdu and the yeh with v of Kurdish are letters of their own.
LETTERS = {
    "\u0643": "\u06a9\u06aa",
    "\u064a": "\u0649\u06cc",
    "\u0647": "\u06c1\u06d5\u06c0\u06c2",
    "\u0629": "\u06c3",
    "\u0627": "\u0623\u0625\u0671",
    "'": "\u2019\u2018\u02bc\u00b4`\u05f3",
    '"': "\u201c\u201d\u201e\u05f4\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u05be",
}

# Tatweel, Arabic and Hebrew points, joiners, bidi marks and other invisible characters.
DROPPED = (
    "\u0640\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dd\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u08d3-\u08ff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
)


def normalizer() -> normalizers.Normalizer:
    """NFKC, invisible characters and points dropped, letter variants unified, digits as ASCII; case is kept."""
    steps = [normalizers.NFKC(), normalizers.Replace(Regex(f"[{DROPPED}]"), "")]
    for kept, variants in LETTERS.items():
        steps.append(normalizers.Replace(Regex(f"[{variants}]"), kept))
    for digit in range(10):
        variants = f"{chr(0x0660 + digit)}{chr(0x06F0 + digit)}"
        steps.append(normalizers.Replace(Regex(f"[{variants}]"), str(digit)))
    return normalizers.Sequence(steps)


def sample(workspace: Workspace, characters: int) -> Iterator[str]:
    """Paragraphs in the profile's language mix, split into words parted by blanks."""
    cache: dict[str, str] = {}
    for language, share in shares(workspace).items():
        left = int(characters * share)
        with (workspace.corpora / f"{language}.txt").open(encoding="utf-8") as file:
            for line in file:
                left -= len(line)
                if left < 0:
                    break
                for chunk in line.split():
                    if chunk not in cache:
                        cache[chunk] = " ".join(surfaces(chunk))
                yield " ".join(cache[chunk] for chunk in line.split())


def train(texts: Iterable[str], size: int) -> Tokenizer:
    """A Unigram model of `size` pieces in which every word starts with the word-start mark."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(WORD_START, prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(WORD_START, prepend_scheme="always", split=True)
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        unk_token=UNK,
        max_piece_length=14,
        shrinking_factor=0.7,
        n_sub_iterations=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, positions: int) -> None:
    """Writes tokenizer.json and the two small files that name the special tokens."""
    tokenizer.save(str(folder / "tokenizer.json"))
    named = {"cls_token": CLS, "sep_token": SEP, "pad_token": PAD, "unk_token": UNK, "mask_token": MASK}
    fixed = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "clean_up_tokenization_spaces": False,
        **named,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(fixed, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(named, indent=2) + "\n")


class Encoder:
    """Words -> piece ids, remembered: a corpus has far fewer distinct words than words."""

    def __init__(self, folder: Path, pieces_max: int) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.pieces_max = pieces_max
        self._words: dict[str, list[int]] = {}
        self._chunks: dict[str, list[int]] = {}

    def encode_words(self, words: Iterable[str]) -> list[list[int]]:
        """One list of ids for each word; a word without pieces is one unknown piece."""
        listed = list(words)
        fresh = sorted({word for word in listed if word not in self._words})
        for word, encoding in zip(fresh, self.tokenizer.encode_batch(fresh, add_special_tokens=False)):
            self._words[word] = encoding.ids[: self.pieces_max] or [UNK_ID]
        return [self._words[word] for word in listed]

    def encode_line(self, line: str) -> list[int]:
        """The ids of all words of a text, one after another."""
        ids: list[int] = []
        for chunk in line.split():
            known = self._chunks.get(chunk)
            if known is None:
                known = [piece for word in self.encode_words(surfaces(chunk)) for piece in word]
                self._chunks[chunk] = known
            ids.extend(known)
        return ids

    def starts_word(self) -> list[bool]:
        """For each piece of the vocabulary, whether it opens a word."""
        size = self.tokenizer.get_vocab_size()
        return [(self.tokenizer.id_to_token(i) or "").startswith(WORD_START) for i in range(size)]


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this stage."""
    parser.add_argument("--from", dest="source", type=Path, help="folder whose vocabulary is taken over as it is")


def build(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Trains the vocabulary of the profile on a sample of the corpora, or takes over another, into the cache."""
    if arguments.source:
        for name in FILES:
            shutil.copyfile(arguments.source / name, workspace.tokenizer / name)
        return
    settings = workspace.config["tokenizer"]
    start = time.time()
    tokenizer = train(sample(workspace, settings["sample_chars"]), settings["vocabulary"])
    save(tokenizer, workspace.tokenizer, workspace.config["model"]["positions"])
    print(f"{tokenizer.get_vocab_size()} pieces in {time.time() - start:.0f} s")
