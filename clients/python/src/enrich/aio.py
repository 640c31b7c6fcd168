"""The client for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import grpc
import grpc.aio

from enrich import _many_aio, _wire
from enrich._connection import Connection
from enrich._progress import Progress
from enrich._retry import Patience
from enrich.client import CONCURRENCY
from enrich.errors import Cancelled, EnrichError, from_rpc
from enrich.results import Enrichment, Entities, Info, Language, Topics
from enrich.v1 import enrichment_service_pb2, enrichment_service_pb2_grpc

if TYPE_CHECKING:
    from typing_extensions import Unpack


class AsyncClient:
    """As `Client`, for asyncio: the same arguments, methods that are awaited, `async with`.

    Belongs to the event loop that runs when it is made. A task that is cancelled takes its call with it.
    """

    def __init__(
        self,
        server: str = "localhost:50051",
        *,
        timeout_s: float = 10.0,
        tls: bool = False,
        ca: str | Path | bytes | None = None,
        certificate: str | Path | bytes | None = None,
        key: str | Path | bytes | None = None,
        api_key: str | None = None,
        token: str | Callable[[], str] | None = None,
        metadata: Sequence[tuple[str, str]] = (),
        compression: str | None = None,
        plaintext_secrets: bool = False,
        channel_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.timeout_s = timeout_s
        self._connection = Connection(
            server, tls, ca, certificate, key, api_key, token, metadata, compression, plaintext_secrets, channel_options
        )
        target, options = self._connection.target, self._connection.options()
        compressed = self._connection.grpc_compression()
        if self._connection.secure:
            self._channel = grpc.aio.secure_channel(target, self._connection.credentials(), options, compressed)
        else:
            self._channel = grpc.aio.insecure_channel(target, options, compressed)
        self._stub: Any = enrichment_service_pb2_grpc.EnrichmentServiceStub(self._channel)
        self._closed = False

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncClient({self._connection.target!r})"

    async def close(self) -> None:
        """Closes the connection; calls under way end with Cancelled."""
        self._closed = True
        await self._channel.close()

    async def enrich(
        self,
        text: str,
        *,
        language: str | None = None,
        features: Sequence[str] = (),
        require: Sequence[str] = (),
        languages: Sequence[str] = (),
        alternatives_max: int | None = None,
        segments: bool = False,
        types: Sequence[str] = (),
        score_min: float = 0.0,
        sentences: bool = False,
        topics: Sequence[str] = (),
        thresholds: Mapping[str, float] | None = None,
        passages: bool = False,
        evidence_max: int | None = None,
        own_topics: Sequence[Mapping[str, Any]] = (),
        private: bool = False,
        timeout_s: float | None = None,
    ) -> Enrichment:
        """As `Client.enrich`."""
        options: _wire.Options = {
            "language": language,
            "features": features,
            "require": require,
            "languages": languages,
            "alternatives_max": alternatives_max,
            "segments": segments,
            "types": types,
            "score_min": score_min,
            "sentences": sentences,
            "topics": topics,
            "thresholds": thresholds,
            "passages": passages,
            "evidence_max": evidence_max,
            "own_topics": own_topics,
            "private": private,
        }
        return _wire.enrichment(await self._call(self._stub.Enrich, _wire.request(text, options), timeout_s), text)

    async def language(
        self,
        text: str,
        *,
        languages: Sequence[str] = (),
        alternatives_max: int | None = None,
        segments: bool = False,
        private: bool = False,
        timeout_s: float | None = None,
    ) -> Language:
        """As `Client.language`."""
        options: _wire.Options = {
            **_wire.only("language"),
            "languages": languages,
            "alternatives_max": alternatives_max,
            "segments": segments,
            "private": private,
        }
        return cast(Language, await self._part(text, "language", options, timeout_s))

    async def entities(
        self,
        text: str,
        *,
        language: str | None = None,
        types: Sequence[str] = (),
        score_min: float = 0.0,
        sentences: bool = False,
        private: bool = False,
        timeout_s: float | None = None,
    ) -> Entities:
        """As `Client.entities`."""
        options: _wire.Options = {
            **_wire.only("entities"),
            "language": language,
            "types": types,
            "score_min": score_min,
            "sentences": sentences,
            "private": private,
        }
        return cast(Entities, await self._part(text, "entities", options, timeout_s))

    async def topics(
        self,
        text: str,
        *,
        language: str | None = None,
        topics: Sequence[str] = (),
        thresholds: Mapping[str, float] | None = None,
        passages: bool = False,
        evidence_max: int | None = None,
        own_topics: Sequence[Mapping[str, Any]] = (),
        private: bool = False,
        timeout_s: float | None = None,
    ) -> Topics:
        """As `Client.topics`."""
        options: _wire.Options = {
            **_wire.only("topics"),
            "language": language,
            "topics": topics,
            "thresholds": thresholds,
            "passages": passages,
            "evidence_max": evidence_max,
            "own_topics": own_topics,
            "private": private,
        }
        return cast(Topics, await self._part(text, "topics", options, timeout_s))

    async def info(self, *, timeout_s: float | None = None) -> Info:
        """As `Client.info`."""
        request = enrichment_service_pb2.EnrichmentServiceGetInfoRequest()
        return _wire.info(await self._call(self._stub.GetInfo, request, timeout_s))

    def enrich_many(
        self,
        texts: Iterable[str] | AsyncIterable[str],
        *,
        concurrency: int = CONCURRENCY,
        progress: bool | Callable[[int, int | None], None] = False,
        patience_s: float = 60.0,
        timeout_s: float | None = None,
        **options: Unpack[_wire.Options],
    ) -> AsyncGenerator[Enrichment | EnrichError, None]:
        """As `Client.enrich_many`, for `async for`; `texts` may be asynchronous, too.

        After leaving the loop early, `aclose()` gives up the calls under way at once; otherwise the event loop does so
        when it clears away the generator.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}, not at least 1")
        template = _wire.template(options)
        timeout = self.timeout_s if timeout_s is None else timeout_s

        async def ask(text: str) -> Enrichment:
            message = _wire.filled(template, text)
            return _wire.enrichment(await self._once(self._stub.Enrich, message, timeout), text)

        values = _many_aio.values(ask, texts, concurrency, patience_s)
        return Progress(progress, texts).watch_async(values)

    async def _part(
        self, text: str, name: str, options: _wire.Options, timeout_s: float | None
    ) -> Language | Entities | Topics:
        response = await self._call(self._stub.Enrich, _wire.request(text, options), timeout_s)
        return _wire.part(_wire.enrichment(response, text), name)

    async def _once(self, method: Any, request: Any, timeout_s: float) -> Any:
        try:
            return await method(request, timeout=timeout_s, metadata=self._connection.call_metadata())
        except grpc.RpcError as failure:
            raise from_rpc(failure) from None
        except grpc.aio.UsageError as failure:
            # gRPC's word for a channel that is closed.
            raise Cancelled(str(failure), code="CANCELLED") from None
        except asyncio.CancelledError:
            # Closing the channel cancels its calls, but not the tasks that wait for them.
            if self._closed:
                raise Cancelled("the client was closed", code="CANCELLED") from None
            raise

    async def _call(self, method: Any, request: Any, timeout_s: float | None) -> Any:
        patience = Patience(self.timeout_s if timeout_s is None else timeout_s)
        while True:
            try:
                return await self._once(method, request, max(patience.left_s, 0.0))
            except EnrichError as error:
                wait = patience.wait_s(error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)
