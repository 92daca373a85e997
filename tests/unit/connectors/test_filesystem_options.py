"""What the filesystem connector can be told: what to list, how to compare, where to go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    DocumentRef,
    DocumentUnreadable,
    FileTooLarge,
    Milestone,
    SourceMisconfigured,
)
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector
from connectors.registry import validated_config
from connectors.selection import glob_pattern
from tests.unit.connectors.folders import failures, list_one, open_folder, references


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def paths(config: FilesystemConfig) -> set[str]:
    return set(references(open_folder(config)))


def test_only_included_files_are_listed(root: Path) -> None:
    write(root, "a.md", "a.txt", "b/a.md", "b/a.txt")
    assert paths(FilesystemConfig(root=root, include=("**/*.md",))) == {"a.md", "b/a.md"}
    assert paths(FilesystemConfig(root=root, include=("b/**", "a.txt"))) == {
        "a.txt",
        "b/a.md",
        "b/a.txt",
    }


def test_excluded_files_are_not_listed_even_if_included(root: Path) -> None:
    write(root, "a.md", "draft.md", "b/draft.md")
    config = FilesystemConfig(root=root, include=("**/*.md",), exclude=("**/draft.md",))
    assert paths(config) == {"a.md"}


@pytest.mark.parametrize("glob", ["b", "b/**", "**/b", "?/**"])
def test_excluded_folder_is_left_out_with_all_below_it(root: Path, glob: str) -> None:
    write(root, "a.md", "b/a.md", "b/c/a.md", "bc/a.md")
    assert paths(FilesystemConfig(root=root, exclude=(glob,))) == {"a.md", "bc/a.md"}


def test_excluded_folder_is_not_even_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a.md", "node_modules/x/a.md")
    opened = []
    original = os.listdir

    def listdir(path: bytes) -> list[bytes]:
        opened.append(os.fsdecode(path))
        return original(path)

    monkeypatch.setattr(os, "listdir", listdir)
    assert paths(FilesystemConfig(root=root, exclude=("**/node_modules/**",))) == {"a.md"}
    assert opened == [str(root)]


def test_what_is_not_listed_is_not_a_failure_either(root: Path) -> None:
    (root / "link.md").symlink_to(root)
    (root / "link.txt").symlink_to(root)
    assert failures(open_folder(FilesystemConfig(root=root, exclude=("*.txt",)))) == {
        "link.md": "symbolic_link"
    }
    assert failures(open_folder(FilesystemConfig(root=root, include=("*.pdf",)))) == {}


def test_file_that_says_who_may_read_is_never_a_document(root: Path) -> None:
    write(root, ".vouch-access.yaml", "a/.vouch-access.yaml", "a/.other.yaml")
    assert paths(FilesystemConfig(root=root)) == {"a/.other.yaml"}


def test_content_is_compared_where_asked_for(root: Path) -> None:
    config = FilesystemConfig(root=root, compare="content")
    path = root / "a.txt"
    path.write_text("one")
    os.utime(path, ns=(1, 1))
    before = list_one(open_folder(config), "a.txt").revision
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    changed = list_one(open_folder(config), "a.txt").revision
    assert changed != before
    path.unlink()
    path.write_text("one")  # Another inode, another time, the same content.
    assert list_one(open_folder(config), "a.txt").revision == before


def test_file_above_the_limit_is_not_read_for_its_hash(root: Path) -> None:
    (root / "a.bin").write_bytes(b"x" * 11)
    config = FilesystemConfig(root=root, compare="content")
    assert "sha256" not in list_one(open_folder(config, max_file_bytes=10), "a.bin").revision
    assert "sha256" in list_one(open_folder(config, max_file_bytes=11), "a.bin").revision


def test_file_that_grew_after_the_listing_is_too_large(root: Path) -> None:
    (root / "a.bin").write_bytes(b"x")
    connector = open_folder(FilesystemConfig(root=root), max_file_bytes=10)
    reference = list_one(connector, "a.bin")
    (root / "a.bin").write_bytes(b"x" * 11)
    with pytest.raises(FileTooLarge, match="10 bytes"), connector.fetch(reference):
        pass


def test_circle_of_links_in_the_way_is_unreadable(root: Path) -> None:
    write(root, "b/a.txt")
    connector = open_folder(FilesystemConfig(root=root))
    reference = list_one(connector, "b/a.txt")
    (root / "b/a.txt").unlink()
    (root / "b").rmdir()
    (root / "b").symlink_to(root / "b")
    with pytest.raises(DocumentUnreadable), connector.fetch(reference):
        pass


@pytest.mark.parametrize("outside", ["../secret.txt", "b/../../secret.txt"])
def test_path_that_leads_out_of_the_root_is_not_read(root: Path, outside: str) -> None:
    write(root, "b/a.txt")
    (root.parent / "secret.txt").write_text("secret")
    reference = DocumentRef(external_id=outside, revision="1", path=outside, uri="file:///x")
    with (
        pytest.raises(DocumentUnreadable),
        open_folder(FilesystemConfig(root=root)).fetch(reference),
    ):
        pass


def test_root_behind_a_link_is_read(root: Path) -> None:
    write(root, "b/a.txt")
    (root.parent / "link").symlink_to(root)
    connector = open_folder(FilesystemConfig(root=root.parent / "link"))
    with connector.fetch(list_one(connector, "b/a.txt")) as file:
        assert file.read_text() == "b/a.txt"


def test_very_deep_folders_are_listed(root: Path) -> None:
    """More levels than Python has stack frames; the path is still one that Linux takes."""
    depth = 1_500
    folder = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    assert paths(FilesystemConfig(root=root)) == {"d/" * depth + "a.txt"}
    _remove_deep(root, depth)


def _remove_deep(root: Path, depth: int) -> None:
    """pytest's own clean-up recurses."""
    (root / ("d/" * depth) / "a.txt").unlink()
    for level in range(depth, 0, -1):
        os.rmdir(root / ("d/" * level))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FilesystemConnector, "milestone_every", 1)


def milestones(config: FilesystemConfig) -> Iterator[Checkpoint]:
    items = open_folder(config).discover(None)
    return (item.checkpoint for item in items if isinstance(item, Milestone))


@pytest.mark.usefixtures("small_pages")
def test_listing_goes_on_after_any_document_in_the_order_of_the_first(root: Path) -> None:
    write(root, "a", "b/a", "b/b/a", "b-/a", "b.txt", "b0", "c/a", "ü/ü", "z")
    config = FilesystemConfig(root=root)
    whole = list(references(open_folder(config)))
    for number, checkpoint in enumerate(milestones(config), 1):
        rest = open_folder(config).discover(checkpoint)
        assert [i.path for i in rest if isinstance(i, DocumentRef)] == whole[number:]


@pytest.mark.usefixtures("small_pages")
def test_listing_goes_on_where_its_last_folder_is_gone_or_a_file_now(root: Path) -> None:
    write(root, "a", "b/a", "c")
    config = FilesystemConfig(root=root)
    checkpoint = list(milestones(config))[1]
    (root / "b/a").unlink()
    (root / "b").rmdir()
    rest = [i.path for i in open_folder(config).discover(checkpoint) if isinstance(i, DocumentRef)]
    assert rest == ["c"]
    write(root, "b")
    rest = [i.path for i in open_folder(config).discover(checkpoint) if isinstance(i, DocumentRef)]
    assert rest == ["b", "c"]


@pytest.mark.parametrize(
    "stored",
    [
        {"filesystem": 2, "after": "a"},
        {"filesystem": 1},
        {"filesystem": 1, "after": 7},
        {"filesystem": 1, "after": ""},
        {"filesystem": 1, "after": "a", "more": 1},
        {"memory": 1, "after": "a"},
    ],
)
def test_checkpoint_of_another_sort_has_expired(root: Path, stored: dict[str, object]) -> None:
    with pytest.raises(CheckpointExpired):
        list(open_folder(FilesystemConfig(root=root)).discover(Checkpoint(json.dumps(stored))))


def test_checkpoint_with_half_a_character_or_endless_nesting_has_expired(root: Path) -> None:
    write(root, "a")
    for text in ('{"filesystem": 1, "after": "\\ud800"}', "[" * 200_000):
        with pytest.raises(CheckpointExpired):
            list(open_folder(FilesystemConfig(root=root)).discover(Checkpoint(text)))


def test_root_with_a_nul_byte_is_refused() -> None:
    with pytest.raises(SourceMisconfigured, match=r"root: .*NUL byte"):
        validated_config("filesystem", {"root": "/srv/\0docs"})


def test_rules_beside_another_word_on_access_are_refused() -> None:
    rules = [{"glob": "**", "allow": ["everyone"]}]
    with pytest.raises(SourceMisconfigured, match="access_rules decide nothing"):
        validated_config("filesystem", {"root": "/srv", "access": "posix", "access_rules": rules})


@pytest.mark.parametrize("field", ["include", "exclude"])
def test_empty_glob_is_refused(field: str) -> None:
    with pytest.raises(ValidationError):
        FilesystemConfig.model_validate({"root": "/srv", field: [""]})


def test_long_lists_of_globs_do_not_grow_memory() -> None:
    assert glob_pattern.cache_info().maxsize is not None
