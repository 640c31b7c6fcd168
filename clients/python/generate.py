#!/usr/bin/env python3
"""Makes src/enrich/v1 from the repository's proto, or the same under a folder that is named.

Needs the packages of requirements/protoc.txt: `.ci/setup --tests` fetches them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROTO = ROOT / "proto"


def generate(folder: Path) -> None:
    """Writes enrich/v1 under `folder`, messages, stubs and services; raises CalledProcessError where protoc fails."""
    files = sorted(str(file.relative_to(PROTO)) for file in (PROTO / "enrich" / "v1").glob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", "--proto_path=.", "--proto_path=third_party"]
    command += [f"--{plugin}_out={folder}" for plugin in ("python", "pyi", "grpc_python")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".python-protoc")}
    subprocess.run([*command, *files], cwd=PROTO, env=environment, check=True)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if sys.argv[1:] else HERE / "src")
