"""The command `enrich-client`: texts from files, through a server, to standard output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from enrich import _html
from enrich.client import CONCURRENCY, Client
from enrich.errors import EnrichError
from enrich.results import Enrichment

_TOKEN = "ENRICH_TOKEN"  # noqa: S105 - the name of a variable
_API_KEY = "ENRICH_API_KEY"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="enrich-client",
        description="Shows language, people, organisations, places and topics of texts.",
        epilog=f"{_TOKEN} and {_API_KEY} in the environment are sent along: a command line is for all to see. "
        "Exit status: 0 if every file was answered, 1 if one was not, 2 if the command was wrong.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a text in UTF-8; - reads standard input")
    parser.add_argument("--server", default="localhost:50051", help="HOST:PORT or a URL (default: %(default)s)")
    parser.add_argument("--format", choices=_WRITERS, default="text", help="default: %(default)s")
    parser.add_argument("--language", help="BCP-47 tag of the texts' language where it is known")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="default: %(default)s")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="calls at a time (default: %(default)s)")
    parser.add_argument("--tls", action="store_true", help="encrypt, trusting the system's authorities")
    parser.add_argument("--ca", metavar="FILE", help="encrypt, trusting the certificates in FILE (PEM)")
    return parser


def _read(name: str) -> str:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not UTF-8: {error}") from None


def _record(name: str, value: Enrichment | EnrichError) -> dict[str, object]:
    if isinstance(value, EnrichError):
        return {"file": name, "error": value.to_dict()}
    return {"file": name, **value.to_dict()}


def _marked(value: Enrichment) -> Iterator[str]:
    place = 0
    for mention in value.entities or ():
        yield value.text[place : mention.begin]
        yield f"[{mention.type} {mention.surface}]"
        place = mention.end
    yield value.text[place:]


def _write_text(pairs: Iterator[tuple[str, Enrichment | EnrichError]], out: TextIO) -> None:
    for name, value in pairs:
        out.write(f"== {name}\n")
        # An error is told on standard error.
        if isinstance(value, EnrichError):
            continue
        if value.language is not None:
            out.write(f"language: {value.language.tag} ({value.language.score:.2f})\n")
        if value.topics is not None:
            shown = [f"{topic.id} ({topic.score:.2f})" for topic in value.topics if topic.present]
            out.write(f"topics: {', '.join(shown) or 'none'}\n")
        out.write("".join(_marked(value)).rstrip("\n") + "\n\n")


def _write_json(pairs: Iterator[tuple[str, Enrichment | EnrichError]], out: TextIO) -> None:
    json.dump([_record(name, value) for name, value in pairs], out, ensure_ascii=False, indent=2)
    out.write("\n")


def _write_jsonl(pairs: Iterator[tuple[str, Enrichment | EnrichError]], out: TextIO) -> None:
    for name, value in pairs:
        out.write(json.dumps(_record(name, value), ensure_ascii=False) + "\n")
        out.flush()


def _write_html(pairs: Iterator[tuple[str, Enrichment | EnrichError]], out: TextIO) -> None:
    fragments = []
    for name, value in pairs:
        notes = [name, str(value)] if isinstance(value, EnrichError) else [name]
        fragments.append(_html.fragment("", (), notes))
        if isinstance(value, Enrichment):
            fragments[-1] += value._repr_html_()
    out.write(_html.page(fragments))


_WRITERS = {"text": _write_text, "json": _write_json, "jsonl": _write_jsonl, "html": _write_html}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = _parser()
    args = parser.parse_args(arguments)
    # Whatever the locale says: the formats are UTF-8.
    out = open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - closed below
    failed = False

    def told(pairs: Iterator[tuple[str, Enrichment | EnrichError]]) -> Iterator[tuple[str, Enrichment | EnrichError]]:
        nonlocal failed
        for name, value in pairs:
            errors = [value] if isinstance(value, EnrichError) else [failure.error for failure in value.failures]
            for error in errors:
                failed = True
                print(f"enrich-client: {name}: {error}", file=sys.stderr)
            yield name, value

    try:
        client = Client(
            args.server,
            timeout_s=args.timeout,
            tls=args.tls,
            ca=args.ca,
            token=os.environ.get(_TOKEN),
            api_key=os.environ.get(_API_KEY),
        )
        with client, out:
            texts = (_read(name) for name in args.files)
            # A server that is not there is told of at once: somebody waits for this.
            values = client.enrich_many(
                texts, concurrency=args.concurrency, patience_s=args.timeout, language=args.language
            )
            _WRITERS[args.format](told(zip(args.files, values, strict=True)), out)
    except (OSError, ValueError) as error:
        parser.exit(2, f"enrich-client: {error}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
