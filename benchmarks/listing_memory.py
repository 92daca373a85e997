"""How much memory and time the listing of a big folder takes.

    python -m benchmarks.listing_memory [--counts 1000 10000 100000] [--folder-size 1000]

Fills a temporary folder with small files, lists it as a sync does and keeps nothing. Prints the
peak of what Python allocated meanwhile, and the seconds of another listing without the tracing.
With `--folder-size 0` all files lie in one folder, whose names are sorted in memory.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from pathlib import Path

from connectors.context import ConnectorContext
from connectors.contract import DocumentRef
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector

_KIB = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and time of listing a folder.")
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--folder-size", type=int, default=1_000)
    arguments = parser.parse_args()
    print(f"{'documents':>10} {'peak, KiB':>10} {'seconds':>8} {'per second':>11}")
    for count in arguments.counts:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            _fill(root, count, arguments.folder_size or count)
            peak_bytes = _peak_bytes(root, count)
            started = time.perf_counter()
            _list(root, count)
            seconds = time.perf_counter() - started
        print(
            f"{count:>10,} {peak_bytes / _KIB:>10,.0f} {seconds:>8.2f} {count / seconds:>11,.0f}",
            flush=True,
        )


def _fill(root: Path, count: int, folder_size: int) -> None:
    for number in range(count):
        folder = root / f"folder-{number // folder_size:05}"
        if number % folder_size == 0:
            folder.mkdir()
        (folder / f"document-{number:07}.txt").write_bytes(b"x")


def _peak_bytes(root: Path, count: int) -> int:
    _list(root, count)  # Imports and caches belong to no listing.
    tracemalloc.start()
    try:
        _list(root, count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _list(root: Path, count: int) -> None:
    context = ConnectorContext(source_id="benchmark", cache_dir=root)
    connector = FilesystemConnector.open(FilesystemConfig(root=root), None, context)
    documents = sum(isinstance(item, DocumentRef) for item in connector.discover(None))
    assert documents == count
    connector.close()


if __name__ == "__main__":
    main()
