"""What a call can fail with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"


class EnrichError(Exception):
    """A call, or one item of several, that was not answered.

    `code` is the gRPC code ("INVALID_ARGUMENT"). `reason` is the stable name of what happened ("TEXT_TOO_LONG"), empty
    where the failure is not the service's own, a lost connection, say. `metadata` holds the values behind it
    ({"bytes": "2000000", "bytesMax": "1048576"}). `retry_after_s` is how long the service asks to wait before another
    try, in seconds; None where it does not ask.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "UNKNOWN",
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata: Mapping[str, str] = MappingProxyType(dict(metadata or {}))
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.reason or self.code}: {self.message}"

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(reason={self.reason!r}, message={self.message!r}, metadata={dict(self.metadata)})"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors are values here, and values travel between processes.
        return _rebuilt, (type(self), self.message, self.code, self.reason, dict(self.metadata), self.retry_after_s)

    def to_dict(self) -> dict[str, Any]:
        """Returns the error as JSON can hold it."""
        return {
            "code": self.code,
            "reason": self.reason,
            "message": self.message,
            "metadata": dict(self.metadata),
            "retry_after_s": self.retry_after_s,
        }


class InvalidArgument(EnrichError):  # noqa: N818 - named for what happened
    """The caller's mistake; the same call fails again."""


class InvalidText(InvalidArgument):
    """The mistake is in the text: EMPTY_TEXT, TEXT_TOO_LONG, MESSAGE_TOO_LARGE, NOT_UNICODE, NOT_TEXT."""


class AccessDenied(EnrichError):  # noqa: N818
    """The key or token is missing, wrong, or not enough."""


class NotSupported(EnrichError):  # noqa: N818
    """What this version of the service cannot do."""


class Overloaded(EnrichError):  # noqa: N818
    """The service has more to do than it takes on; `retry_after_s` says when to try again."""


class Unavailable(EnrichError):  # noqa: N818
    """The service cannot be reached, is starting, or stops."""


class DeadlineExceeded(EnrichError, TimeoutError):  # noqa: N818
    """No answer within `timeout_s`."""


class Cancelled(EnrichError):  # noqa: N818
    """The call was given up, or its client was closed."""


class InternalError(EnrichError):
    """The service failed in a way that is its own fault."""


_BY_CODE: dict[str, type[EnrichError]] = {
    "INVALID_ARGUMENT": InvalidArgument,
    "OUT_OF_RANGE": InvalidArgument,
    "UNAUTHENTICATED": AccessDenied,
    "PERMISSION_DENIED": AccessDenied,
    "UNIMPLEMENTED": NotSupported,
    "RESOURCE_EXHAUSTED": Overloaded,
    "UNAVAILABLE": Unavailable,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "CANCELLED": Cancelled,
    "INTERNAL": InternalError,
}
_OF_TEXT = frozenset({"EMPTY_TEXT", "TEXT_TOO_LONG", "MESSAGE_TOO_LARGE", "NOT_UNICODE"})
_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}


def _rebuilt(
    kind: type[EnrichError], message: str, code: str, reason: str, metadata: dict[str, str], retry_after_s: float | None
) -> EnrichError:
    return kind(message, code=code, reason=reason, metadata=metadata, retry_after_s=retry_after_s)


def not_unicode(cause: Exception) -> InvalidText:
    """Returns the error for a text that UTF-8 cannot hold, which is found before anything is sent."""
    return InvalidText(f"text is not Unicode: {cause}", code="INVALID_ARGUMENT", reason="NOT_UNICODE")


def from_status(status: status_pb2.Status) -> EnrichError:
    """Returns the error that a google.rpc.Status tells of."""
    reason, metadata, retry_after_s = "", {}, None
    for detail in status.details:
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
    code = _NAMES.get(status.code, "UNKNOWN")
    kind = InvalidText if reason in _OF_TEXT else _BY_CODE.get(code, EnrichError)
    return kind(status.message, code=code, reason=reason, metadata=metadata, retry_after_s=retry_after_s)


def from_rpc(error: grpc.RpcError) -> EnrichError:
    """Returns the error that a failed call tells of, its details unpacked."""
    # Both kinds of client raise errors that have these, though their common base does not promise it.
    call: Any = error
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS_KEY:
            status = status_pb2.Status()
            try:
                status.ParseFromString(value)
            except DecodeError:
                # What cannot be read says nothing; code and message remain.
                break
            if status.code == call.code().value[0]:
                return from_status(status)
    return from_status(status_pb2.Status(code=call.code().value[0], message=call.details() or ""))
