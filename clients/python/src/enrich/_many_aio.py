"""Many texts over one channel, for asyncio; `enrich._many` says why each is a call of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable

from enrich._many import AHEAD
from enrich._retry import Patience
from enrich.errors import EnrichError
from enrich.results import Enrichment

Ask = Callable[[str], Awaitable[Enrichment]]
Value = Enrichment | EnrichError


async def _each(texts: Iterable[str] | AsyncIterable[str]) -> AsyncIterator[str]:
    if isinstance(texts, AsyncIterable):
        async for text in texts:
            yield text
    else:
        for text in texts:
            yield text


async def _value(ask: Ask, text: str, slots: asyncio.Semaphore, patience_s: float) -> Value:
    patience: Patience | None = None
    while True:
        async with slots:
            # Its time begins with its first call, not while it waits for a slot.
            patience = patience or Patience(patience_s, stubborn=True)
            try:
                return await ask(text)
            except EnrichError as error:
                wait_s = patience.wait_s(error)
                if wait_s is None:
                    return error
        await asyncio.sleep(wait_s)


async def values(
    ask: Ask, texts: Iterable[str] | AsyncIterable[str], concurrency: int, patience_s: float
) -> AsyncGenerator[Value, None]:
    """Yields the values in the order of the texts; gives up what is under way when it is closed."""
    slots = asyncio.Semaphore(concurrency)
    # Behind the last task stands what `texts` raised, or None. The bound is what holds back the reading of `texts`.
    waiting: asyncio.Queue[asyncio.Task[Value] | Exception | None] = asyncio.Queue(AHEAD * concurrency)
    tasks: set[asyncio.Task[Value]] = set()

    async def read() -> None:
        try:
            async for text in _each(texts):
                task = asyncio.create_task(_value(ask, text, slots, patience_s))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                await waiting.put(task)
        except Exception as failure:  # Raised again behind the values before it
            await waiting.put(failure)
        else:
            await waiting.put(None)

    reader = asyncio.create_task(read())
    try:
        while (task := await waiting.get()) is not None:
            if isinstance(task, Exception):
                raise task
            yield await task
    finally:
        reader.cancel()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(reader, *tasks, return_exceptions=True)
