"""unstructured neither phones home nor downloads: proved with sockets that record and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# `_socket.socket.connect` cannot be patched, so the audit hook sees what goes around `socket` too.
_SCRIPT = """
import json, os, socket, sys
attempts = []

def refuse(*args, **kwargs):
    attempts.append(repr(args)[:80])
    raise OSError("sockets are blocked")

socket.socket = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse

def record(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        attempts.append(event)
        raise OSError("sockets are blocked")

sys.addaudithook(record)
for name in ("SCARF_NO_ANALYTICS", "DO_NOT_TRACK", "UNSTRUCTURED_DISABLE_NOTICE"):
    os.environ.pop(name, None)
"""


def _run(script: str, *args: str) -> tuple[object, subprocess.CompletedProcess[str]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT + script, *args],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done


def test_the_guard_sees_what_unstructured_does_by_itself() -> None:
    """Without our preparation the proof below would fail: it really looks."""
    result, _ = _run(
        """
from unstructured.nlp import tokenize
try:
    tokenize._load_spacy_model()
except Exception:
    pass
print(json.dumps(attempts))
"""
    )

    assert result


def test_tagging_parts_of_speech_uses_the_packaged_model() -> None:
    result, done = _run(
        """
from ingest.parsers.unstructured_offline import partition_text
elements = partition_text("The committee approved the travel policy. It applies to everybody.")
print(json.dumps([attempts, [element.category for element in elements]]))
"""
    )

    assert result == [[], ["NarrativeText"]]
    assert done.stderr == ""


def test_no_parser_of_ours_uses_the_network(tmp_path: Path) -> None:
    from tests.unit.ingest.parsers.test_mutations import samples

    names = []
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)
        names.append(str(tmp_path / name))

    result, _ = _run(
        """
import pathlib
from ingest.parsers.registry import parser_for
counts = [len(parser_for(n, mime=None).parse(pathlib.Path(n)).blocks) for n in sys.argv[1:]]
print(json.dumps([attempts, all(counts)]))
""",
        *names,
    )

    assert result == [[], True]


@pytest.mark.parametrize("damage", [0, 2_000])
def test_outlook_messages_are_read_offline(tmp_path: Path, damage: int) -> None:
    from tests.integration.ingest.outlook import outlook_message

    message = outlook_message(subject="Travel", body="Book early.\r\n\r\nBest,\r\nAna")
    (tmp_path / "a.msg").write_bytes(message[: len(message) - damage])

    result, _ = _run(
        """
import pathlib
from ingest.parsers.contract import ParseError
from ingest.parsers.registry import parser_for
try:
    parsed = parser_for("a.msg", mime=None).parse(pathlib.Path(sys.argv[1]))
    texts = [block.text for block in parsed.blocks]
except ParseError as error:
    texts = [error.detail]
print(json.dumps([attempts, texts]))
""",
        str(tmp_path / "a.msg"),
    )

    if damage:
        assert result == [[], ["It is not a whole Outlook message."]]
    else:
        assert result == [[], ["Subject: Travel", "Book early.", "Best,", "Ana"]]
