"""What is kept between listings: in bounds, and never mistaken for what it is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connectors.contract import CheckpointExpired, SourceUnavailable
from connectors.web import memory as memory_module
from connectors.web.memory import Memory
from connectors.web.records import Record

_URL = "https://docs.acme.test/a"


def test_addresses_are_numbered_once_each_in_their_order(tmp_path: Path) -> None:
    with Memory(tmp_path, scope="s") as memory:
        crawl = memory.begin(max_pages=2)
        for url in ("a", "b", "a", "b"):
            crawl.add(url, depth=1, lastmod="2024")
        assert [crawl.at(number) for number in (1, 2, 3)] == [
            ("a", 1, "2024"),
            ("b", 1, "2024"),
            None,
        ]
        assert crawl.end() == (False, "")
        crawl.add("c", depth=1)
        assert crawl.at(3) is None
        assert crawl.end() == (True, "")


def test_listing_that_others_have_pushed_out_does_not_look_as_if_it_had_ended(
    tmp_path: Path,
) -> None:
    with Memory(tmp_path, scope="s") as memory:
        crawl = memory.begin(max_pages=2)
        crawl.add("a", depth=0)
        for _ in range(4):
            memory.begin(max_pages=2)
        assert crawl.at(1) is None
        with pytest.raises(SourceUnavailable):
            crawl.end()
        with pytest.raises(CheckpointExpired):
            memory.resume(crawl.name, max_pages=2)


def test_what_nothing_leads_to_any_more_is_forgotten_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Memory(tmp_path, scope="s") as memory:
        memory.remember(_URL, Record(url=_URL))
        memory.begin(max_pages=1)
        assert memory.known(_URL) is not None
        monkeypatch.setattr(memory_module, "_KEPT_S", -1)
        memory.begin(max_pages=1)
        assert memory.known(_URL) is None


def test_record_of_another_release_is_not_known(tmp_path: Path) -> None:
    with Memory(tmp_path, scope="s") as memory:
        memory.remember(_URL, Record(url=_URL, etag='"1"'))
        assert memory.known(_URL) == Record(url=_URL, etag='"1"')
    for data in (b"no record", Record(url=_URL).packed()[:-3]):
        with sqlite3.connect(tmp_path / "web-s.sqlite") as database:
            database.execute("UPDATE pages SET record = ?", (data,))
        database.close()
        with Memory(tmp_path, scope="s") as memory:
            assert memory.known(_URL) is None


def test_file_of_another_configuration_goes(tmp_path: Path) -> None:
    for scope in ("one", "two"):
        with Memory(tmp_path, scope=scope):
            pass
    assert {file.name.partition(".")[0] for file in tmp_path.iterdir()} == {"web-two"}


def test_file_that_is_in_use_is_not_taken_for_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Memory(tmp_path, scope="s") as memory:
        memory.remember(_URL, Record(url=_URL))

    def refuse(path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(memory_module, "_opened", refuse)
        with pytest.raises(sqlite3.OperationalError):
            Memory(tmp_path, scope="s")
    with Memory(tmp_path, scope="s") as memory:
        assert memory.known(_URL) is not None
