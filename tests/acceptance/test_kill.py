"""SIGKILL at any moment of an ingest: run again, it goes on; nothing is lost, nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.index_content import differences, read_stored

_DOCUMENTS = 60
_KILL_AFTER_DOCUMENTS = (0, 8, 28)
_INGEST_TIMEOUT_S = 240


def _write_corpus(folder: Path) -> None:
    generator = random.Random(7)
    words = "amber birch cedar delta ember fjord grove heron inlet jetty kelp lagoon".split()
    for number in range(_DOCUMENTS):
        sections = [
            f"## Part {part}\n\n" + " ".join(generator.choices(words, k=80)) + "."
            for part in range(3)
        ]
        (folder / f"{number:03}.md").write_text(f"# Page {number}\n\n" + "\n\n".join(sections))


def _ingest(folder: Path, data_dir: Path) -> subprocess.Popen[bytes]:
    with (folder.parent / "ingest.log").open("ab") as log:
        return subprocess.Popen(
            [Path(sys.executable).parent / "vouch", "ingest", folder, "--source", "docs"],
            env={
                **os.environ,
                "VOUCH_DATA_DIR": str(data_dir),
                "VOUCH_SYNC__BATCH_DOCUMENTS": "4",
            },
            stdout=log,
            stderr=log,
        )


def _kill_after(process: subprocess.Popen[bytes], data_dir: Path, documents: int) -> None:
    """SIGKILL a short while after this many documents have been committed."""
    deadline = time.monotonic() + _INGEST_TIMEOUT_S
    while _committed(data_dir) < documents:
        assert process.poll() is None, "the ingest ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(random.uniform(0, 0.5))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def _committed(data_dir: Path) -> int:
    catalog = data_dir / "catalog.sqlite3"
    if not catalog.exists():
        return 0
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
        try:
            query = "SELECT count(*) FROM documents WHERE state = 'indexed'"
            return int(connection.execute(query).fetchone()[0])
        except sqlite3.OperationalError:
            # The catalog has no tables yet, or is being given them.
            return 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ingest_killed_at_random_moments_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    _write_corpus(folder)
    undisturbed = _ingest(folder, tmp_path / "undisturbed")
    assert undisturbed.wait(timeout=_INGEST_TIMEOUT_S) == 0

    data_dir = tmp_path / "killed"
    for documents in _KILL_AFTER_DOCUMENTS:
        _kill_after(_ingest(folder, data_dir), data_dir, documents)
    last = _ingest(folder, data_dir)
    assert last.wait(timeout=_INGEST_TIMEOUT_S) == 0, (tmp_path / "ingest.log").read_text()

    expected = read_stored(tmp_path / "undisturbed")
    assert len(expected.documents) == _DOCUMENTS
    assert len(expected.points) >= _DOCUMENTS
    assert differences(expected, read_stored(data_dir)) == []
