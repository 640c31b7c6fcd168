"""A polite end for long runs: SIGTERM and SIGINT finish the step, save and leave."""

import signal


class Stop:
    """`asked` turns true when the process is told to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True
