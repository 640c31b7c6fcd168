"""Many texts over one channel: bounded, in order, each answered once.

Each text is a call of its own, with its own deadline, to whichever server is next in turn. Streams were measured beside
it: they save 0.05 ms of processor a text, which shows only where client and service share a core; for that their
deadline would have to be renewed, and what they lose sent again. docs/performance.md has the figures.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import grpc

from enrich import _wire
from enrich._retry import Patience
from enrich.errors import Cancelled, EnrichError, from_rpc
from enrich.results import Enrichment

# Read ahead of the value that is next, in multiples of the concurrency: one slow text does not hold up the others.
AHEAD = 4


@dataclass
class _Slot:
    """The place of one text among the values."""

    text: str
    patience: Patience
    value: Enrichment | EnrichError | None = None
    call: Any = None


class Run:
    """One run over many texts.

    `send` starts the call for a text and returns its future; what it raises as EnrichError is that text's value.
    """

    def __init__(self, send: Callable[[str], Any], texts: Iterable[str], concurrency: int, patience_s: float) -> None:
        self._send = send
        self._texts = iter(texts)
        self._concurrency = concurrency
        self._patience_s = patience_s
        self._slots: deque[_Slot] = deque()
        self._under_way = 0
        # Slots whose call has ended, from gRPC's threads.
        self._ended: SimpleQueue[_Slot] = SimpleQueue()
        # Slots to send again: when, a number that settles ties, the slot.
        self._again: list[tuple[float, int, _Slot]] = []
        self._numbers = 0
        self._failure: Exception | None = None
        self._exhausted = False

    def values(self) -> Generator[Enrichment | EnrichError, None, None]:
        """Yields the values in the order of the texts; gives up what is under way when it is closed."""
        try:
            while True:
                self._resend()
                self._fill()
                while self._slots and (value := self._slots[0].value) is not None:
                    self._slots.popleft()
                    yield value
                    self._resend()
                    self._fill()
                if not self._slots:
                    break
                self._wait()
            if self._failure is not None:
                raise self._failure
        finally:
            for slot in self._slots:
                if slot.call is not None:
                    slot.call.cancel()

    def _fill(self) -> None:
        while (
            not self._exhausted and self._under_way < self._concurrency and len(self._slots) < AHEAD * self._concurrency
        ):
            try:
                text = next(self._texts)
            except StopIteration:
                self._exhausted = True
                return
            except Exception as failure:  # Raised again behind the values before it
                self._exhausted, self._failure = True, failure
                return
            slot = _Slot(text, Patience(self._patience_s, stubborn=True))
            self._slots.append(slot)
            self._start(slot)

    def _start(self, slot: _Slot) -> None:
        try:
            slot.call = self._send(slot.text)
        except EnrichError as error:
            slot.value = error
            return
        except ValueError as failure:
            # gRPC's word for a channel that is closed.
            slot.value = Cancelled(str(failure), code="CANCELLED")
            return
        self._under_way += 1
        slot.call.add_done_callback(lambda _call: self._ended.put(slot))

    def _resend(self) -> None:
        while self._again and self._again[0][0] <= time.monotonic() and self._under_way < self._concurrency:
            self._start(heapq.heappop(self._again)[2])

    def _wait(self) -> None:
        """Waits until a call has ended or one is due to be sent again."""
        due_s = max(self._again[0][0] - time.monotonic(), 0.0) if self._again else None
        if self._under_way >= self._concurrency:
            due_s = None
        try:
            self._end(self._ended.get(timeout=due_s))
            while True:
                self._end(self._ended.get_nowait())
        except Empty:
            return

    def _end(self, slot: _Slot) -> None:
        self._under_way -= 1
        call, slot.call = slot.call, None
        try:
            slot.value = _wire.enrichment(call.result(), slot.text)
            return
        except grpc.FutureCancelledError:
            slot.value = Cancelled("the client was closed", code="CANCELLED")
            return
        except grpc.RpcError as failure:
            error = from_rpc(failure)
        wait_s = slot.patience.wait_s(error)
        if wait_s is None:
            slot.value = error
            return
        self._numbers += 1
        heapq.heappush(self._again, (time.monotonic() + wait_s, self._numbers, slot))
