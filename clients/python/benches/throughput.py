"""Answers a second: both clients beside the load generator in Rust, 64 callers each, client and server on one machine.

From clients/python, with `make build` and `.ci/setup --tests` done:

    PYTHONPATH=src:../../.python-client python3 -m benches.throughput
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc

import enrich
from enrich.v1 import enrichment_service_pb2, enrichment_service_pb2_grpc
from tests.server import ROOT, Server, binary

CALLERS = 64
# A stream has at most 32 texts at work.
STREAMS = 2
SENTENCES = (
    "Foreign minister Leyla Aydin met envoys in Oslo on Monday.",
    "بحث وزير الخارجية في أنقرة حصص المياه.",
    "رئیس‌جمهور وارد تهران شد.",
    "Mısır Cumhurbaşkanı Kahire'de konuştu.",
    "שר הביטחון ביקר בחיפה ביום שני.",
    "Les négociateurs se retrouvent à Genève.",
)
Answers = tuple[int, float]


def paragraphs() -> list[str]:
    article = (ROOT / "services/all-in-one/samples/article.ar.txt").read_text(encoding="utf-8")
    return [line for line in article.splitlines() if len(line) > 60]


def endless(texts: list[str], seconds: float) -> Iterator[str]:
    """Yields texts, no two alike, for so many seconds."""
    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > end:
            return
        yield f"{texts[number % len(texts)]} {number}"


class Shared:
    """An iterator that many callers draw from."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts, self._lock = texts, threading.Lock()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        with self._lock:
            return next(self._texts)


def threads(address: str, texts: Iterator[str]) -> int:
    shared, counts = Shared(texts), [0] * CALLERS
    with enrich.Client(address) as client:

        def call(caller: int) -> None:
            for text in shared:
                client.enrich(text)
                counts[caller] += 1

        callers = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    return sum(counts)


def tasks(address: str, texts: Iterator[str]) -> int:
    async def run() -> int:
        count = 0
        async with enrich.AsyncClient(address) as client:

            async def call() -> None:
                nonlocal count
                for text in texts:
                    await client.enrich(text)
                    count += 1

            await asyncio.gather(*(call() for _ in range(CALLERS)))
        return count

    return asyncio.run(run())


def many(address: str, texts: Iterator[str]) -> int:
    with enrich.Client(address) as client:
        return sum(isinstance(value, enrich.Enrichment) for value in client.enrich_many(texts, concurrency=CALLERS))


def many_async(address: str, texts: Iterator[str]) -> int:
    async def run() -> int:
        async with enrich.AsyncClient(address) as client:
            values = client.enrich_many(texts, concurrency=CALLERS)
            return sum([isinstance(value, enrich.Enrichment) async for value in values])

    return asyncio.run(run())


def _message(text: str, number: int) -> Any:
    request = enrichment_service_pb2.EnrichRequest(id=str(number), text=text)
    return enrichment_service_pb2.StreamEnrichRequest(request=request)


def raw_streams(address: str, texts: Iterator[str]) -> int:
    """The stream call without the client: messages in, messages out, nothing turned into results."""
    shared, numbers, counts = Shared(texts), itertools.count(), [0] * STREAMS
    with grpc.insecure_channel(address) as channel:
        stub: Any = enrichment_service_pb2_grpc.EnrichmentServiceStub(channel)

        def call(place: int) -> None:
            free = threading.Semaphore(CALLERS // STREAMS)

            def messages() -> Iterator[Any]:
                for text in shared:
                    free.acquire()
                    yield _message(text, next(numbers))

            for answer in stub.StreamEnrich(messages(), timeout=60):
                counts[place] += answer.HasField("response")
                free.release()

        callers = [threading.Thread(target=call, args=(place,)) for place in range(STREAMS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    return sum(counts)


def raw_streams_async(address: str, texts: Iterator[str]) -> int:
    """The same on asyncio."""

    async def run() -> int:
        numbers, count = itertools.count(), 0
        async with grpc.aio.insecure_channel(address) as channel:
            stub: Any = enrichment_service_pb2_grpc.EnrichmentServiceStub(channel)

            async def call() -> None:
                nonlocal count
                free, stream = asyncio.Semaphore(CALLERS // STREAMS), stub.StreamEnrich(timeout=60)

                async def write() -> None:
                    for text in texts:
                        await free.acquire()
                        await stream.write(_message(text, next(numbers)))
                    await stream.done_writing()

                writer = asyncio.create_task(write())
                async for answer in stream:
                    count += answer.HasField("response")
                    free.release()
                await writer

            await asyncio.gather(*(call() for _ in range(STREAMS)))
        return count

    return asyncio.run(run())


KINDS: dict[str, Callable[[str, Iterator[str]], int]] = {
    "Client, 64 threads": threads,
    "AsyncClient, 64 tasks": tasks,
    "Client.enrich_many": many,
    "AsyncClient.enrich_many": many_async,
    "raw streams": raw_streams,
    "raw streams, asyncio": raw_streams_async,
}


def rust(address: str, file: Path, seconds: float) -> float:
    """Returns the load generator's calls a second."""
    command = [str(binary().with_name("enrich-load")), "--server", f"http://{address}"]
    command += ["--seconds", str(round(seconds)), "--callers", str(CALLERS), "--deadline-ms", "10000", str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"good ([\d.]+)/s", said)
    if found is None:
        raise ValueError(f"enrich-load said {said!r}")
    return float(found.group(1))


def measure(server: Server, texts: list[str], rounds: int, seconds: float) -> None:
    """Prints the answers a second of every kind, and their share of the load generator's in the same round."""
    rates: dict[str, list[float]] = {kind: [] for kind in ("enrich-load", *KINDS)}
    cpu: dict[str, float] = dict.fromkeys(KINDS, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.txt")
        file.write_text("\n".join(f"{texts[n % len(texts)]} {n}" for n in range(2_000)), encoding="utf-8")
        for _ in range(rounds):
            # Twice: what happens to the machine in a round then happens to both.
            before = rust(server.address, file, seconds)
            counts = 0
            for kind, run in KINDS.items():
                begun, spent = time.perf_counter(), time.process_time()
                counts = run(server.address, endless(texts, seconds))
                rates[kind].append(counts / (time.perf_counter() - begun))
                cpu[kind] += (time.process_time() - spent) / max(counts, 1) / rounds
            rates["enrich-load"].append((before + rust(server.address, file, seconds)) / 2)
    base = rates.pop("enrich-load")
    print(
        f"{len(texts)} texts of {statistics.mean(map(len, texts)):.0f} characters; {rounds} rounds of {seconds:.0f} s"
    )
    print(f"{'enrich-load':26} {statistics.median(base):7.1f}/s")
    for kind, found in rates.items():
        shares = [rate / whole for rate, whole in zip(found, base, strict=True)]
        low, middle, high = min(shares), statistics.median(shares), max(shares)
        print(
            f"{kind:26} {statistics.median(found):7.1f}/s  {middle:4.0%} of it ({low:.0%} to {high:.0%}), "
            f"{cpu[kind] * 1e6:4.0f} us of processor a text"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers a second of both clients, beside the load generator's.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each run")
    args = parser.parse_args()
    with Server() as server:
        for texts in (list(SENTENCES), paragraphs()):
            measure(server, texts, args.rounds, args.seconds)


if __name__ == "__main__":
    main()
