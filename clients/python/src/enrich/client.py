"""The client for ordinary code; `enrich.aio` has the one for asyncio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import grpc

from enrich import _many, _wire
from enrich._connection import Connection
from enrich._progress import Progress
from enrich._retry import Patience
from enrich.errors import Cancelled, EnrichError, from_rpc
from enrich.results import Enrichment, Entities, Info, Language, Topics
from enrich.v1 import enrichment_service_pb2, enrichment_service_pb2_grpc

if TYPE_CHECKING:
    from typing_extensions import Unpack

CONCURRENCY = 64


class Client:
    """Asks the service at `server` ("host:50051"); safe to share between threads. Close it, or use it in a `with`.

    server: HOST:PORT, where DNS may give several addresses, which take turns; or http://HOST:PORT, https://HOST:PORT.
    timeout_s: how long a call may take, in seconds, its retries included; never unlimited.
    tls: whether to encrypt, trusting the system's authorities; implied by the three below and by https.
    ca: certificates to trust instead, a PEM file's path or content.
    certificate, key: the caller's own, likewise, where the service asks for one (mTLS).
    api_key: sent as `x-api-key`.
    token: sent as `authorization: Bearer`; a function is asked for it before each call.
    metadata: further pairs to send with each call.
    compression: "gzip" or "deflate" compresses requests; pays on slow networks only.
    plaintext_secrets: whether key and token may go unencrypted to another machine, behind a mesh's proxy, say.
    channel_options: further gRPC channel options by name.

    Calls that end with UNAVAILABLE are tried up to four times; where the service says when to come back (RetryInfo),
    that is done while `timeout_s` lasts. Every method raises an EnrichError where there is no answer, ValueError or
    TypeError for arguments that do not exist.
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
            self._channel = grpc.secure_channel(target, self._connection.credentials(), options, compressed)
        else:
            self._channel = grpc.insecure_channel(target, options, compressed)
        self._stub: Any = enrichment_service_pb2_grpc.EnrichmentServiceStub(self._channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._connection.target!r})"

    def close(self) -> None:
        """Closes the connection; calls under way end with Cancelled."""
        self._channel.close()

    def enrich(
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
        """Returns everything about `text`: language, entities and topics, or the `features` named.

        A part that fails stands in the answer's `failures`, unless it is named in `require`. `enrich.Options` says what
        the arguments mean; `timeout_s` is the client's where it is left out.
        """
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
        return _wire.enrichment(self._call(self._stub.Enrich, _wire.request(text, options), timeout_s), text)

    def language(
        self,
        text: str,
        *,
        languages: Sequence[str] = (),
        alternatives_max: int | None = None,
        segments: bool = False,
        private: bool = False,
        timeout_s: float | None = None,
    ) -> Language:
        """Returns the language of `text`; the arguments are those of `enrich`."""
        options: _wire.Options = {
            **_wire.only("language"),
            "languages": languages,
            "alternatives_max": alternatives_max,
            "segments": segments,
            "private": private,
        }
        return cast(Language, self._part(text, "language", options, timeout_s))

    def entities(
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
        """Returns the people, organisations and places named in `text`; the arguments are those of `enrich`."""
        options: _wire.Options = {
            **_wire.only("entities"),
            "language": language,
            "types": types,
            "score_min": score_min,
            "sentences": sentences,
            "private": private,
        }
        return cast(Entities, self._part(text, "entities", options, timeout_s))

    def topics(
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
        """Returns what `text` is about; the arguments are those of `enrich`."""
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
        return cast(Topics, self._part(text, "topics", options, timeout_s))

    def info(self, *, timeout_s: float | None = None) -> Info:
        """Returns what answers: version, models, limits."""
        request = enrichment_service_pb2.EnrichmentServiceGetInfoRequest()
        return _wire.info(self._call(self._stub.GetInfo, request, timeout_s))

    def enrich_many(
        self,
        texts: Iterable[str],
        *,
        concurrency: int = CONCURRENCY,
        progress: bool | Callable[[int, int | None], None] = False,
        patience_s: float = 60.0,
        timeout_s: float | None = None,
        **options: Unpack[_wire.Options],
    ) -> Iterator[Enrichment | EnrichError]:
        """Yields one value for each of `texts`, in their order: the answer, or the error that stands in its place.

        concurrency: most calls under way at a time. `texts` is read as the answers are taken, so that it may be longer
            than memory: at most four times as many are read ahead of the value yielded.
        progress: True shows a bar where tqdm is installed; a function is called with the number of values yielded and
            the length of `texts`, None where it has none.
        patience_s: how long one text is tried while the service cannot be reached or is overloaded, in seconds.
        timeout_s: how long one try may take, in seconds; the client's where it is left out.
        options: those of `enrich`.

        Leaving the loop early gives up the calls under way. What `texts` raises comes out after the values of the
        texts before.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}, not at least 1")
        template = _wire.template(options)
        timeout = self.timeout_s if timeout_s is None else timeout_s

        def send(text: str) -> Any:
            message = _wire.filled(template, text)
            return self._stub.Enrich.future(message, timeout=timeout, metadata=self._connection.call_metadata())

        run = _many.Run(send, texts, concurrency, patience_s)
        return Progress(progress, texts).watch(run.values())

    def _part(
        self, text: str, name: str, options: _wire.Options, timeout_s: float | None
    ) -> Language | Entities | Topics:
        response = self._call(self._stub.Enrich, _wire.request(text, options), timeout_s)
        return _wire.part(_wire.enrichment(response, text), name)

    def _call(self, method: Any, request: Any, timeout_s: float | None) -> Any:
        patience = Patience(self.timeout_s if timeout_s is None else timeout_s)
        while True:
            try:
                return method(request, timeout=max(patience.left_s, 0.0), metadata=self._connection.call_metadata())
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            except ValueError as failure:
                # gRPC's word for a channel that is closed.
                raise Cancelled(str(failure), code="CANCELLED") from None
            wait = patience.wait_s(error)
            if wait is None:
                raise error
            time.sleep(wait)
