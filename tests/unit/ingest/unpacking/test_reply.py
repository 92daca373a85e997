from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.unpacking.reply import from_reply, to_reply
from tests.unit.ingest.unpacking.support import unpack, zipped


def test_an_unpacked_file_survives_the_way(tmp_path: Path) -> None:
    unpacked = unpack(tmp_path, "a.zip", zipped({"a.txt": b"a", "../b": b"b"}))
    reply = json.loads(json.dumps(to_reply(unpacked)))

    assert from_reply(reply, into=tmp_path / "into") == unpacked


@pytest.mark.parametrize(
    "member",
    [
        ["a", None, 1, 1, "hash", None],
        ["a", None, 0, 2, "hash", None],
        ["a", None, "../container", 1, "hash", None],
        ["a", None, 9, 1, "hash", None],
        ["a", None, 0, 1, "hash", 1e300],
        ["a"],
        7,
    ],
)
def test_a_reply_that_is_not_true_is_refused(tmp_path: Path, member: Any) -> None:
    unpack(tmp_path, "a.zip", zipped({"a.txt": b"a"}))
    (tmp_path / "into" / "1").symlink_to(tmp_path / "into" / "0")

    with pytest.raises(ValueError):  # noqa: PT011  (each has words of its own)
        from_reply({"members": [member], "failures": []}, into=tmp_path / "into")
