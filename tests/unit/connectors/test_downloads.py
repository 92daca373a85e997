"""Bytes from elsewhere as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.conformance.world import own_temporary_folder
from connectors.contract import FileTooLarge, SourceUnavailable
from connectors.downloads import downloaded, require_size


@pytest.fixture
def folder() -> Iterator[Path]:
    with own_temporary_folder() as folder:
        yield folder


def test_pieces_become_one_file_that_goes_with_the_block(folder: Path) -> None:
    with downloaded([b"one ", b"", b"two"], max_bytes=7) as path:
        assert path.read_bytes() == b"one two"
        assert path.parent == folder
    assert list(folder.iterdir()) == []


def test_nothing_is_an_empty_file(folder: Path) -> None:
    with downloaded([], max_bytes=0) as path:
        assert path.read_bytes() == b""


def test_first_byte_too_many_ends_it_without_asking_for_the_rest(folder: Path) -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        for number in range(100):
            asked.append(number)
            yield b"x" * 4

    with (
        pytest.raises(FileTooLarge, match="10 bytes") as caught,
        downloaded(pieces(), max_bytes=10),
    ):
        pass
    assert asked == [0, 1, 2]
    assert caught.value.data == {"limit_bytes": 10}
    assert list(folder.iterdir()) == []


def test_file_goes_when_the_pieces_fail_or_the_reader_does(folder: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise SourceUnavailable("Cut.")

    with pytest.raises(SourceUnavailable), downloaded(pieces(), max_bytes=10):
        pass
    with pytest.raises(ZeroDivisionError), downloaded([b"x"], max_bytes=10):
        raise ZeroDivisionError
    assert list(folder.iterdir()) == []


def test_size_that_is_known_before_is_checked_before() -> None:
    require_size(10, max_bytes=10)
    with pytest.raises(FileTooLarge, match="1,000 bytes"):
        require_size(1001, max_bytes=1000)
