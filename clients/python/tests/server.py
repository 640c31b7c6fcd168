"""Servers for the tests: the real binary, and a tiny one of gRPC's for answers that the binary does not give."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc

import enrich
from enrich.v1 import enrichment_service_pb2, enrichment_service_pb2_grpc

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS_MAX = 60
_shared: list[Server] = []


def binary() -> Path:
    """Returns the all-in-one binary: ENRICH_BINARY, else the one that `make build` made."""
    named = os.environ.get("ENRICH_BINARY")
    found = Path(named) if named else ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "enrich"
    if not found.is_file():
        raise FileNotFoundError(f"{found} is missing: run `make build`, or set ENRICH_BINARY")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """The real binary on a port of its own, up when made. `connect` is what a client needs for it."""

    def __init__(self, *flags: str, port: int | None = None, connect: Mapping[str, Any] | None = None) -> None:
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._connect = dict(connect or {})
        self._log = tempfile.TemporaryFile()
        command = [str(binary()), "serve", "--listen", self.address, *flags]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=self._log)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and self._process.poll() is None:
            with enrich.Client(f"localhost:{self.port}", **self._connect) as client:
                try:
                    client.info(timeout_s=2)
                    return
                except enrich.EnrichError:
                    time.sleep(0.05)
        self._log.seek(0)
        said = self._log.read().decode(errors="replace")
        self.kill()
        raise RuntimeError(f"the server did not start:\n{said}")

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def stop(self) -> None:
        """Lets it drain and end."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        self._log.close()

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait(timeout=30)
        self._log.close()


def shared() -> Server:
    """Returns the server that tests share which do it no harm."""
    if not _shared:
        _shared.append(Server())
        atexit.register(_shared[0].kill)
    return _shared[0]


Answer = Callable[[Any, grpc.ServicerContext], Any]


class _Servicer(enrichment_service_pb2_grpc.EnrichmentServiceServicer):  # type: ignore[misc]
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def Enrich(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the contract's name
        return self._answer(request, context)


class Tiny:
    """A server in this process that answers `Enrich` by a function."""

    def __init__(self, answer: Answer, credentials: grpc.ServerCredentials | None = None) -> None:
        self._server = grpc.server(ThreadPoolExecutor(32))
        enrichment_service_pb2_grpc.add_EnrichmentServiceServicer_to_server(_Servicer(answer), self._server)
        if credentials is None:
            self.port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self.address = f"127.0.0.1:{self.port}"
        self._server.start()

    def __enter__(self) -> Tiny:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(None).wait()


def empty_answer(*_: Any) -> Any:
    return enrichment_service_pb2.EnrichResponse()
