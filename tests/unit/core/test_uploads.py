"""The upload store: old or new, never a mixture, and nothing left lying about."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.uploads import Upload, UploadDamaged, UploadNotFound, UploadStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def store(root: Path) -> UploadStore:
    return UploadStore(root)


def put(
    store: UploadStore, external_id: str, content: bytes, **said: object
) -> tuple[Upload, bool]:
    fields = {"path": external_id, "mime": None, "acl": None} | said
    return store.put("s", external_id, io.BytesIO(content), **fields)  # type: ignore[arg-type]


def read(store: UploadStore, external_id: str) -> bytes:
    with store.open("s", external_id) as file:
        return file.read()


def ids(store: UploadStore, *, after: str = "") -> list[str]:
    return [upload.external_id for upload in uploads(store, after=after)]


def uploads(store: UploadStore, *, after: str = "") -> list[Upload]:
    return [upload for _, upload in store.iter_uploads("s", after=after) if upload is not None]


def test_what_is_put_is_listed_and_read_also_after_a_restart(
    store: UploadStore, root: Path
) -> None:
    put(store, "a/ü b.txt", b"one", acl=("group:hr",))
    reopened = UploadStore(root)
    (upload,) = uploads(reopened)
    assert (upload.external_id, upload.acl, upload.size_bytes) == ("a/ü b.txt", ("group:hr",), 3)
    assert upload.updated_at.tzinfo is not None
    assert read(reopened, "a/ü b.txt") == b"one"


def test_second_version_replaces_the_first_and_leaves_two_files(
    store: UploadStore, root: Path
) -> None:
    put(store, "a", b"one")
    _, is_changed = put(store, "a", b"two")
    assert is_changed
    assert read(store, "a") == b"two"
    assert len(files(root)) == 2


def test_same_version_again_changes_nothing(store: UploadStore, root: Path) -> None:
    first, _ = put(store, "a", b"one")
    again, is_changed = put(store, "a", b"one")
    assert (again, is_changed) == (first, False)
    assert len(files(root)) == 2


@pytest.mark.parametrize("said", [{"acl": ("everyone",)}, {"mime": "text/html"}, {"path": "b"}])
def test_same_bytes_said_to_be_something_else_are_a_change(
    store: UploadStore, said: dict[str, object]
) -> None:
    put(store, "a", b"one")
    assert put(store, "a", b"one", **said)[1]


def test_removed_upload_leaves_a_mark_and_no_bytes(store: UploadStore, root: Path) -> None:
    put(store, "a", b"a secret")
    store.remove("s", "a")
    (upload,) = uploads(store)
    assert upload.is_removed
    assert not any(b"secret" in path.read_bytes() for path in root.rglob("*") if path.is_file())
    with pytest.raises(UploadNotFound), store.open("s", "a"):
        pass
    with pytest.raises(UploadNotFound):
        store.remove("s", "a")
    assert put(store, "a", b"back")[1]
    assert read(store, "a") == b"back"


def test_unknown_upload_is_not_found(store: UploadStore) -> None:
    assert ids(store) == []
    with pytest.raises(UploadNotFound), store.open("s", "nothing"):
        pass


def test_sources_do_not_see_each_other(store: UploadStore) -> None:
    put(store, "a", b"one")
    assert list(store.iter_uploads("other")) == []


def test_listing_goes_on_behind_any_place(store: UploadStore) -> None:
    for number in range(7):
        put(store, str(number), b"x")
    everything = list(store.iter_uploads("s"))
    assert len(everything) == 7
    for at, (place, _) in enumerate(everything, start=1):
        assert list(store.iter_uploads("s", after=place)) == everything[at:]


def test_put_that_is_cut_short_leaves_the_old_version(store: UploadStore, root: Path) -> None:
    put(store, "a", b"one")

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put("s", "a", Broken(b"two"), path="a", mime=None, acl=None)
    assert read(store, "a") == b"one"
    assert ids(store) == ["a"]
    assert len(files(root)) == 2


def test_first_put_that_is_cut_short_is_not_listed(store: UploadStore, root: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put("s", "a", Broken(b"one"), path="a", mime=None, acl=None)
    assert ids(store) == []
    assert files(root) == []


def test_error_of_whoever_reads_is_left_as_it_is(store: UploadStore) -> None:
    put(store, "a", b"one")
    with pytest.raises(FileNotFoundError, match="mine"), store.open("s", "a"):
        raise FileNotFoundError("mine")


def test_two_who_put_at_once_leave_one_version_and_no_other_bytes(
    store: UploadStore, root: Path
) -> None:
    contents = [bytes([number]) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: put(store, "a", content), contents))
    assert read(store, "a") in contents
    assert len(files(root)) == 2
    store.remove("s", "a")
    assert not any(path.read_bytes() in contents for path in files(root))


def test_damaged_upload_is_listed_as_damaged_and_mended_by_the_next_put(
    store: UploadStore, root: Path
) -> None:
    put(store, "a", b"one")
    (meta,) = root.rglob("meta.json")
    for content in (b"", b"{", b"[]", b"null", b"{}", b'{"acl": null, "updated_at": 1}', b"\xff"):
        meta.write_bytes(content)
        assert [upload for _, upload in store.iter_uploads("s")] == [None]
        with pytest.raises(UploadDamaged), store.open("s", "a"):
            pass
    assert put(store, "a", b"one")[1]
    assert ids(store) == ["a"]
    assert len(files(root)) == 2


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]
