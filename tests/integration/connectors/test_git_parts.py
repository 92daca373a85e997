"""The git connector's configuration, checkpoints, tree comparison and history, by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.contract import Checkpoint, CheckpointExpired
from connectors.git.checkpoint import Position, fingerprint_of, parse_checkpoint
from connectors.git.config import GitConfig, GitCredentials
from connectors.git.history import Commit, TouchTimes, last_touched
from connectors.git.trees import iter_changes

Lines = list[tuple[bytes, int, bytes]]


@pytest.mark.parametrize(
    "url",
    [
        "git@git.acme.test:team/a.git",
        "ssh://git@git.acme.test/team/a.git",
        "git://git.acme.test/a.git",
        "ext::sh -c id",
        "https://",
        "https:///a.git",
        "https://git.acme.test/a?b=c",
        "https://git.acme.test/a#b",
        "https://git.acme.test:port/a",
        "https://git.acme.test/a b",
        "https://git.acme.test/a\n",
        "relative/path",
        "file://other.acme.test/srv/a.git",
    ],
)
def test_url_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        GitConfig(url=url, allow_local=True)


@pytest.mark.parametrize("url", ["file:///srv/a.git", "/srv/a.git", "file://localhost/srv/a.git"])
def test_this_machine_is_read_only_with_the_flag_for_it(url: str) -> None:
    with pytest.raises(ValidationError, match="allow_local"):
        GitConfig(url=url)
    config = GitConfig(url=url, allow_local=True)
    assert config.is_local
    assert str(config.local_path) == "/srv/a.git"


def test_flag_for_this_machine_makes_no_web_address_local() -> None:
    assert not GitConfig(url="https://git.acme.test/a", allow_local=True).is_local


def test_password_in_the_url_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValidationError) as caught:
        GitConfig(url="https://ana:hidden-word@git.acme.test/a.git")
    told = str(caught.value.errors(include_input=False, include_url=False))
    assert "credentials" in told
    assert "hidden-word" not in told


@pytest.mark.parametrize("branch", ["", "a..b", "a b", "-", "a.lock", "@{x}", "a~1", "/a"])
def test_branch_name_that_git_does_not_allow_is_refused(branch: str) -> None:
    if branch == "-":
        branch = "a\x00"
    with pytest.raises(ValidationError):
        GitConfig(url="https://git.acme.test/a", branch=branch)


def test_branch_may_be_written_as_a_full_reference() -> None:
    config = GitConfig(url="https://git.acme.test/a", branch="refs/heads/release/1.0")
    assert config.branch == "release/1.0"


@pytest.mark.parametrize("subtree", ["..", "a/../b", "a//b", "./a"])
def test_subtree_that_leads_elsewhere_is_refused(subtree: str) -> None:
    with pytest.raises(ValidationError):
        GitConfig(url="https://git.acme.test/a", subtree=subtree)


def test_credentials_never_show_the_token() -> None:
    credentials = GitCredentials.model_validate({"username": "ana", "token": "hidden-word"})
    assert "hidden-word" not in f"{credentials!r} {credentials} {credentials.model_dump()}"


@given(
    commit=st.none() | st.just(b"a" * 40),
    after=st.none() | st.binary(min_size=1, max_size=30),
    base=st.none() | st.just(b"b" * 64),
    is_difference=st.booleans(),
)
def test_checkpoint_is_read_as_it_was_written(
    commit: bytes | None, after: bytes | None, base: bytes | None, is_difference: bool
) -> None:
    position = Position(
        fingerprint="f",
        commit=commit,
        after=after,
        base=None if after is None else base,
        is_difference=after is not None and is_difference,
    )
    text = position.as_checkpoint()
    assert text.isascii()
    assert parse_checkpoint(text, fingerprint="f") == position


@pytest.mark.parametrize(
    "checkpoint",
    [
        "[" * 100_000,
        '{"v": 1}',
        '{"v": 1, "fingerprint": "f", "commit": "nonsense"}',
        '{"v": 1, "fingerprint": "f", "commit": 5}',
        '{"v": 1, "fingerprint": "f", "commit": null, "after": 5}',
    ],
    ids=["deep", "without fields", "no id", "number", "no path"],
)
def test_checkpoint_that_is_not_ours_has_expired(checkpoint: str) -> None:
    with pytest.raises(CheckpointExpired):
        parse_checkpoint(Checkpoint(checkpoint), fingerprint="f")


def test_fingerprint_changes_with_the_scope_and_with_nothing_else() -> None:
    plain = GitConfig(url="https://git.acme.test/a")
    same = GitConfig(url="https://git.acme.test/a/", max_clone_bytes=1024**3, allow_local=True)
    assert fingerprint_of(plain) == fingerprint_of(same)
    other = GitConfig(url="https://git.acme.test/a", include=("a",), exclude=("b",))
    swapped = GitConfig(url="https://git.acme.test/a", include=("b",), exclude=("a",))
    assert len({fingerprint_of(c) for c in (plain, other, swapped)}) == 3


# A tree as nested dictionaries, whose leaves are contents.
_NAMES = st.sampled_from([b"a", b"a.b", b"a0", b"b", b"\xff"])
_TREES = st.recursive(
    st.dictionaries(_NAMES, st.sampled_from([b"1", b"2"]), max_size=4),
    lambda inner: st.dictionaries(_NAMES, st.sampled_from([b"1", b"2"]) | inner, max_size=4),
    max_leaves=12,
)


def _store(tree: dict[bytes, Any], trees: dict[bytes, Lines]) -> bytes:
    lines = [
        (name, 0o040000, _store(value, trees))
        if isinstance(value, dict)
        else (name, 0o100644, value)
        for name, value in tree.items()
    ]
    key = repr(sorted(lines)).encode()
    trees[key] = lines
    return key


def _files(tree: dict[bytes, Any], folder: bytes = b"") -> dict[bytes, bytes]:
    files: dict[bytes, bytes] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            files |= _files(value, folder + name + b"/")
        else:
            files[folder + name] = value
    return files


@given(old=_TREES, new=_TREES, after=st.none() | st.binary(max_size=4))
def test_changes_are_what_differs_between_the_files_in_the_order_of_their_paths(
    old: dict[bytes, Any], new: dict[bytes, Any], after: bytes | None
) -> None:
    trees: dict[bytes, Lines] = {}
    ids = _store(old, trees), _store(new, trees)
    found = [
        ((now or before).path, before and before.object_id, now and now.object_id)  # type: ignore[union-attr]
        for before, now in iter_changes(trees.__getitem__, *ids, after=after)
    ]
    before, now = _files(old), _files(new)
    assert found == [
        (path, before.get(path), now.get(path))
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path) and (after is None or path > after)
    ]


def test_very_deep_tree_is_walked_without_recursion() -> None:
    trees: dict[bytes, Lines] = {b"0": [(b"file", 0o100644, b"x")]}
    for depth in range(1, 5_000):
        trees[str(depth).encode()] = [(b"d", 0o040000, str(depth - 1).encode())]
    [(_, now)] = iter_changes(trees.__getitem__, None, b"4999")
    assert now is not None
    assert now.path == b"d/" * 4_999 + b"file"


class _Line:
    """A history without branches; commit n changes the file that `touched` names."""

    def __init__(self, count: int, touched: Callable[[int], int]) -> None:
        self.visited: list[int] = []
        self._count = count
        self._trees: list[Lines] = []
        files: dict[bytes, bytes] = {}
        for number in range(count):
            files[b"%d" % touched(number)] = b"%d" % number
            self._trees.append([(name, 0o100644, i) for name, i in files.items()])

    def commit(self, object_id: bytes) -> Commit:
        number = int(object_id)
        self.visited.append(number)
        parents = (b"%d" % (number - 1),) if number else ()
        return Commit(tree=object_id, parents=parents, time=number)

    def tree(self, object_id: bytes) -> Lines:
        return self._trees[int(object_id)]


def test_walk_ends_where_every_path_is_settled() -> None:
    line = _Line(100, lambda number: number % 10)
    times = last_touched(line, b"99", {b"7", b"9"})
    assert times == {b"7": 97, b"9": 99}
    assert min(line.visited) >= 95


def test_walk_ends_at_what_is_known() -> None:
    line = _Line(100, lambda number: number % 50)
    known = TouchTimes(commit=b"90", times={b"%d" % n: -n for n in range(50)})
    times = last_touched(line, b"99", {b"1", b"45"}, known=known)
    assert times == {b"1": -1, b"45": 95}
    assert min(line.visited) >= 89


def test_walk_is_bounded_and_leaves_old_paths_without_a_date() -> None:
    line = _Line(1000, lambda number: number)
    times = last_touched(line, b"999", {b"3", b"998"}, max_commits=10)
    assert times == {b"998": 998}
