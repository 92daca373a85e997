"""Which file a local model is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchmarks.local_model.server import LocalModelFailed, check_sha256


def test_file_with_the_named_hash_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    check_sha256(file, hashlib.sha256(b"GGUF").hexdigest().upper())


def test_any_other_file_is_refused_with_its_own_hash(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(LocalModelFailed, match=hashlib.sha256(b"GGUF").hexdigest()):
        check_sha256(file, "0" * 64)
    with pytest.raises(LocalModelFailed, match="cannot be read"):
        check_sha256(tmp_path / "none.gguf", "0" * 64)
