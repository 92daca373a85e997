"""Who may read a file: from an access file beside it, or from its permission bits."""

from __future__ import annotations

import grp
import os
import pwd
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.contract import DocumentFailure, ListsGroups
from connectors.filesystem.config import FilesystemConfig
from connectors.filesystem.directory import system_groups
from connectors.filesystem.permissions import parse_posix_acl
from connectors.filesystem.sidecar import MalformedAccessFile, parse_access_file
from tests.unit.connectors.folders import failures, open_folder, references


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir(mode=0o755)
    return root


def write(root: Path, path: str, text: str = "x") -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root / path


def acls(root: Path, access: str) -> dict[str, tuple[str, ...] | None]:
    config = FilesystemConfig.model_validate({"root": root, "access": access})
    return {path: item.acl for path, item in references(open_folder(config)).items()}


# Access files.


def test_nearest_access_file_that_matches_decides(root: Path) -> None:
    write(root, ".vouch-access.yaml", '"hr/**": [group:hr]\n"**": [everyone]\n')
    write(root, "hr/open/.vouch-access.yaml", '"*.md": ["user:ana@acme.test", everyone]\n')
    for path in ("a.md", "hr/a.md", "hr/open/a.md", "hr/open/a.txt"):
        write(root, path)
    assert acls(root, "sidecar") == {
        "a.md": ("everyone",),
        "hr/a.md": ("group:hr",),
        "hr/open/a.md": ("everyone", "user:ana@acme.test"),
        "hr/open/a.txt": ("group:hr",),
    }


def test_without_an_access_file_the_registration_decides(root: Path) -> None:
    write(root, "a.md")
    assert acls(root, "sidecar") == {"a.md": None}


def test_glob_that_allows_nobody_is_not_taken_for_no_glob(root: Path) -> None:
    write(root, ".vouch-access.yaml", '"**": []\n')
    write(root, "b/a.md")
    assert acls(root, "sidecar") == {"b/a.md": ()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "**: [everyone]",
        "[everyone]",
        '"**": everyone',
        '"**": [hr]',
        '"**": [[everyone]]',
        '"a": [everyone]\n"a": [group:hr]',
        '"**": [everyone',
        "? [a]\n: [everyone]",
        "\0",
        "[" * 500,
    ],
    ids="empty unquoted list scalar token nested twice cut key nul deep".split(),
)
def test_malformed_access_file_lets_nobody_read_and_says_why(root: Path, text: str) -> None:
    write(root, ".vouch-access.yaml", '"**": [everyone]\n')
    write(root, "b/.vouch-access.yaml", text)
    for path in ("a.md", "b/a.md", "b/c/a.md"):
        write(root, path)
    assert acls(root, "sidecar") == {"a.md": ("everyone",), "b/a.md": (), "b/c/a.md": ()}
    connector = open_folder(FilesystemConfig(root=root, access="sidecar"))
    found = [item for item in connector.discover(None) if isinstance(item, DocumentFailure)]
    assert [item.path for item in found] == ["b/.vouch-access.yaml"]
    assert found[0].code == "access_file_malformed"
    assert found[0].detail.startswith("Nobody may read here. ")


def test_access_file_below_a_malformed_one_still_decides(root: Path) -> None:
    write(root, ".vouch-access.yaml", "nonsense")
    write(root, "b/.vouch-access.yaml", '"*.md": [group:hr]')
    for path in ("a.md", "b/a.md", "b/a.txt"):
        write(root, path)
    assert acls(root, "sidecar") == {"a.md": (), "b/a.md": ("group:hr",), "b/a.txt": ()}


def test_access_file_that_is_a_link_or_folder_or_huge_lets_nobody_read(root: Path) -> None:
    write(root, "real.yaml", '"**": [everyone]')
    for folder in ("link", "folder", "huge"):
        write(root, f"{folder}/a.md")
    (root / "link/.vouch-access.yaml").symlink_to(root / "real.yaml")
    (root / "folder/.vouch-access.yaml").mkdir()
    write(root, "huge/.vouch-access.yaml", '"**": [everyone]\n#' + "x" * 70_000)
    found = acls(root, "sidecar")
    assert {path: found[path] for path in found if path.endswith(".md")} == {
        "link/a.md": (),
        "folder/a.md": (),
        "huge/a.md": (),
    }
    config = FilesystemConfig(root=root, access="sidecar")
    assert set(failures(open_folder(config)).values()) == {"access_file_malformed"}


def test_dates_and_numbers_in_an_access_file_are_only_text() -> None:
    assert parse_access_file(b"2026-99-99: [everyone]")[0][0].fullmatch("2026-99-99")
    with pytest.raises(MalformedAccessFile, match="not an access token"):
        parse_access_file(b"'**': [1]")


# Permission bits.


@dataclass(frozen=True)
class _User:
    pw_name: str
    pw_uid: int
    pw_gid: int


@dataclass(frozen=True)
class _Group:
    gr_name: str
    gr_gid: int
    gr_mem: list[str]


_USERS = [_User("ana", 5001, 6000), _User("bo", 5002, 6001), _User("space man", 5003, 6001)]
_GROUPS = [
    _Group("staff", 6000, ["bo"]),
    _Group("hr", 6001, []),
    _Group("domain users", 6002, ["ana"]),
]


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with users, so that the tests do not depend on who this one has."""

    def by(entries: list[_User] | list[_Group], attribute: str, number: int) -> object:
        for entry in entries:
            if getattr(entry, attribute) == number:
                return entry
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwall", lambda: _USERS)
    monkeypatch.setattr(grp, "getgrall", lambda: _GROUPS)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: by(_USERS, "pw_uid", uid))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: by(_GROUPS, "gr_gid", gid))


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def own(path: Path, *, uid: int = 5001, gid: int = 6000, mode: int) -> None:
    os.chown(path, uid, gid)
    path.chmod(mode)


@needs_root
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("mode", "uid", "gid", "expected"),
    [
        (0o640, 5001, 6000, ("group:staff", "user:ana")),
        (0o600, 5001, 6000, ("user:ana",)),
        (0o644, 5001, 6000, ("everyone", "group:staff", "user:ana")),
        (0o040, 5001, 6000, ("group:staff",)),
        (0o604, 5001, 6000, ("user:ana",)),
        (0o000, 5001, 6000, ()),
        (0o640, 9999, 9999, ()),
        (0o640, 5001, 9999, ("user:ana",)),
        (0o640, 5003, 6002, ()),
        (0o333, 5001, 6000, ()),
    ],
)
def test_bits_of_the_file_say_who_may_read(
    root: Path, mode: int, uid: int, gid: int, expected: tuple[str, ...]
) -> None:
    own(write(root, "a.md"), uid=uid, gid=gid, mode=mode)
    assert acls(root, "posix") == {"a.md": expected}


@needs_root
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("uid", "gid", "folder_mode", "file_mode", "expected"),
    [
        (5001, 6000, 0o750, 0o644, ("group:staff", "user:ana")),
        (5001, 6000, 0o700, 0o644, ("user:ana",)),
        (5001, 6000, 0o644, 0o644, ()),
        (5001, 6001, 0o750, 0o640, ("user:ana", "user:bo")),
        (5002, 6001, 0o710, 0o640, ("user:bo",)),
        (5002, 6001, 0o711, 0o640, ("group:staff", "user:ana")),
        (9999, 9999, 0o700, 0o644, ()),
    ],
)
def test_every_folder_on_the_way_must_let_the_reader_through(
    root: Path,
    uid: int,
    gid: int,
    folder_mode: int,
    file_mode: int,
    expected: tuple[str, ...],
) -> None:
    """The file is ana's and staff's; bo is in hr, and in staff too."""
    own(write(root, "b/c/a.md"), mode=file_mode)
    own(root / "b/c", mode=0o755)
    own(root / "b", uid=uid, gid=gid, mode=folder_mode)
    assert acls(root, "posix") == {"b/c/a.md": expected}


@needs_root
@pytest.mark.usefixtures("people")
def test_root_itself_must_let_the_reader_through_even_behind_a_link(root: Path) -> None:
    own(write(root, "a.md"), mode=0o644)
    own(root, mode=0o700)
    link = root.parent / "link"
    link.symlink_to(root)
    assert acls(root, "posix") == {"a.md": ("user:ana",)}
    assert acls(link, "posix") == {"a.md": ("user:ana",)}


@pytest.mark.usefixtures("people")
def test_groups_are_the_machines_own_with_primary_members(root: Path) -> None:
    groups = {group.name: group.members for group in system_groups()}
    assert groups == {"staff": ("ana", "bo"), "hr": ("bo",)}
    posix = open_folder(FilesystemConfig(root=root, access="posix"))
    assert isinstance(posix, ListsGroups)
    assert {group.name for group in posix.list_groups()} == {"staff", "hr"}
    assert list(open_folder(FilesystemConfig(root=root)).list_groups()) == []


_OWNER, _USER, _OWNING_GROUP, _GROUP, _MASK, _OTHER = 1, 2, 4, 8, 16, 32


def listed(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def set_acl(path: Path, *entries: tuple[int, int, int]) -> None:
    try:
        os.setxattr(path, "system.posix_acl_access", listed(*entries))
    except OSError:
        pytest.skip("this file system keeps no access control lists")


_NONE = 0xFFFFFFFF


@needs_root
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("named", "mask", "others", "expected"),
    [
        ([(_GROUP, 4, 6001)], 4, 0, ("group:hr", "user:ana")),
        ([(_USER, 4, 5002)], 4, 0, ("user:ana", "user:bo")),
        ([(_USER, 4, 5002)], 0, 0, ("user:ana",)),
        ([(_USER, 0, 5002)], 4, 4, ("user:ana",)),
    ],
)
def test_access_control_list_says_more_than_the_bits(
    root: Path,
    named: list[tuple[int, int, int]],
    mask: int,
    others: int,
    expected: tuple[str, ...],
) -> None:
    """With such a list the group's bits are its mask: `ls` shows r for a group that has nothing."""
    path = write(root, "a.md")
    own(path, mode=0o600)
    set_acl(
        path,
        (_OWNER, 4, _NONE),
        *[entry for entry in named if entry[0] == _USER],
        (_OWNING_GROUP, 0, _NONE),
        *[entry for entry in named if entry[0] == _GROUP],
        (_MASK, mask, _NONE),
        (_OTHER, others, _NONE),
    )
    assert acls(root, "posix") == {"a.md": expected}


def test_access_control_list_is_read_entry_by_entry(root: Path) -> None:
    status = os.stat(root)
    permissions = parse_posix_acl(
        listed(
            (_OWNER, 7, _NONE),
            (_USER, 6, 5002),
            (_OWNING_GROUP, 5, _NONE),
            (_GROUP, 7, 6001),
            (_MASK, 4, _NONE),
            (_OTHER, 1, _NONE),
        ),
        status,
    )
    assert permissions.users == ((status.st_uid, 7), (5002, 4))
    assert permissions.groups == ((status.st_gid, 4), (6001, 4))
    assert permissions.others == 1


@pytest.mark.parametrize("content", [b"", b"\x03\0\0\0", b"\x02\0\0\0xyz"])
def test_access_control_list_of_an_unknown_form_is_an_error(root: Path, content: bytes) -> None:
    with pytest.raises(OSError, match="unknown form"):
        parse_posix_acl(content, os.stat(root))
