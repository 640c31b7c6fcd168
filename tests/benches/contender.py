"""One contender of the throughput bench: reads texts over and over with the model of a folder.

    python contender.py KIND FOLDER TEXTS

KIND is `transformers` (the token-classification pipeline, fp32), `onnx-fp32` or `onnx-int8` (ONNX Runtime, weights
quantised to int8 dynamically); TEXTS is a file of JSON strings, one a line. Speaks in lines of JSON: first what loading
took, then for each line read one answer: `round N` reads all texts in batches of N, `single` reads the first text fifty
times alone. Whoever reads sorts by length, so batches carry little padding.
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy

THREADS = len(os.sched_getaffinity(0))
PIECES_MAX = 512
SINGLES = 50


class Pipeline:
    """The pipeline that Python users reach for first."""

    def __init__(self, folder: str) -> None:
        import torch
        from transformers import pipeline

        torch.set_num_threads(THREADS)
        self.pipeline = pipeline(
            "token-classification", model=folder, aggregation_strategy="simple", device="cpu", dtype=torch.float32
        )
        self.pipeline.tokenizer.model_max_length = PIECES_MAX

    def read(self, texts: list[str], batch: int) -> int:
        """The number of mentions found."""
        return sum(len(found) for found in self.pipeline(texts, batch_size=batch))


class Onnx:
    """ONNX Runtime with as little around it as will do: tokenizer, padded batches, the best label of each piece."""

    def __init__(self, folder: str, quantised: bool) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = THREADS
        with tempfile.TemporaryDirectory() as work:
            path = _exported(folder, Path(work), quantised)
            started = time.perf_counter()
            self.session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
            self.tokenizer.enable_truncation(PIECES_MAX - 2)
            self.load_seconds = time.perf_counter() - started
        self.names = {node.name for node in self.session.get_inputs()}
        special = json.loads((Path(folder) / "special_tokens_map.json").read_text())
        self.ends = [self.tokenizer.token_to_id(special[name]) for name in ("cls_token", "sep_token")]

    def read(self, texts: list[str], batch: int) -> int:
        """The number of mentions found."""
        found = 0
        for begin in range(0, len(texts), batch):
            encodings = self.tokenizer.encode_batch(texts[begin : begin + batch], add_special_tokens=False)
            rows = [[self.ends[0], *encoding.ids, self.ends[1]] for encoding in encodings]
            width = max(map(len, rows))
            ids = numpy.zeros((len(rows), width), dtype=numpy.int64)
            mask = numpy.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(row)], mask[place, : len(row)] = row, 1
            fed = {"input_ids": ids, "attention_mask": mask}
            labels = self.session.run(None, {name: fed[name] for name in self.names})[0].argmax(-1) * mask
            found += int(((labels % 2 == 1) & (labels > 0)).sum())
        return found


def _exported(folder: str, work: Path, quantised: bool) -> Path:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(folder, attn_implementation="eager").float().eval()
    sample = torch.ones((2, 16), dtype=torch.int64)
    axes = {name: {0: "rows", 1: "pieces"} for name in ("input_ids", "attention_mask", "logits")}
    path = work / "model.onnx"
    torch.onnx.export(
        model, (sample, sample), str(path), input_names=["input_ids", "attention_mask"], output_names=["logits"],
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )
    if quantised:
        quantize_dynamic(str(path), str(work / "int8.onnx"), weight_type=QuantType.QInt8)
        return work / "int8.onnx"
    return path


def _answer(contender: Pipeline | Onnx, texts: list[str], command: str) -> dict:
    started = time.perf_counter()
    if command.startswith("round"):
        found = contender.read(texts, int(command.split()[1]))
        return {"seconds": time.perf_counter() - started, "mentions": found, "rss_mb": _resident()}
    times = []
    for _ in range(SINGLES):
        began = time.perf_counter()
        contender.read(texts[:1], 1)
        times.append(time.perf_counter() - began)
    return {"p50_ms": sorted(times)[len(times) // 2] * 1000}


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Loads, then answers commands until the input ends."""
    kind, folder, file = sys.argv[1:]
    texts = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    started = time.perf_counter()
    contender = Pipeline(folder) if kind == "transformers" else Onnx(folder, kind == "onnx-int8")
    seconds = getattr(contender, "load_seconds", time.perf_counter() - started)
    print(json.dumps({"load_s": seconds}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_answer(contender, texts, line.strip())), flush=True)


if __name__ == "__main__":
    main()
