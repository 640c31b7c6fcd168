"""Measures what a text costs in each of the four services: processor time, and bytes between them.

    unshare --net python3 tests/scale/service_times.py target/release

starts the services, puts load on the gateway by enrich-load, and reads how much processor time each process took, which other
work on the machine changes less than it changes latencies. In a network namespace of its own (`unshare --net`), the counters of
the loopback interface are those of these services alone. The texts are the news passages of ENRICH_DATA_DIR.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = {"gateway": 50051, "language": 50052, "entities": 50053, "topics": 50054}
METRICS = 9464
CALLERS = 16
SECONDS = 15
# Every so many passages one is taken; an article is so many of them.
STRIDE, ARTICLE = 8, 7


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loopback_bytes():
    line = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[0])


def tokens():
    text = urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics").read().decode()
    return sum(float(value) for value in re.findall(r"^enrich_engine_tokens_total\S* (\S+)$", text, re.M))


def texts():
    folder = Path(os.environ["ENRICH_DATA_DIR"])
    file = next(path for path in (folder / "topics_news.jsonl", folder / "data" / "topics_news.jsonl") if path.is_file())
    passages = [" ".join(json.loads(line)["text"].split()) for line in file.read_text().splitlines()[::STRIDE]]
    articles = [" ".join(passages[start:start + ARTICLE]) for start in range(0, len(passages), ARTICLE)]
    return {"passages": passages, "articles": articles}


def load(binaries, file, seconds):
    said = subprocess.run([binaries / "enrich-load", file, "--callers", str(CALLERS), "--seconds", str(seconds),
                           "--deadline-ms", "10000"], check=True, capture_output=True, text=True).stdout
    return said


def measure(binaries, processes, file):
    load(binaries, file, 3)
    before = {name: processor_seconds(process) for name, process in processes.items()}
    sent, computed = loopback_bytes(), tokens()
    begun = time.monotonic()
    said = load(binaries, file, SECONDS)
    elapsed = time.monotonic() - begun
    calls = int(re.search(r"^(\d+) calls", said).group(1))
    spent = {name: processor_seconds(process) - before[name] for name, process in processes.items()}
    return said, calls, elapsed, spent, loopback_bytes() - sent, tokens() - computed


def main():
    binaries = Path(sys.argv[1]).resolve()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    processes = {}
    try:
        for name in ("language", "entities", "topics", "gateway"):
            more = ["--metrics-listen", f"127.0.0.1:{METRICS}"] if name == "entities" else []
            processes[name] = subprocess.Popen([binaries / f"enrich-{name}", "--listen", f"127.0.0.1:{PORTS[name]}",
                                                "--log", "warn", "--queue-ms-max", "60000", *more], cwd=ROOT)
        time.sleep(5)
        print("| texts | bytes | tokens | " + " | ".join(f"{name}, ms" for name in PORTS) + " | kB on the wire | texts/s |")
        print("|" + "---|" * (len(PORTS) + 5))
        for kind, some in texts().items():
            with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
                file.write("\n".join(some))
                file.flush()
                said, calls, elapsed, spent, wire, computed = measure(binaries, processes, file.name)
            length = sum(len(text.encode()) for text in some) / len(some)
            if f"Ok: {calls}" not in said:
                sys.exit(f"not every call was answered:\n{said}")
            times = " | ".join(f"{1000 * spent[name] / calls:.2f}" for name in PORTS)
            print(f"| {kind} | {length:.0f} | {computed / calls:.0f} | {times} | {wire / calls / 1000:.1f} | {calls / elapsed:.0f} |")
    finally:
        for process in processes.values():
            process.terminate()


if __name__ == "__main__":
    main()
