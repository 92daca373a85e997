"""Many small files: how much memory a first sync takes, and what a second one costs.

    python -m benchmarks.many_files [--files 2000 20000] [--rounds 5]

For each number of files, in a process of its own: the most memory that the server and its children
had, above what they had before the sync, and the seconds of the first sync; then, taking turns, the
bare listing of the folder and a sync of the unchanged source. If memory is bounded, ten times the
files take hardly more, but for the index: its mapped files, which the system takes back when it
needs the room, are told apart. If a second sync costs its listing alone, both grow alike.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from dataclasses import dataclass
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
_PROC = Path("/proc")


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
        f"{files} files: first sync {first_s:.0f} s, peak {memory.held.above:.0f} MiB held "
        f"above the {memory.held.before:.0f} before and {memory.mapped.above:.0f} MiB "
        f"mapped above the {memory.mapped.before:.0f} before; "
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


@dataclass
class _Peak:
    """The most that was seen, in MiB, above what there was before."""

    before: float
    above: float = 0

    def see(self, mib: float) -> None:
        self.above = max(self.above, mib - self.before)


class _PeakMemory:
    """Memory of this process and its children, sampled inside the block: held by them alone, and
    mapped from files.
    """

    def __init__(self) -> None:
        held, mapped = _resident_mib(os.getpid())
        self.held, self.mapped = _Peak(held), _Peak(mapped)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
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
            held, mapped = _resident_mib(os.getpid())
            self.held.see(held)
            self.mapped.see(mapped)


def _resident_mib(pid: int) -> tuple[float, float]:
    """Anonymous and mapped MiB of a process and its children; 0 for one that has ended.

    Needs Linux's /proc.
    """
    try:
        command = _PROC.joinpath(str(pid), "cmdline").read_bytes()
        fields = dict(
            line.split(":", 1)
            for line in _PROC.joinpath(str(pid), "status").read_text().splitlines()
        )
        # A child belongs to the thread that started it.
        lists = [path.read_text() for path in _PROC.joinpath(str(pid), "task").glob("*/children")]
        children = [int(child) for listed in lists for child in listed.split()]
        # Until it runs a program of its own, a child is its parent, memory and all.
        own = [
            child
            for child in children
            if _PROC.joinpath(str(child), "cmdline").read_bytes() != command
        ]
        held, mapped = (int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    except (FileNotFoundError, ProcessLookupError, KeyError):
        return 0, 0
    for child in own:
        child_held, child_mapped = _resident_mib(child)
        held, mapped = held + child_held, mapped + child_mapped
    return held, mapped


if __name__ == "__main__":
    main()
