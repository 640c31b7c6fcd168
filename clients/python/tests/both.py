"""One list of promises, both clients."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any

import enrich

# One for all: gRPC hands late events of a closed connection to its loop, and complains of one that is closed.
_LOOP = asyncio.new_event_loop()
atexit.register(_LOOP.close)


class Awaited:
    """`AsyncClient` with the methods of `Client`: each is run to its end on the loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        async def made() -> enrich.AsyncClient:
            return enrich.AsyncClient(*args, **kwargs)

        self._client = _LOOP.run_until_complete(made())

    def __enter__(self) -> Awaited:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _LOOP.run_until_complete(self._client.close())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            made = method(*args, **kwargs)
            return _LOOP.run_until_complete(made) if inspect.isawaitable(made) else self._each(made)

        return run

    def _each(self, values: AsyncIterator[Any]) -> Iterator[Any]:
        generator: Any = values
        try:
            while True:
                try:
                    yield _LOOP.run_until_complete(generator.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            _LOOP.run_until_complete(generator.aclose())


class Promises(unittest.TestCase):
    """What a class of promises inherits; `connect` makes the client in question."""

    connect: Any = None

    def client(self, *args: Any, **kwargs: Any) -> Any:
        return self.enterContext(type(self).connect(*args, **kwargs))

    if not hasattr(unittest.TestCase, "enterContext"):
        # Python 3.10 has none yet.
        def enterContext(self, context: Any) -> Any:  # noqa: N802 - unittest's name
            value = context.__enter__()
            self.addCleanup(context.__exit__, None, None, None)
            return value

    def failure(self, kind: type[enrich.EnrichError], call: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns the error of that very kind that `call` raises."""
        with self.assertRaises(enrich.EnrichError) as caught:
            call(*args, **kwargs)
        self.assertIs(type(caught.exception), kind, caught.exception)
        return caught.exception


def on_both_clients(promises: type[Promises]) -> tuple[type[Promises], type[Promises]]:
    """Returns the promises as two classes, for `Client` and for `AsyncClient`."""
    kinds = {"Sync": enrich.Client, "Async": Awaited}
    made = [
        type(f"{promises.__name__}{name}", (promises,), {"connect": kind, "__module__": promises.__module__})
        for name, kind in kinds.items()
    ]
    return made[0], made[1]
