"""The instance's secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.secrets import keyed_hash, load_or_create_secret


def test_new_secret_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    load_or_create_secret(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_second_load_gives_the_same_secret(tmp_path: Path) -> None:
    first = load_or_create_secret(tmp_path / "key")
    assert len(first) == 32
    assert load_or_create_secret(tmp_path / "key") == first


def test_two_instances_have_different_secrets(tmp_path: Path) -> None:
    assert load_or_create_secret(tmp_path / "a") != load_or_create_secret(tmp_path / "b")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_secret_of_the_wrong_length_is_refused_and_left_alone(tmp_path: Path, length: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x" * length)
    with pytest.raises(ConfigurationError, match="32 bytes"):
        load_or_create_secret(path)
    assert path.read_bytes() == b"x" * length


def test_hash_needs_both_the_secret_and_the_value() -> None:
    secret = b"s" * 32
    assert keyed_hash(secret, "key") == keyed_hash(secret, "key")
    assert keyed_hash(secret, "key") != keyed_hash(secret, "kex")
    assert keyed_hash(secret, "key") != keyed_hash(b"t" * 32, "key")
