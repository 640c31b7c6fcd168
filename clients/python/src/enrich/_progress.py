"""Tells how far a run over many texts has come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Progress:
    """Reports to a function, to a bar of tqdm where that is asked for and installed, or to nobody."""

    def __init__(self, wanted: bool | Callable[[int, int | None], None], texts: Any) -> None:
        self._total = len(texts) if hasattr(texts, "__len__") else None
        self._done = 0
        self._bar: Any = None
        self._tell = wanted if callable(wanted) else None
        if wanted is True:
            try:
                from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, and slow to import
            except ImportError:
                return
            self._bar = tqdm(total=self._total, unit="text")

    def _step(self) -> None:
        self._done += 1
        if self._tell is not None:
            self._tell(self._done, self._total)
        if self._bar is not None:
            self._bar.update()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def watch(self, values: Generator[T, None, None]) -> Generator[T, None, None]:
        """Passes `values` on, and reports each."""
        try:
            for value in values:
                self._step()
                yield value
        finally:
            values.close()
            self._close()

    async def watch_async(self, values: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Passes `values` on, and reports each."""
        try:
            async for value in values:
                self._step()
                yield value
        finally:
            await values.aclose()
            self._close()
