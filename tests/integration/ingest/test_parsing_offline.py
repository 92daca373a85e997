"""unstructured neither phones home nor downloads: shown by a network that records and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.ingest.outlook import outlook_message
from tests.unit.ingest.parsers.test_mutations import samples

# Every way out of the interpreter raises one of these events, whatever stands in for the module
# `socket`. Creating a socket is no attempt: urllib3 does it to see whether there is IPv6.
_GUARD = """
import json, os, pathlib, sys
attempts = []

def refuse(event, args):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                 "socket.gethostbyname", "urllib.Request"}:
        attempts.append(event)
        raise OSError("the network is blocked")

sys.addaudithook(refuse)
for name in ("SCARF_NO_ANALYTICS", "DO_NOT_TRACK", "UNSTRUCTURED_DISABLE_NOTICE"):
    os.environ.pop(name, None)
"""


def _run(script: str, *args: str) -> object:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _GUARD + script, *args],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "unstructured" not in done.stderr  # It prints a notice by default.
    return json.loads(done.stdout.splitlines()[-1])


def test_the_guard_sees_the_download_that_unstructured_tries_by_itself() -> None:
    attempts = _run(
        """
from unstructured.nlp import tokenize
try:
    tokenize._load_spacy_model()
except (OSError, RuntimeError):
    pass
print(json.dumps(attempts))
"""
    )

    assert attempts


def test_what_unstructured_reads_is_read_offline(tmp_path: Path) -> None:
    message = outlook_message(subject="Travel", body="Book early.\r\n\r\nBest,\r\nAna")
    (tmp_path / "whole.msg").write_bytes(message)
    (tmp_path / "cut.msg").write_bytes(message[:1_000])

    result = _run(
        """
from ingest.parsers.contract import ParseError
from ingest.parsers.registry import parser_for
from ingest.parsers.unstructured_offline import partition_text

found = [[element.category for element in partition_text(
    "The committee approved the travel policy. It applies to everybody from May on."
)]]
for name in ("whole.msg", "cut.msg"):
    try:
        parsed = parser_for(name, mime=None).parse(pathlib.Path(sys.argv[1], name))
        found.append([block.text for block in parsed.blocks])
    except ParseError as error:
        found.append(error.detail)
print(json.dumps([attempts, *found]))
""",
        str(tmp_path),
    )

    assert result == [
        [],
        ["NarrativeText"],
        ["Subject: Travel", "Book early.", "Best,", "Ana"],
        "It is not a whole .msg file: parts of it are missing or damaged.",
    ]


def test_no_other_parser_uses_the_network(tmp_path: Path) -> None:
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)

    result = _run(
        """
from ingest.parsers.registry import parser_for
paths = sorted(pathlib.Path(sys.argv[1]).iterdir())
counts = {path.name: len(parser_for(path.name, mime=None).parse(path).blocks) for path in paths}
heavy = {"unstructured", "spacy", "torch"} & set(sys.modules)
print(json.dumps([attempts, sorted(counts), all(counts.values()), sorted(heavy)]))
""",
        str(tmp_path),
    )

    assert result == [[], sorted(samples()), True, []]
