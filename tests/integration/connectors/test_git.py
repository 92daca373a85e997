"""The git connector on repositories as people really have them, over a real git server."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dulwich.objects import Blob
from dulwich.refs import Ref

from connectors.conformance.fault_proxy import HttpFaultProxy, Reply
from connectors.conformance.faults import Fault
from connectors.conformance.listed import Listed
from connectors.context import ConnectorContext
from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    CredentialsRefused,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused, EgressPolicy
from connectors.git import clone_folder as clone_folder_module
from connectors.git.config import GitConfig, GitCredentials
from connectors.git.connector import GitConnector
from connectors.registry import open_connector
from tests.integration.connectors.git_world import (
    EXECUTABLE,
    FIRST_COMMIT_AT,
    LINK,
    SUBMODULE,
    GitServer,
    GitWorld,
    basic,
    open_context,
    running_server,
    set_head,
)

_REPOSITORY = Path(__file__).parents[3]
_TOKEN = "token-that-nobody-may-see"
_LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
)


@pytest.fixture(scope="module")
def all_servers() -> Iterator[GitServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def server(all_servers: GitServer) -> GitServer:
    all_servers.open_doors()
    return all_servers


@pytest.fixture
def world(server: GitServer, tmp_path: Path) -> Iterator[GitWorld]:
    world = GitWorld(tmp_path / "repo.git", server)
    yield world
    world.close()


@pytest.fixture
def context(tmp_path: Path) -> ConnectorContext:
    return open_context(tmp_path / "cache")


def list_items(
    config: GitConfig,
    context: ConnectorContext,
    since: Checkpoint | None = None,
    *,
    credentials: GitCredentials | None = None,
) -> list[ListingItem]:
    connector = GitConnector.open(config, credentials, context)
    try:
        return list(connector.discover(since))
    finally:
        connector.close()


def list_world(
    world: GitWorld,
    context: ConnectorContext,
    since: Checkpoint | None = None,
    **options: Any,
) -> Listed:
    return Listed.of(list_items(GitConfig(url=world.url, **options), context, since))


def fetch(world: GitWorld, context: ConnectorContext, reference: DocumentRef) -> bytes:
    connector = GitConnector.open(GitConfig(url=world.url), None, context)
    try:
        with connector.fetch(reference) as path:
            return path.read_bytes()
    finally:
        connector.close()


def clone_folder(context: ConnectorContext) -> Path:
    [folder] = [p for p in context.cache_dir.glob("git-*") if p.is_dir()]
    return folder


def failures(listed: Listed) -> dict[str, str]:
    return {failure.path: failure.code for failure in listed.failures.values()}


# --- What a listing says -------------------------------------------------------------------------


def test_reference_tells_page_date_and_revision(world: GitWorld, context: ConnectorContext) -> None:
    world.put("handbook/leave policy.html", b"<p>x")
    world.put("b.txt", b"x")
    reference = list_world(world, context).at("handbook/leave policy.html")
    page = world.url.removesuffix(".git")
    assert reference.uri == f"{page}/blob/main/handbook/leave%20policy.html"
    assert reference.updated_at == datetime.fromtimestamp(FIRST_COMMIT_AT, UTC)
    assert reference.mime == "text/html"
    assert reference.revision == f"{Blob.from_string(b'<p>x').id.decode()}-100644"
    assert reference.external_id == "handbook/leave policy.html"
    assert reference.acl is None


def test_mode_is_part_of_the_revision(world: GitWorld, context: ConnectorContext) -> None:
    world.put("run.sh", b"x")
    before = list_world(world, context)
    world.put("run.sh", b"x", mode=EXECUTABLE)
    after = list_world(world, context, before.checkpoint)
    assert after.at("run.sh").revision != before.at("run.sh").revision


def test_documents_come_in_the_order_of_their_paths(
    world: GitWorld, context: ConnectorContext
) -> None:
    paths = ["a.txt", "a/b.txt", "a0.txt", "b/c/d.txt", "b/c.txt"]
    for path in paths:
        world.stage(path, path.encode())
    world.commit()
    items = list_items(GitConfig(url=world.url), context)
    listed = [item.path for item in items if isinstance(item, DocumentRef)]
    assert listed == sorted(paths, key=str.encode)


def test_what_is_not_a_readable_file_is_a_failure_and_the_rest_is_listed(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    world.stage("link", b"a.txt", mode=LINK)
    world.stage(b"caf\xe9.txt", b"x")
    world.files[b"module"] = (SUBMODULE, world.commits[0])
    world.commit()
    listed = list_world(world, context)
    assert listed.paths == {"a.txt"}
    assert failures(listed) == {
        "link": "symbolic_link",
        "caf\\xe9.txt": "name_not_utf8",
        "module": "submodule",
    }


def test_file_that_becomes_a_folder_is_removed_and_the_files_in_it_are_added(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("notes", b"x")
    known = list_world(world, context)
    world.stage("notes/a.txt", b"x")
    world.delete("notes")
    known.add(list_items(GitConfig(url=world.url), context, known.checkpoint))
    assert known.paths == {"notes/a.txt"}


def test_pointer_to_a_large_file_elsewhere_is_not_taken_for_the_file(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("film.mp4", _LFS_POINTER)
    reference = list_world(world, context).at("film.mp4")
    with pytest.raises(DocumentUnreadable, match="LFS"):
        fetch(world, context, reference)


def test_subtree_and_globs_choose_documents(world: GitWorld, context: ConnectorContext) -> None:
    for path in ("readme.md", "docs/a.md", "docs/b.txt", "docs/old/c.md", "docs2/d.md"):
        world.stage(path, path.encode())
    world.commit()
    assert list_world(world, context, subtree="docs/").paths == {
        "docs/a.md",
        "docs/b.txt",
        "docs/old/c.md",
    }
    chosen = list_world(world, context, include=["**/*.md"], exclude=["docs/old/**"])
    assert chosen.paths == {"readme.md", "docs/a.md", "docs2/d.md"}


def test_change_outside_the_subtree_or_the_globs_is_no_change(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("docs/a.md", b"x")
    world.put("docs/b.txt", b"x")
    world.put("c.md", b"x")
    options: dict[str, Any] = {"subtree": "docs", "include": ["**/*.md"]}
    known = list_world(world, context, **options)
    world.put("docs/b.txt", b"y")
    world.put("c.md", b"y")
    world.delete("docs/b.txt")
    changes = list_world(world, context, known.checkpoint, **options)
    assert changes.named == set()
    assert changes.coverage is Coverage.CHANGES


# --- When a file was touched ---------------------------------------------------------------------


def updated(listed: Listed) -> dict[str, int]:
    """Minutes after the first commit."""
    return {
        item.path: int(item.updated_at.timestamp() - FIRST_COMMIT_AT) // 60
        for item in listed.documents.values()
        if item.updated_at is not None
    }


def test_date_is_that_of_the_last_commit_that_touched_the_path(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"one")
    world.put("b/c.txt", b"one")
    world.put("a.txt", b"two")
    world.put("z.txt", b"one")
    assert updated(list_world(world, context)) == {"a.txt": 2, "b/c.txt": 1, "z.txt": 3}


def test_merge_counts_only_for_what_it_settled_itself(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"base")
    base = world.commits[-1]
    world.put("main.txt", b"main")
    ours = world.commits[-1]
    del world.files[b"main.txt"]
    world.stage("side.txt", b"side")
    theirs = world.commit(branch="side", parents=[base])
    world.stage("main.txt", b"main")
    world.stage("a.txt", b"settled")
    world.commit(parents=[ours, theirs])
    assert updated(list_world(world, context)) == {"a.txt": 3, "main.txt": 1, "side.txt": 2}


def test_clock_that_ran_backwards_does_not_confuse_the_dates(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.stage("a.txt", b"one")
    world.commit(at=FIRST_COMMIT_AT + 600)
    base = world.commits[-1]
    world.stage("left.txt", b"x")
    left = world.commit(at=FIRST_COMMIT_AT + 60)
    del world.files[b"left.txt"]
    world.stage("right.txt", b"x")
    right = world.commit(parents=[base], at=FIRST_COMMIT_AT + 1200)
    world.stage("left.txt", b"x")
    world.commit(parents=[left, right], at=FIRST_COMMIT_AT + 6000)
    dates = updated(list_world(world, context))
    assert dates == {"a.txt": 10, "left.txt": 1, "right.txt": 20}


def test_dates_are_the_same_from_the_cache_and_after_it_is_gone(
    world: GitWorld, context: ConnectorContext
) -> None:
    for number in range(6):
        world.put(f"{number % 4}.txt", str(number).encode())
    first = updated(list_world(world, context))
    assert updated(list_world(world, context)) == first
    world.put("1.txt", b"later")
    partly_known = updated(list_world(world, context))
    for file in clone_folder(context).glob("vouch-dates-*"):
        file.write_text("rubbish")
    assert updated(list_world(world, context)) == partly_known == first | {"1.txt": 6}


def test_resumed_listing_knows_the_dates_too(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitConnector, "documents_per_milestone", 1)
    for name in ("a", "b", "c"):
        world.put(name, b"x")
    items = list_items(GitConfig(url=world.url), context)
    milestone = next(item for item in items if isinstance(item, Milestone))
    shutil.rmtree(context.cache_dir)
    resumed = list_world(world, context, milestone.checkpoint)
    assert updated(resumed) == {"b": 1, "c": 2}
    assert updated(list_world(world, context)) == {"a": 0, "b": 1, "c": 2}


# --- Branches ------------------------------------------------------------------------------------


def test_default_branch_is_the_one_that_the_server_names(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("main.txt", b"x")
    world.stage("other.txt", b"x")
    world.commit(branch="other/one")
    assert list_world(world, context).paths == {"main.txt"}
    set_head(world, "other/one")
    listed = list_world(world, context)
    assert listed.paths == {"main.txt", "other.txt"}
    assert "/blob/other/one/" in listed.at("other.txt").uri


def test_only_the_branch_is_fetched(world: GitWorld, context: ConnectorContext) -> None:
    world.put("main.txt", b"x")
    world.stage("other.txt", b"what only the other branch has")
    world.commit(branch="other")
    listed = list_world(world, context)
    secret = Blob.from_string(b"what only the other branch has").id.decode()
    reference = replace(listed.at("main.txt"), revision=f"{secret}-100644")
    with pytest.raises(DocumentVanished):
        fetch(world, context, reference)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"branch": "nowhere"}, "no branch 'nowhere'"),
        ({"subtree": "nowhere"}, "no folder 'nowhere'"),
        ({"subtree": "a.txt"}, "no folder 'a.txt'"),
        ({"subtree": "a.txt/b"}, "no folder"),
    ],
)
def test_scope_that_does_not_exist_is_never_an_empty_listing(
    world: GitWorld, context: ConnectorContext, options: dict[str, Any], message: str
) -> None:
    world.put("a.txt", b"x")
    connector = GitConnector.open(GitConfig(url=world.url, **options), None, context)
    with pytest.raises(SourceMisconfigured, match=message):
        connector.check()
    with pytest.raises(SourceMisconfigured, match=message):
        list(connector.discover(None))
    connector.close()


def test_default_branch_that_is_gone_is_never_an_empty_listing(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    set_head(world, "gone")
    with pytest.raises(SourceMisconfigured, match="default branch"):
        list_world(world, context)


def test_empty_repository_is_listed_and_then_its_first_files_are_the_changes(
    world: GitWorld, context: ConnectorContext
) -> None:
    empty = list_world(world, context)
    assert empty.coverage is Coverage.EVERYTHING
    assert empty.checkpoint is not None
    assert list_world(world, context, empty.checkpoint).named == set()
    world.put("a.txt", b"x")
    changes = list_world(world, context, empty.checkpoint)
    assert changes.paths == {"a.txt"}
    assert changes.coverage is Coverage.CHANGES


def test_repository_that_was_emptied_is_not_taken_for_one_without_changes(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    known = list_world(world, context)
    del world.repo.refs[Ref(b"refs/heads/main")]
    with pytest.raises(CheckpointExpired):
        list_world(world, context, known.checkpoint)


# --- Checkpoints ---------------------------------------------------------------------------------


def test_resumed_listing_stays_with_its_commit_although_the_branch_moved(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitConnector, "documents_per_milestone", 2)
    for name in ("a", "b", "c", "d"):
        world.put(name, b"old")
    whole = list_world(world, context)
    items = list_items(GitConfig(url=world.url), context)
    milestone = next(item for item in items if isinstance(item, Milestone))
    world.put("a", b"new")
    world.put("d", b"new")
    resumed = list_world(world, context, milestone.checkpoint)
    assert resumed.paths == {"c", "d"}
    assert resumed.at("d").revision == whole.at("d").revision
    assert resumed.coverage is Coverage.EVERYTHING
    assert list_world(world, context, resumed.checkpoint).paths == {"a", "d"}


def test_rewritten_branch_lists_changes_while_the_old_commit_is_still_in_the_clone(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"one")
    world.put("b.txt", b"one")
    known = list_world(world, context)
    world.stage("b.txt", b"two")
    world.rewrite()
    changes = list_world(world, context, known.checkpoint)
    assert changes.paths == {"b.txt"}
    assert changes.coverage is Coverage.CHANGES


def test_rewritten_branch_expires_checkpoints_and_revisions_that_are_gone_everywhere(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitConnector, "documents_per_milestone", 1)
    world.put("a.txt", b"one")
    world.put("b.txt", b"one, and not seen again")
    known = list_world(world, context)
    assert known.milestone is not None
    world.stage("b.txt", b"two")
    world.rewrite()
    shutil.rmtree(context.cache_dir)
    for checkpoint in (known.checkpoint, known.milestone):
        with pytest.raises(CheckpointExpired):
            list_world(world, context, checkpoint)
    for revision in (known.at("b.txt").revision, "", "nonsense", f"{'0' * 40}-100644"):
        with pytest.raises(DocumentVanished):
            fetch(world, context, replace(known.at("b.txt"), revision=revision))
    assert list_world(world, context).paths == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    "changed",
    [{"branch": "main"}, {"subtree": "docs"}, {"include": ["**"]}, {"exclude": ["x"]}],
    ids=str,
)
def test_checkpoint_of_another_scope_has_expired(
    world: GitWorld, context: ConnectorContext, changed: dict[str, Any]
) -> None:
    world.put("docs/a.txt", b"x")
    known = list_world(world, context)
    with pytest.raises(CheckpointExpired):
        list_world(world, context, known.checkpoint, **changed)


# --- The clone -----------------------------------------------------------------------------------


def test_unchanged_branch_costs_one_request(world: GitWorld, context: ConnectorContext) -> None:
    world.put("a.txt", b"x")
    with HttpFaultProxy(world.url) as proxy:
        config = GitConfig(url=proxy.url)
        known = Listed.of(list_items(config, context))
        before = proxy.requests
        list_items(config, context, known.checkpoint)
        assert proxy.requests - before == 1


def test_emptied_cache_is_made_again_for_a_listing_under_way_and_for_fetches(
    world: GitWorld, context: ConnectorContext
) -> None:
    for number in range(3):
        world.put(f"{number}/a.txt", str(number).encode())
    connector = GitConnector.open(GitConfig(url=world.url), None, context)
    listing = connector.discover(None)
    first = next(listing)
    shutil.rmtree(context.cache_dir)
    connector.close()
    listed = Listed.of([first, *listing])
    assert listed.paths == {"0/a.txt", "1/a.txt", "2/a.txt"}
    shutil.rmtree(context.cache_dir)
    assert fetch(world, context, listed.at("2/a.txt")) == b"2"
    connector.close()


def _truncate_pack(folder: Path) -> None:
    pack = next(folder.glob("objects/pack/*.pack"))
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.truncate(40)


def _scramble_pack(folder: Path) -> None:
    """With the size that it had."""
    pack = next(folder.glob("objects/pack/*.pack"))
    content = pack.read_bytes()
    pack.chmod(0o644)
    pack.write_bytes(content[:12] + b"\xa5" * (len(content) - 32) + content[-20:])


def _remove_pack(folder: Path) -> None:
    next(folder.glob("objects/pack/*.pack")).unlink()


def _remove_manifest(folder: Path) -> None:
    """A clone killed half way has none."""
    next(folder.glob("vouch-packs.json")).unlink()


def _remove_objects(folder: Path) -> None:
    shutil.rmtree(folder / "objects")


@pytest.mark.parametrize(
    "damage",
    [_truncate_pack, _scramble_pack, _remove_pack, _remove_manifest, _remove_objects],
)
def test_broken_clone_is_recognised_and_made_again(
    world: GitWorld, context: ConnectorContext, damage: Any
) -> None:
    world.put("a.txt", b"x")
    world.put("b.txt", b"y")
    known = list_world(world, context)
    damage(clone_folder(context))
    assert fetch(world, context, known.at("a.txt")) == b"x"
    list_world(world, context)
    damage(clone_folder(context))
    world.put("c.txt", b"z")
    assert list_world(world, context, known.checkpoint).paths == {"c.txt"}
    assert list_world(world, context).paths == {"a.txt", "b.txt", "c.txt"}


def test_what_a_killed_fetch_left_behind_is_cleared_away(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    known = list_world(world, context)
    folder = clone_folder(context)
    leftovers = [
        folder / "objects" / "tmp_pack_1",
        folder / "objects" / "pack" / "pack-1.pack",
        folder / "objects" / "pack" / "pack-2.idx.lock",
        folder / "refs" / "heads" / "cloned.lock",
        folder.with_suffix(".unfinished") / "HEAD",
    ]
    leftovers[-1].parent.mkdir()
    for path in leftovers:
        path.write_bytes(b"x")
    world.put("b.txt", b"y")
    assert list_world(world, context, known.checkpoint).paths == {"b.txt"}
    assert not any(path.exists() for path in leftovers[:-1])
    shutil.rmtree(folder)
    assert list_world(world, context).paths == {"a.txt", "b.txt"}
    assert not leftovers[-1].exists()


_LIST = """
import sys
from pathlib import Path
from connectors.git.config import GitConfig
from connectors.git.connector import GitConnector
from tests.integration.connectors.git_world import open_context
context = open_context(Path(sys.argv[2]), timeout_s=60)
list(GitConnector.open(GitConfig(url=sys.argv[1]), None, context).discover(None))
"""


@pytest.mark.parametrize("has_clone", [False, True])
def test_worker_killed_in_the_middle_of_a_fetch_leaves_a_usable_cache(
    world: GitWorld, context: ConnectorContext, has_clone: bool
) -> None:
    with HttpFaultProxy(world.url) as proxy:
        config = GitConfig(url=proxy.url)
        if has_clone:
            world.put("a.txt", b"x")
            list_items(config, context)
        world.put("b.txt", b"y")
        before = proxy.requests
        proxy.inject(Fault.TIMEOUT, after=1)
        command = [sys.executable, "-c", _LIST, proxy.url, str(context.cache_dir)]
        with subprocess.Popen(command, cwd=_REPOSITORY) as worker:
            deadline = time.monotonic() + 20
            while proxy.requests < before + 2 and time.monotonic() < deadline:
                time.sleep(0.02)
            worker.kill()
        listed = Listed.of(list_items(config, context))
    assert listed.paths == set(map(bytes.decode, world.files))
    assert not list(context.cache_dir.glob("*.unfinished"))


def test_clone_of_too_many_fetches_is_made_again(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone_folder_module, "_MAX_PACKS", 3)
    for number in range(6):
        world.put(f"{number}.txt", str(number).encode())
        assert len(list_world(world, context).paths) == number + 1
    assert len(list(clone_folder(context).glob("objects/pack/*.pack"))) <= 3


def test_connectors_that_are_open_at_once_share_one_clone(
    world: GitWorld, context: ConnectorContext
) -> None:
    for number in range(5):
        world.put(f"{number}.txt", str(number).encode())
    with HttpFaultProxy(world.url) as proxy:
        config = GitConfig(url=proxy.url)
        with ThreadPoolExecutor(4) as pool:
            listings = [pool.submit(list_items, config, context) for _ in range(8)]
            states = [Listed.of(listing.result()).state for listing in listings]
        assert all(state == states[0] and len(state) == 5 for state in states)
        # Each asks where the branch is, and one of them fetches it.
        assert proxy.requests == 9


_HOLD_LOCK = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_fetching_waits_for_another_process_and_reading_does_not(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    known = list_world(world, context)
    lock = clone_folder(context).with_suffix(".lock")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD_LOCK, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"locked\n"
        assert fetch(world, context, known.at("a.txt")) == b"x"
        listing = threading.Thread(target=list_world, args=(world, context))
        listing.start()
        listing.join(0.3)
        is_waiting = listing.is_alive()
        other.stdin.close()
        listing.join(10)
    assert is_waiting
    assert not listing.is_alive()


def test_lock_that_is_never_given_back_is_reported(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clone_folder_module, "_LOCK_TIMEOUT_S", 0.1)
    world.put("a.txt", b"x")
    list_world(world, context)
    descriptor = os.open(clone_folder(context).with_suffix(".lock"), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(SourceUnavailable, match="Another worker"):
            list_world(world, context)
    finally:
        os.close(descriptor)


def test_branch_beyond_the_limit_is_refused_and_leaves_nothing(
    world: GitWorld, context: ConnectorContext
) -> None:
    world.put("a.bin", os.urandom(1_200_000))
    with pytest.raises(SourceMisconfigured, match="max_clone_bytes"):
        list_world(world, context, max_clone_bytes=1024**2)
    assert [path.suffix for path in context.cache_dir.iterdir()] == [".lock"]


def test_cache_that_cannot_be_written_is_an_error_of_this_machine(
    world: GitWorld, context: ConnectorContext, tmp_path: Path
) -> None:
    world.put("a.txt", b"x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceUnavailable, match="cannot be written"):
        list_world(world, replace(context, cache_dir=tmp_path / "file" / "cache"))


# --- Credentials ---------------------------------------------------------------------------------


def credentials(token: str = _TOKEN) -> GitCredentials:
    return GitCredentials.model_validate({"username": "git", "token": token})


def test_credentials_open_the_repository_and_are_written_nowhere(
    world: GitWorld, server: GitServer, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    server.password = _TOKEN
    items = list_items(GitConfig(url=world.url), context, credentials=credentials())
    assert Listed.of(items).paths == {"a.txt"}
    secrets = [_TOKEN.encode(), basic("git", _TOKEN).split()[1].encode()]
    files = [path for path in context.cache_dir.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not any(secret in path.read_bytes() for path in files for secret in secrets)


@pytest.mark.parametrize("given", [None, credentials("wrong-secret")], ids=["none", "wrong"])
def test_refused_credentials_are_said_to_be_and_not_repeated(
    world: GitWorld,
    server: GitServer,
    context: ConnectorContext,
    given: GitCredentials | None,
) -> None:
    world.put("a.txt", b"x")
    server.password = _TOKEN
    connector = GitConnector.open(GitConfig(url=world.url), given, context)
    for attempt in (connector.check, lambda: list(connector.discover(None))):
        with pytest.raises(CredentialsRefused) as caught:
            attempt()
        told = f"{caught.value!r} {caught.value.operator_detail} {caught.value.data}"
        assert "wrong-secret" not in told
        assert "d3Jvbmctc2VjcmV0" not in told
    connector.close()


def test_credentials_do_not_follow_a_redirect_to_another_place(
    world: GitWorld, server: GitServer, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    with running_server() as front:
        front.redirect_to = server.url
        config = GitConfig(url=world.url.replace(server.url, front.url))
        items = list_items(config, context, credentials=credentials())
    assert Listed.of(items).paths == {"a.txt"}
    assert front.authorizations == [basic("git", _TOKEN)]
    assert server.authorizations
    assert set(server.authorizations) == {None}


def test_token_never_travels_in_the_clear_over_the_internet(tmp_path: Path) -> None:
    context = open_context(tmp_path, allow_private=False)
    with pytest.raises(SourceMisconfigured, match="https"):
        GitConnector.open(GitConfig(url="http://git.acme.test/a"), credentials(), context)


def test_stored_credentials_that_do_not_fit_are_refused_without_repeating_them(
    context: ConnectorContext,
) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        open_connector(
            "git",
            {"url": "https://git.acme.test/a"},
            credentials={"username": "a:b", "token": _TOKEN},
            context=context,
        )
    assert _TOKEN not in repr(caught.value)


# --- Where it connects to ------------------------------------------------------------------------


def test_private_address_is_refused_unless_an_admin_allows_it(
    world: GitWorld, server: GitServer, tmp_path: Path
) -> None:
    world.put("a.txt", b"x")
    known = list_world(world, open_context(tmp_path / "allowed"))
    server.authorizations.clear()
    context = open_context(tmp_path / "cache", allow_private=False)
    connector = GitConnector.open(GitConfig(url=world.url), None, context)
    with pytest.raises(AddressRefused):
        connector.check()
    with pytest.raises(AddressRefused):
        list(connector.discover(None))
    with pytest.raises(AddressRefused), connector.fetch(known.at("a.txt")):
        pass
    connector.close()
    assert server.authorizations == []


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnePort(EgressPolicy):
    """Takes all of this machine for private but one port."""

    port: int

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        if port != self.port:
            raise AddressRefused("private")
        return ("127.0.0.1",)


def test_redirect_to_a_private_address_is_refused(
    world: GitWorld, server: GitServer, context: ConnectorContext
) -> None:
    world.put("a.txt", b"x")
    with running_server() as front:
        front.redirect_to = server.url
        port = int(front.url.rsplit(":", 1)[1])
        guarded = replace(context, egress=_OnePort(port=port))
        config = GitConfig(url=world.url.replace(server.url, front.url))
        connector = GitConnector.open(config, None, guarded)
        with pytest.raises(AddressRefused):
            connector.check()
        with pytest.raises(AddressRefused):
            list(connector.discover(None))
        connector.close()
    assert len(front.authorizations) == 2
    assert server.authorizations == []


@pytest.mark.parametrize(
    "target", ["file:///etc", "ftp://git.acme.test", "http://ana:word@git.acme.test", ""]
)
def test_redirect_to_something_else_than_http_is_refused(
    world: GitWorld, server: GitServer, context: ConnectorContext, target: str
) -> None:
    server.redirect_to = target
    with pytest.raises(SourceMisconfigured, match="redirect"):
        list_world(world, context)


def test_proxy_of_the_environment_is_ignored(
    world: GitWorld, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    world.put("a.txt", b"x")
    assert list_world(world, context).paths == {"a.txt"}


# --- Servers that are not what they should be ----------------------------------------------------


def test_url_of_no_repository_is_misconfigured(
    server: GitServer, context: ConnectorContext
) -> None:
    connector = GitConnector.open(GitConfig(url=f"{server.url}/nowhere.git"), None, context)
    with pytest.raises(SourceMisconfigured, match="no git repository"):
        connector.check()
    with pytest.raises(SourceMisconfigured, match="no git repository"):
        list(connector.discover(None))
    connector.close()


def test_login_page_is_not_taken_for_an_empty_repository(
    world: GitWorld, context: ConnectorContext
) -> None:
    page = Reply(200, {"Content-Type": "text/html"}, b"<form>Sign in</form>")
    with HttpFaultProxy(world.url, replies={Fault.SERVER_ERROR: page}) as proxy:
        proxy.inject(Fault.SERVER_ERROR)
        with pytest.raises(SourceMisconfigured, match="no git server"):
            list_items(GitConfig(url=proxy.url), context)


@pytest.mark.parametrize(
    ("body", "after"),
    [(b"", 0), (b"rubbish", 0), (b"001e# service=git-upload-pack\n0000", 0), (b"0008NAK\n", 1)],
)
def test_rubbish_in_an_answer_is_a_passing_fault(
    world: GitWorld, context: ConnectorContext, body: bytes, after: int
) -> None:
    world.put("a.txt", b"x")
    kind = "advertisement" if after == 0 else "result"
    reply = Reply(200, {"Content-Type": f"application/x-git-upload-pack-{kind}"}, body)
    with HttpFaultProxy(world.url, replies={Fault.SERVER_ERROR: reply}) as proxy:
        proxy.inject(Fault.SERVER_ERROR, after=after)
        config = GitConfig(url=proxy.url)
        with pytest.raises(SourceUnavailable):
            list_items(config, context)
        assert Listed.of(list_items(config, context)).paths == {"a.txt"}


def test_server_that_asks_for_a_long_pause_gets_it_from_the_caller(
    world: GitWorld, context: ConnectorContext
) -> None:
    reply = Reply(429, {"Retry-After": "3600"})
    with HttpFaultProxy(world.url, replies={Fault.RATE_LIMITED: reply}) as proxy:
        proxy.inject(Fault.RATE_LIMITED)
        with pytest.raises(SourceUnavailable) as caught:
            list_items(GitConfig(url=proxy.url), context)
    assert caught.value.retry_after_s == 3600


def test_server_that_nobody_runs_is_unavailable(context: ConnectorContext) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/a.git"
        with pytest.raises(SourceUnavailable):
            list_items(GitConfig(url=url), context)


# --- This machine's own repositories -------------------------------------------------------------


@pytest.mark.parametrize("as_path", [False, True])
def test_local_repository_is_read_where_it_is_allowed(
    tmp_path: Path, context: ConnectorContext, as_path: bool
) -> None:
    world = GitWorld(tmp_path / "größe")
    world.put("a b.txt", b"x")
    config = GitConfig(url=str(world.folder) if as_path else world.url, allow_local=True)
    known = Listed.of(list_items(config, context))
    assert known.at("a b.txt").uri == f"{world.url}/a%20b.txt"
    world.put("b.txt", b"y")
    changes = Listed.of(list_items(config, context, known.checkpoint))
    assert changes.paths == {"b.txt"}
    connector = GitConnector.open(config, None, context)
    connector.check()
    with connector.fetch(changes.at("b.txt")) as path:
        assert path.read_bytes() == b"y"
    connector.close()
    world.close()


def test_local_folder_without_a_repository_is_misconfigured(
    tmp_path: Path, context: ConnectorContext
) -> None:
    config = GitConfig(url=tmp_path.as_uri(), allow_local=True)
    connector = GitConnector.open(config, None, context)
    with pytest.raises(SourceMisconfigured):
        connector.check()
    with pytest.raises(SourceMisconfigured):
        list(connector.discover(None))
    connector.close()
