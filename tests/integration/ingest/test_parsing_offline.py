"""No parser phones home or downloads: shown by a network that records and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.ingest.parsers.test_mutations import samples

# Every way out of the interpreter raises one of these events, whatever stands in for the module
# `socket`. Creating a socket is no attempt: urllib3 does it to see whether there is IPv6.
_GUARD = """
import json, pathlib, sys
attempts = []

def refuse(event, args):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                 "socket.gethostbyname", "urllib.Request"}:
        attempts.append(event)
        raise OSError("the network is blocked")

sys.addaudithook(refuse)
"""


def _run(script: str, *args: str) -> object:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _GUARD + script, *args],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_guard_sees_an_attempt() -> None:
    attempts = _run(
        """
import urllib.request
try:
    urllib.request.urlopen("http://acme.test/")
except OSError:
    pass
print(json.dumps(attempts))
"""
    )

    assert attempts


def test_no_parser_uses_the_network(tmp_path: Path) -> None:
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)

    result = _run(
        """
from ingest.parsers.registry import parser_for
paths = sorted(pathlib.Path(sys.argv[1]).iterdir())
counts = {path.name: len(parser_for(path.name, mime=None).parse(path).blocks) for path in paths}
heavy = {"torch", "transformers", "pandas"} & set(sys.modules)
print(json.dumps([attempts, sorted(counts), all(counts.values()), sorted(heavy)]))
""",
        str(tmp_path),
    )

    assert result == [[], sorted(samples()), True, []]
