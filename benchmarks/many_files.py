"""Many small files: how much memory a first sync takes, and what a second one costs.

    python -m benchmarks.many_files [--files 2000 20000] [--rounds 5]

For each number of files, in a process of its own: the most memory that the server and its children
had resident, above what they had before the sync, and the seconds of the first sync; then, taking
turns, the bare listing of the folder and a sync of the unchanged source. If memory is bounded, ten
times the files take hardly more; if a second sync costs its listing alone, both grow alike.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.support import percentile, scratch_vouch
from connectors.context import ConnectorContext
from connectors.contract import DocumentRef
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector

_FILES_PER_FOLDER = 200
_SAMPLE_EVERY_S = 0.05
_MIB = 1024**2
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and second sync of many small files.")
    parser.add_argument("--files", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for files in arguments.files:
        process = multiprocessing.get_context("spawn").Process(
            target=_measure, args=(files, arguments.rounds)
        )
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


def _measure(files: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name, scratch_vouch() as vouch:
        folder = Path(name).resolve()
        _write_files(folder, files)
        vouch.client.post("/v1/search", {"query": "what a first question needs is loaded"})
        source_id = vouch.register(folder)
        with _PeakMemory() as memory:
            run, first_s = vouch.sync(source_id)
        assert (run["added"], run["failed"]) == (files, 0), run
        listing_s, second_s = [], []
        for _ in range(rounds):
            started = time.perf_counter()
            listed = _list_files(folder)
            listing_s.append(time.perf_counter() - started)
            run, seconds = vouch.sync(source_id)
            second_s.append(seconds)
            assert listed == run["unchanged"] == files
            assert (run["to_process"], run["bytes_fetched"], run["chunks_embedded"]) == (0, 0, 0)
    second, listing = percentile(second_s, 0.5), percentile(listing_s, 0.5)
    print(
        f"{files} files: first sync {first_s:.0f} s, peak {memory.peak_bytes / _MIB:.0f} MiB "
        f"above the {memory.before_bytes / _MIB:.0f} MiB before; "
        f"second sync {second:.2f} s ({1e6 * second / files:.0f} us a file), "
        f"bare listing {listing:.2f} s ({1e6 * listing / files:.0f} us a file)",
        flush=True,
    )


def _write_files(folder: Path, count: int) -> None:
    for number in range(count):
        path = folder / f"{number // _FILES_PER_FOLDER:03}" / f"{number:05}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Note {number}\n\nThe shelf of note {number} is in aisle {number % 97}.")


def _list_files(folder: Path) -> int:
    context = ConnectorContext(source_id="listing", cache_dir=folder)
    connector = FilesystemConnector.open(FilesystemConfig(root=folder), None, context)
    return sum(isinstance(item, DocumentRef) for item in connector.discover(None))


class _PeakMemory:
    """Resident bytes of this process and its children, sampled inside the block."""

    def __init__(self) -> None:
        self.before_bytes = self.peak_bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
        self.before_bytes = _resident_bytes(os.getpid())
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_EVERY_S):
            above = _resident_bytes(os.getpid()) - self.before_bytes
            self.peak_bytes = max(self.peak_bytes, above)


def _resident_bytes(pid: int) -> int:
    """Of a process and its children, which need Linux's /proc to be known; 0 for one that ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        # A child belongs to the thread that started it.
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except FileNotFoundError:
        return 0
    children = [int(child) for listed in lists for child in listed.split()]
    return pages * _PAGE_BYTES + sum(_resident_bytes(child) for child in children)


if __name__ == "__main__":
    main()
