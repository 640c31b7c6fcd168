"""What the topic model sees of texts, as the Rust featuriser prints it."""

import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy import sparse

REPOSITORY = Path(__file__).resolve().parent.parent.parent
BUCKETS = 1 << 18
COMMAND = ("cargo", "run", "--quiet", "--release", "--package", "enrich-core", "--example", "features")


def _run(texts: Sequence[str], *arguments: str) -> bytes:
    encoded = [text.encode() for text in texts]
    sent = b"".join(struct.pack("<I", len(text)) + text for text in encoded)
    command = [*COMMAND, "--", *arguments]
    return subprocess.run(command, input=sent, stdout=subprocess.PIPE, check=True, cwd=REPOSITORY).stdout


def buckets(texts: Sequence[str]) -> list[list[np.ndarray]]:
    """For each text, for each of its passages, the bucket of each feature."""
    numbers = np.frombuffer(_run(texts), dtype="<u4")
    found, at = [], 0
    for _ in texts:
        passages = []
        count, at = int(numbers[at]), at + 1
        for _ in range(count):
            length, at = int(numbers[at]), at + 1
            passages.append(numbers[at : at + length])
            at += length
        found.append(passages)
    if at != len(numbers):
        raise ValueError(f"the featuriser printed {len(numbers)} numbers for {len(texts)} texts; {at} were expected")
    return found


def scores(texts: Sequence[str], model: Path) -> np.ndarray:
    """`[texts][topics]`: the scores that the services would give with the model in a file."""
    printed = _run(texts, str(model.resolve()))
    topics = struct.unpack_from("<I", printed)[0]
    record = np.dtype([("topics", "<u4"), ("scores", "<f4", (topics,))])
    return np.frombuffer(printed, dtype=record)["scores"].astype(np.float64)


def rows(passages: Sequence[np.ndarray]) -> sparse.csr_matrix:
    """`[passages][BUCKETS]`: how often each feature occurs, over the square root of the number of features."""
    columns, values, ends = [], [], [0]
    for features in passages:
        distinct, counts = np.unique(features, return_counts=True)
        columns.append(distinct.astype(np.int32))
        values.append(counts / np.sqrt(max(len(features), 1)))
        ends.append(ends[-1] + len(distinct))
    shape = (len(passages), BUCKETS)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=shape)


def single_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """`rows` of texts that are one passage each. Raises ValueError for a longer one."""
    return rows(list(_only(buckets(texts))))


def joined_rows(texts: Sequence[str]) -> sparse.csr_matrix:
    """`rows` of texts as they were labelled, whole, even where serving would cut one into two passages."""
    return rows([np.concatenate(passages) for passages in buckets(texts)])


def _only(found: list[list[np.ndarray]]) -> Iterator[np.ndarray]:
    for index, passages in enumerate(found):
        if len(passages) != 1:
            raise ValueError(f"text {index} has {len(passages)} passages; a text to train on must be one")
        yield passages[0]
