"""Damaged and hostile containers end as members, failures or a ParseError; nothing else."""

from __future__ import annotations

import gzip
import random
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsers.contract import ParseError
from ingest.unpacking import registry
from ingest.unpacking.contract import Unpacked, UnpackLimits
from ingest.unpacking.names import safe_filename, safe_path
from tests.unit.ingest.parsers import outlook
from tests.unit.ingest.parsers.outlook import outlook_message
from tests.unit.ingest.unpacking.support import UNPACKERS, mail, tarred, unpack, zipped

_LIMITS = UnpackLimits(max_members=50, max_unpacked_bytes=10**6, max_member_bytes=10**5)


@lru_cache
def _samples() -> dict[str, bytes]:
    inner = mail(attachments={"x.zip": zipped({"a.txt": b"a" * 100}), "y.bin": bytes(range(99))})
    files = {
        "a.txt": b"text " * 100,
        "mail.eml": inner,
        "docs/Größe.md": random.Random(1).randbytes(700),
    }
    tar = tarred(files)
    return {
        "a.zip": zipped(files),
        "a.tar": tar,
        "a.tgz": gzip.compress(tar, mtime=0),
        "a.eml": mail(attachments=files),
        "a.msg": outlook_message(
            {outlook.SUBJECT: "x"}, attachments=[{outlook.FILE_NAME: "a.zip", 0x3701: b"a" * 99}]
        ),
    }


def _unpack(name: str, data: bytes) -> Unpacked | None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpacked = unpack(Path(folder), name, data, limits=_LIMITS)
        except ParseError:
            return None
    names = [member.name for member in unpacked.members]
    assert len(set(names)) == len(names)
    assert all(safe_path(name) == name for name in names)
    assert all(failure.code and failure.detail for failure in unpacked.failures)
    assert sum(member.size_bytes for member in unpacked.members) <= _LIMITS.max_unpacked_bytes
    return unpacked


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz"])
def test_an_archive_that_is_cut_off_always_says_so(name: str) -> None:
    data = _samples()[name]
    # Behind its end mark, a TAR archive is filled up with zeros.
    end = len(data.rstrip(b"\0")) if name == "a.tar" else len(data)
    for size in {*range(1, end, 64), *range(max(1, end - 12), end)}:
        unpacked = _unpack(name, data[:size])

        assert unpacked is None or unpacked.failures, size


@pytest.mark.parametrize("name", ["a.eml", "a.msg"])
def test_a_mail_that_is_cut_off_never_crashes(name: str) -> None:
    data = _samples()[name]
    for size in range(1, len(data), 64):
        _unpack(name, data[:size])


@pytest.mark.parametrize("name", sorted(_samples()))
@settings(max_examples=60, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
        min_size=1,
        max_size=12,
    )
)
def test_mutated_bytes_never_crash_an_unpacker(name: str, edits: list[tuple[float, bytes]]) -> None:
    data = bytearray(_samples()[name])
    for place, replacement in edits:
        at = int(place * len(data))
        data[at : at + len(replacement)] = replacement
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_unpackers", lambda: UNPACKERS)
        _unpack(name, bytes(data))


@given(name=st.text(max_size=300))
def test_a_filename_is_always_one_safe_part_of_a_path(name: str) -> None:
    made = safe_filename(name)

    assert safe_path(made) == made
    assert "/" not in made
    assert len(made) <= 200
