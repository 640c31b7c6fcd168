"""Skip-gram vectors over pieces: minutes of work that give the embedding table a head start."""

import math
import time

import numpy
from gensim.models import Word2Vec

from .paths import Workspace
from .streams import Streams, encode
from .vocabulary import SPECIAL

LINE_PIECES = 256


def build(workspace: Workspace) -> None:
    """Writes `vectors.npy`, float32 [V, H]; pieces that the sample does not have get small random vectors."""
    encode(workspace)
    settings, seed = workspace.config["vectors"], workspace.config["seed"]
    random, streams = numpy.random.default_rng(seed), Streams(workspace)
    text = workspace.cache / "vectors.txt"
    start = time.time()
    with text.open("w") as file:
        for _ in range(math.ceil(settings["tokens"] / LINE_PIECES / 64)):
            for row in streams.rows(random, 64, LINE_PIECES):
                file.write(" ".join(map(str, row[row >= len(SPECIAL)])) + "\n")
    print(f"sample in {time.time() - start:.0f} s", flush=True)
    width = workspace.config["model"]["hidden"]
    trained = Word2Vec(
        corpus_file=str(text), sg=1, vector_size=width, window=settings["window"], negative=6, sample=1e-4,
        alpha=0.04, min_count=3, workers=2, epochs=settings["epochs"], seed=seed,
    ).wv
    table = random.normal(size=(workspace.config["tokenizer"]["vocabulary"], width)).astype(numpy.float32)
    table *= trained.vectors.std() * 0.5
    for piece, vector in zip(trained.index_to_key, trained.vectors):
        table[int(piece)] = vector
    table *= settings["std"] / table.std()
    numpy.save(workspace.cache / "vectors.npy", table)
    text.unlink()
    print(f"{len(trained.index_to_key)} vectors in {time.time() - start:.0f} s")
