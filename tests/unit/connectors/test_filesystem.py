"""The filesystem connector on the file systems that people really have."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.access_rules import AccessRule
from connectors.contract import (
    Coverage,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    SourceMisconfigured,
)
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector
from connectors.selection import glob_pattern
from tests.unit.connectors.folders import failures, list_one, open_folder, references

_REPOSITORY = Path(__file__).parents[3]
_NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


def connect(root: Path, *, rules: Sequence[AccessRule] = ()) -> FilesystemConnector:
    return open_folder(FilesystemConfig(root=root, access_rules=tuple(rules)))


def test_listing_is_sorted_within_each_folder_and_ends_complete(root: Path) -> None:
    for path in ("b.txt", "a/2.txt", "a/1.txt", "c.txt", "a.txt"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(path)
    *items, end = connect(root).discover(None)
    assert end == ListingEnd(coverage=Coverage.EVERYTHING)
    paths = [item.path for item in items if isinstance(item, DocumentRef)]
    assert paths == ["a/1.txt", "a/2.txt", "a.txt", "b.txt", "c.txt"]


def test_hidden_files_are_listed_like_any_other(root: Path) -> None:
    (root / ".notes.md").write_text("x")
    assert set(references(connect(root))) == {".notes.md"}


def test_reference_tells_size_type_time_and_address(root: Path) -> None:
    path = root / "Leave policy.DOCX"
    path.write_bytes(b"12345")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    reference = list_one(connect(root), "Leave policy.DOCX")
    assert reference.size_bytes == 5
    assert reference.mime is not None
    assert reference.mime.endswith("wordprocessingml.document")
    assert reference.updated_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert reference.uri == f"file://{root}/Leave%20policy.DOCX"
    assert reference.acl is None


def test_file_with_an_impossible_date_is_listed(root: Path) -> None:
    path = root / "a.txt"
    path.write_text("x")
    os.utime(path, (-(2**36), -(2**36)))
    assert "a.txt" in references(connect(root))


def test_link_that_leads_in_a_circle_is_a_failure_and_the_listing_ends(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "folder" / "again").symlink_to(root)
    (root / "itself").symlink_to(root / "itself")
    (root / "folder" / "a.txt").write_text("x")
    connector = connect(root)
    assert failures(connector) == {"folder/again": "symbolic_link", "itself": "symbolic_link"}
    assert set(references(connector)) == {"folder/a.txt"}


def test_link_out_of_the_root_is_never_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (root / "file.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "dangling").symlink_to(outside / "missing")
    connector = connect(root)
    assert references(connector) == {}
    assert set(failures(connector).values()) == {"symbolic_link"}
    assert set(failures(connector)) == {"file.txt", "folder", "dangling"}


def test_name_that_is_not_utf8_is_a_failure_that_shows_the_bytes(root: Path) -> None:
    with open(os.path.join(os.fsencode(root), b"caf\xe9.txt"), "wb") as file:
        file.write(b"x")
    (root / "ok.txt").write_text("x")
    connector = connect(root)
    assert failures(connector) == {"caf\\xe9.txt": "name_not_utf8"}
    assert set(references(connector)) == {"ok.txt"}
    json.dumps(failures(connector)).encode("utf-8")


def test_folder_whose_name_is_not_utf8_is_one_failure(root: Path) -> None:
    folder = os.path.join(os.fsencode(root), b"caf\xe9")
    os.mkdir(folder)
    with open(os.path.join(folder, b"a.txt"), "wb") as file:
        file.write(b"x")
    assert failures(connect(root)) == {"caf\\xe9": "name_not_utf8"}


def test_pipe_and_socket_are_failures_and_nobody_waits_for_them(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.open(root, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/socket")  # A socket's own path may not be long.
        os.close(folder)
        assert failures(connect(root)) == {"pipe": "not_a_file", "socket": "not_a_file"}


def test_file_that_vanished_after_the_listing_is_said_to_have_vanished(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "folder" / "a.txt").write_text("x")
    connector = connect(root)
    reference = list_one(connector, "folder/a.txt")
    (root / "folder" / "a.txt").unlink()
    (root / "folder").rmdir()
    with pytest.raises(DocumentVanished), connector.fetch(reference):
        pass


def test_file_replaced_by_a_link_after_the_listing_is_not_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (root / "a.txt").write_text("x")
    connector = connect(root)
    reference = list_one(connector, "a.txt")
    (root / "a.txt").unlink()
    (root / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(DocumentUnreadable, match="Symbolic link"), connector.fetch(reference):
        pass


def test_folder_replaced_by_a_link_after_the_listing_is_not_entered(
    root: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("secret")
    (root / "folder").mkdir()
    (root / "folder" / "a.txt").write_text("x")
    connector = connect(root)
    reference = list_one(connector, "folder/a.txt")
    (root / "folder" / "a.txt").unlink()
    (root / "folder").rmdir()
    (root / "folder").symlink_to(outside)
    with pytest.raises(DocumentUnreadable), connector.fetch(reference):
        pass


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_file_replaced_by_something_else_after_the_listing_is_unreadable(
    root: Path, make: Any
) -> None:
    (root / "a.txt").write_text("x")
    connector = connect(root)
    reference = list_one(connector, "a.txt")
    (root / "a.txt").unlink()
    make(root / "a.txt")
    with pytest.raises(DocumentUnreadable), connector.fetch(reference):
        pass


def test_moved_in_file_with_the_same_size_and_time_has_another_revision(root: Path) -> None:
    (root / "a.txt").write_text("one")
    (root / "b.txt").write_text("two")
    for name in ("a.txt", "b.txt"):
        os.utime(root / name, ns=(1, 1))
    connector = connect(root)
    before = list_one(connector, "a.txt")
    (root / "b.txt").replace(root / "a.txt")
    assert list_one(connector, "a.txt").revision != before.revision


def test_root_that_is_a_file_is_refused_with_what_to_do(root: Path) -> None:
    (root / "a.txt").write_text("x")
    with pytest.raises(SourceMisconfigured, match="name the folder"):
        connect(root / "a.txt").check()


def test_first_rule_that_matches_decides_who_may_read(root: Path) -> None:
    for path in ("hr/salaries.csv", "hr/public/leave.md", "readme.md"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    rules = [
        AccessRule(glob="hr/public/**", allow=("everyone",)),
        AccessRule(glob="hr/**", allow=("group:hr",)),
        AccessRule(glob="**/salaries.csv", allow=("everyone",)),
    ]
    acls = {path: item.acl for path, item in references(connect(root, rules=rules)).items()}
    assert acls == {
        "hr/salaries.csv": ("group:hr",),
        "hr/public/leave.md": ("everyone",),
        "readme.md": None,
    }


def test_rule_that_allows_nobody_is_not_taken_for_no_rule(root: Path) -> None:
    (root / "a.txt").write_text("x")
    rules = [AccessRule(glob="**", allow=())]
    assert list_one(connect(root, rules=rules), "a.txt").acl == ()


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("hr/**", "hr/a.txt", True),
        ("hr/**", "hr/b/c/a.txt", True),
        ("hr/**", "hr", False),
        ("hr/**", "hr2/a.txt", False),
        ("hr/**", "x/hr/a.txt", False),
        ("hr/*", "hr/a.txt", True),
        ("hr/*", "hr/b/a.txt", False),
        ("*.md", "a.md", True),
        ("*.md", "hr/a.md", False),
        ("**/*.md", "a.md", True),
        ("**/*.md", "hr/b/a.md", True),
        ("**", "any/thing.at.all", True),
        ("?.md", "a.md", True),
        ("?.md", "ab.md", False),
        ("a?b", "a/b", False),
        ("a.md", "axmd", False),
        ("a+(1).md", "a+(1).md", True),
        ("[ab].md", "a.md", False),
        ("[ab].md", "[ab].md", True),
        ("HR/**", "hr/a.txt", False),
        ("**/*.md", "line\nbreak/a.md", True),
    ],
)
def test_glob_matches_whole_relative_paths(glob: str, path: str, expected: bool) -> None:
    assert bool(glob_pattern(glob).fullmatch(path)) is expected


# Runs as a user who is not root, to whom permissions apply.
_AS_NOBODY = f"""
import json, os, sys
from pathlib import Path
from connectors.context import ConnectorContext
from connectors.contract import *
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.connector import FilesystemConnector
root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({_NOBODY}); os.setuid({_NOBODY})
context = ConnectorContext(source_id="source", cache_dir=root)
connector = FilesystemConnector(FilesystemConfig(root=root), context)
seen = []
for item in connector.discover(None):
    kind = type(item).__name__
    if isinstance(item, DocumentRef):
        try:
            with connector.fetch(item) as file:
                seen.append([kind, item.path, file.read_text()])
        except DocumentUnreadable as error:
            seen.append([kind, item.path, error.code])
    elif isinstance(item, ListingFailure):
        seen.append([kind, item.path_prefix, item.code])
    elif isinstance(item, ListingEnd):
        seen.append([kind, "", item.coverage])
try:
    FilesystemConnector(FilesystemConfig(root=root / "closed"), context).check()
except SourceMisconfigured as error:
    seen.append(["check", "", error.detail])
print(json.dumps(seen))
"""


def test_what_permissions_forbid_is_reported_and_the_rest_is_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Not below `tmp_path`, whose parents only the tests' own user may enter.
        root = Path(folder)
        (root / "closed").mkdir()
        (root / "closed" / "a.txt").write_text("hidden")
        (root / "open.txt").write_text("read me")
        (root / "secret.txt").write_text("hidden")
        root.chmod(0o755)
        (root / "secret.txt").chmod(0)
        (root / "closed").chmod(0)
        try:
            result = subprocess.run(
                [sys.executable, "-c", _AS_NOBODY, folder],
                cwd=_REPOSITORY,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        finally:
            (root / "closed").chmod(0o700)
    assert result.returncode == 0, result.stderr
    *listed, check = json.loads(result.stdout)
    assert listed == [
        ["ListingFailure", "closed/", "folder_unreadable"],
        ["DocumentRef", "open.txt", "read me"],
        ["DocumentRef", "secret.txt", "document_unreadable"],
        ["ListingEnd", "", "everything"],
    ]
    assert check[0] == "check"
    assert "Permission denied" in check[2]
