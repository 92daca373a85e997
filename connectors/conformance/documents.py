"""What fetching one document promises."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.conformance.listed import Listed
from connectors.conformance.world import World, own_temporary_folder, read
from connectors.contract import DocumentRef, DocumentVanished, FileTooLarge

_ALL_BYTES = bytes(range(256)) * 5
_THREADS = 4
_WAIT_S = 20


class DocumentTests(World):
    """Of a world without faults."""

    @pytest.mark.parametrize(
        "content",
        [b"", b"one", b"a\r\nb\rc\n\x00", _ALL_BYTES],
        ids=["empty", "text", "line ends", "every byte"],
    )
    def test_fetch_gives_the_exact_bytes(self, content: bytes) -> None:
        self.put("a.bin", content)
        self.put("b.bin", b"another document")
        assert self.read("a.bin") == content

    def test_fetch_after_a_change_gives_the_new_bytes(self) -> None:
        self.put("a.txt", b"one")
        self.list_all()
        self.put("a.txt", b"one and more")
        assert self.read("a.txt") == b"one and more"

    def test_document_that_was_deleted_after_the_listing_is_said_to_have_vanished(self) -> None:
        self.put("a.txt", b"one")
        with self.connected() as connector:
            reference = Listed.of(connector.discover(None)).at("a.txt")
            self.delete("a.txt")
            with pytest.raises(DocumentVanished):
                read(connector, reference)

    def test_document_above_the_limit_is_too_large_and_leaves_no_file(self) -> None:
        self.put("a.bin", b"x" * 501)
        with own_temporary_folder() as folder, self.connected(max_file_bytes=500) as connector:
            reference = Listed.of(connector.discover(None)).at("a.bin")
            with pytest.raises(FileTooLarge):
                read(connector, reference)
            assert _files_in(folder) == []

    def test_document_at_the_limit_is_fetched(self) -> None:
        self.put("a.bin", b"x" * 500)
        with self.connected(max_file_bytes=500) as connector:
            reference = Listed.of(connector.discover(None)).at("a.bin")
            assert read(connector, reference) == b"x" * 500

    def test_fetch_leaves_no_file_even_if_its_reader_fails(self) -> None:
        self.put("a.txt", b"one")
        with own_temporary_folder() as folder, self.connected() as connector:
            reference = Listed.of(connector.discover(None)).at("a.txt")
            with pytest.raises(ZeroDivisionError), connector.fetch(reference):
                raise ZeroDivisionError
            assert _files_in(folder) == []

    def test_several_threads_fetch_at_once_and_each_gets_its_own_document(self) -> None:
        contents = {
            f"{number}.bin": hashlib.sha256(bytes([number])).digest() * 1_000
            for number in range(_THREADS)
        }
        for path, content in contents.items():
            self.put(path, content)
        # Each thread stays in its block until all are in theirs.
        everyone_is_in = threading.Barrier(_THREADS)

        with self.connected() as connector:
            listed = Listed.of(connector.discover(None))

            def read_slowly(reference: DocumentRef) -> bytes:
                with connector.fetch(reference) as file:
                    everyone_is_in.wait(timeout=_WAIT_S)
                    return file.read_bytes()

            with ThreadPoolExecutor(_THREADS) as pool:
                references = [listed.at(path) for path in contents]
                assert list(pool.map(read_slowly, references)) == list(contents.values())
                same = list(pool.map(read_slowly, [references[0]] * _THREADS))
                assert same == [contents[references[0].path]] * _THREADS


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]
