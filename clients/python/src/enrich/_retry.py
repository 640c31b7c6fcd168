"""When to send again what was not answered."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from enrich.errors import EnrichError, Overloaded, Unavailable

_WAIT_FIRST_S = 0.1
_WAIT_MAX_S = 2.0
# Callers who were refused together should not come back together.
_SPREAD = 0.5


@dataclass
class Patience:
    """How long one text is tried, from now on.

    A service that asks to be asked later (RetryInfo) is asked later, as long as that falls within `seconds`. With
    `stubborn`, one that cannot be reached at all is tried again, too: that is for many texts, where one restart of the
    service should not be the end; for a single call gRPC's own few retries are enough.
    """

    seconds: float
    stubborn: bool = False
    tries: int = 0
    _begun: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        """What is left of `seconds`."""
        return self.seconds - (time.monotonic() - self._begun)

    def wait_s(self, error: EnrichError) -> float | None:
        """Returns how long to wait before the next try, in seconds; None where there should be none."""
        self.tries += 1
        if not isinstance(error, (Overloaded, Unavailable)):
            return None
        wait = error.retry_after_s
        if wait is None:
            if not (self.stubborn and isinstance(error, Unavailable)):
                return None
            wait = min(_WAIT_FIRST_S * 2.0 ** min(self.tries - 1, 8), _WAIT_MAX_S)
        wait *= 1 + random.random() * _SPREAD  # noqa: S311 - spreads load, guards nothing
        return wait if wait < self.left_s else None
