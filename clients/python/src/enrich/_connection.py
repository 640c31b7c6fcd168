"""Where the service is and how to reach it: what both clients hand to gRPC."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

# Long enough for the pieces of a restart that a proxy shows, short enough not to eat the caller's deadline.
_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
_CHANNEL_OPTIONS = {
    "grpc.service_config": json.dumps(_SERVICE_CONFIG),
    "grpc.primary_user_agent": "enrich-client",
    # An answer is larger than its text: it tells every mention twice, and evidence besides.
    "grpc.max_receive_message_length": 64 << 20,
    "grpc.max_send_message_length": 64 << 20,
    # A peer that is gone without a word is noticed within 80 s even by calls without end.
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    # The default lets a restarted server wait for up to two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 1_000,
    "grpc.max_reconnect_backoff_ms": 2_000,
}
_COMPRESSION = {
    None: grpc.Compression.NoCompression,
    "gzip": grpc.Compression.Gzip,
    "deflate": grpc.Compression.Deflate,
}


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(target: str) -> str:
    host = target.rsplit(":", 1)[0] if target.count(":") == 1 or "]" in target else target
    return host.strip("[]")


def _bytes(source: str | Path | bytes | None) -> bytes | None:
    return source if source is None or isinstance(source, bytes) else Path(source).read_bytes()


@dataclass(frozen=True)
class Connection:
    """How to reach the service. Both clients take these as arguments; `Client` documents them.

    Raises ValueError where the values do not go together.
    """

    server: str
    tls: bool = False
    ca: str | Path | bytes | None = None
    certificate: str | Path | bytes | None = None
    key: str | Path | bytes | None = None
    api_key: str | None = None
    token: str | Callable[[], str] | None = None
    metadata: Sequence[tuple[str, str]] = ()
    compression: str | None = None
    plaintext_secrets: bool = False
    channel_options: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.compression not in _COMPRESSION:
            raise ValueError(f"compression is {self.compression!r}, not 'gzip', 'deflate' or None")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together")
        if (self.api_key is not None or self.token is not None) and not (
            self.secure or self.plaintext_secrets or _is_local(_host(self._address)) or self.server.startswith("unix:")
        ):
            raise ValueError("a key or token would be sent unencrypted: use tls=True, or say plaintext_secrets=True")

    def __repr__(self) -> str:
        # Neither keys nor tokens: a repr ends up in logs.
        return f"Connection({self.target!r}, secure={self.secure})"

    @property
    def _address(self) -> str:
        for scheme in ("http://", "https://"):
            if self.server.startswith(scheme):
                return self.server.removeprefix(scheme).rstrip("/")
        return self.server

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted: by `tls`, by certificates, or by an address that begins with https."""
        return self.tls or self.ca is not None or self.certificate is not None or self.server.startswith("https://")

    @property
    def target(self) -> str:
        """The address as gRPC writes it. A plain HOST:PORT is looked up in DNS, and every address behind it is used."""
        address = self._address
        return address if address.startswith(("dns:", "ipv4:", "ipv6:", "unix:", "xds:")) else f"dns:///{address}"

    def options(self) -> list[tuple[str, Any]]:
        """Returns the channel's options."""
        return list({**_CHANNEL_OPTIONS, **(self.channel_options or {})}.items())

    def credentials(self) -> grpc.ChannelCredentials:
        """Returns the channel's credentials; OSError where a file cannot be read."""
        return grpc.ssl_channel_credentials(_bytes(self.ca), _bytes(self.key), _bytes(self.certificate))

    def grpc_compression(self) -> grpc.Compression:
        """Returns the compression of requests."""
        return _COMPRESSION[self.compression]

    def call_metadata(self) -> list[tuple[str, str]]:
        """Returns what goes with every call; asks for the token anew where it is a function."""
        pairs = list(self.metadata)
        if self.api_key is not None:
            pairs.append(("x-api-key", self.api_key))
        if self.token is not None:
            token = self.token() if callable(self.token) else self.token
            pairs.append(("authorization", f"Bearer {token}"))
        return pairs
