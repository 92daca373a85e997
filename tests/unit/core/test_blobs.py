"""Normalised texts, kept character for character."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.blobs import FsspecTextStore, TextNotFound
from core.chunks import DocumentId

DOCUMENT = DocumentId("doc")
OTHER = DocumentId("other")


@pytest.fixture
def store(tmp_path: Path) -> FsspecTextStore:
    return FsspecTextStore(tmp_path / "texts")


@pytest.mark.parametrize(
    "text", ["", "a\r\nb\rc\n", "naïve 文書 \U0001f600 \x00 \ufeff", "x" * 100_000]
)
def test_text_comes_back_character_for_character(store: FsspecTextStore, text: str) -> None:
    store.put_text(DOCUMENT, "v1", text)
    assert store.get_text(DOCUMENT, "v1") == text


def test_versions_and_documents_are_kept_apart(store: FsspecTextStore) -> None:
    store.put_text(DOCUMENT, "v1", "one")
    store.put_text(DOCUMENT, "v2", "two")
    store.put_text(OTHER, "v1", "three")
    assert store.get_text(DOCUMENT, "v1") == "one"
    assert store.get_text(DOCUMENT, "v2") == "two"
    assert store.get_text(OTHER, "v1") == "three"


def test_putting_a_version_twice_is_putting_it_once(store: FsspecTextStore, tmp_path: Path) -> None:
    store.put_text(DOCUMENT, "v1", "one")
    store.put_text(DOCUMENT, "v1", "one")
    files = [path.name for path in (tmp_path / "texts").rglob("*") if path.is_file()]
    assert files == ["v1.txt"]


def test_missing_text_is_said_to_be_missing(store: FsspecTextStore) -> None:
    with pytest.raises(TextNotFound):
        store.get_text(DOCUMENT, "v1")
    store.put_text(DOCUMENT, "v1", "one")
    with pytest.raises(TextNotFound):
        store.get_text(DOCUMENT, "v2")


def test_deleting_keeps_the_named_version_and_other_documents(store: FsspecTextStore) -> None:
    for version in ("v1", "v2", "v3"):
        store.put_text(DOCUMENT, version, version)
    store.put_text(OTHER, "v1", "other")
    store.delete_document(DOCUMENT, keep="v2")
    assert store.get_text(DOCUMENT, "v2") == "v2"
    for version in ("v1", "v3"):
        with pytest.raises(TextNotFound):
            store.get_text(DOCUMENT, version)
    assert store.get_text(OTHER, "v1") == "other"


def test_deleting_all_leaves_no_file_and_may_be_done_twice(
    store: FsspecTextStore, tmp_path: Path
) -> None:
    store.put_text(DOCUMENT, "v1", "one")
    store.delete_document(DOCUMENT)
    store.delete_document(DOCUMENT)
    store.delete_document(DOCUMENT, keep="v1")
    assert [path for path in (tmp_path / "texts").rglob("*") if path.is_file()] == []
