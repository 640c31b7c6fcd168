"""The real binary with both doors, for the tests of the HTTP door."""

import atexit
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60


def binary(name="enrich"):
    """Returns a binary that `make build` made."""
    found = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / name
    if not found.is_file():
        raise FileNotFoundError(f"{found} is missing: run `make build`")
    return found


class Server:
    """`enrich serve` on free ports, or on those of `flags`; up when made, unless told not to wait for its models."""

    def __init__(self, *flags, ready=True, listen="127.0.0.1:0"):
        command = [str(binary()), "serve", "--listen", listen, "--log-format", "json", *flags]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        # However the caller ends: a server that is left behind keeps its ports.
        atexit.register(self._process.kill)
        self._said = []
        self.http = self._wait("serving HTTP")["address"]
        self.grpc = self._wait("listening")["address"]
        self.url = f"http://{self.http}"
        if ready:
            self._wait("ready")
            # What is said from now on is of no use, but must not fill the pipe.
            threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def _wait(self, message):
        timer = threading.Timer(START_SECONDS_MAX, self._process.kill)
        timer.start()
        try:
            for line in self._process.stderr:
                self._said.append(line)
                fields = json.loads(line)
                if fields.get("message") == message:
                    return fields
        finally:
            timer.cancel()
        raise RuntimeError("the server did not start:\n" + "".join(self._said))

    def freeze(self):
        """Stops it in its tracks."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        self._process.kill()
        self._process.wait(timeout=30)
        self._process.stderr.close()
