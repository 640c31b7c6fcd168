"""Raw text -> one shuffled file of distinct paragraphs for each language."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

from .conll import is_open, sentences
from .passages import blocks
from .paths import Workspace


def language_of(folder: str) -> str:
    """The language key of a text folder; talks that have a folder of their own keep it as their key."""
    return {"ted_Urdu": "ur", "ted_French__Canada_": "fr"}.get(folder, folder)


def paragraphs(path: Path, shortest: int, longest: int) -> Iterator[str]:
    """Stripped lines of a text file; long ones are cut at blanks, short ones are left out."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            line = " ".join(line.split())
            while len(line) > longest:
                cut = line.rfind(" ", 0, longest)
                cut = cut if cut > 0 else longest
                yield line[:cut]
                line = line[cut:].strip()
            if len(line) >= shortest:
                yield line


def _sources(workspace: Workspace) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder in sorted(workspace.find("text").iterdir()):
        found.setdefault(language_of(folder.name), []).extend(sorted(folder.glob("*.txt")))
    return found


def _labelled_texts(workspace: Workspace, language: str) -> Iterator[str]:
    """The words of open training sets without their labels: they are full of names."""
    for path in sorted(workspace.find("ner").glob(f"{language}__*.conll")):
        _, name, split = path.stem.split("__", 2)
        if is_open(name) and "dev" not in split:
            for tokens, _ in sentences(path):
                yield " ".join(tokens)


def _key(paragraph: str) -> bytes:
    return hashlib.blake2b(paragraph.encode(), digest_size=8).digest()


def build(workspace: Workspace) -> None:
    """Writes `corpora/<language>.txt`, a distinct paragraph a line, shuffled under the profile's seed."""
    limits = workspace.config["corpora"]
    read = {_key(paragraph) for block in blocks(workspace).values() for paragraph in block}
    for language, paths in _sources(workspace).items():
        seen = set(read)
        kept: list[str] = []
        texts = [paragraphs(p, limits["paragraph_chars_min"], limits["paragraph_chars_max"]) for p in paths]
        texts.append(_labelled_texts(workspace, language))
        for text in texts:
            for paragraph in text:
                key = _key(paragraph)
                if key not in seen:
                    seen.add(key)
                    kept.append(paragraph)
        random.Random(f"{workspace.config['seed']} {language}").shuffle(kept)
        target = workspace.corpora / f"{language}.txt"
        target.write_text("\n".join(kept) + "\n", encoding="utf-8")
        print(f"{language}: {len(kept)} paragraphs, {target.stat().st_size / 1e6:.1f} MB", flush=True)


def shares(workspace: Workspace) -> dict[str, float]:
    """The share of each language in a sample; the values sum to one."""
    limits = workspace.config["corpora"]
    sizes = {path.stem: path.stat().st_size for path in sorted(workspace.corpora.glob("*.txt"))}
    named = {language: share for language, share in limits["shares"].items() if language in sizes}
    others = {language: size ** 0.5 for language, size in sizes.items() if language not in named}
    scale = limits["rest"] / max(sum(others.values()), 1e-9)
    mixed = {**named, **{language: root * scale for language, root in others.items()}}
    total = sum(mixed.values())
    return {language: share / total for language, share in mixed.items()}
