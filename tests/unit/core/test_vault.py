"""The vault: what is sealed opens only with its key, and only in its place."""

from __future__ import annotations

import base64
import json
import stat
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.vault import Sealed, Vault, VaultDamaged, VaultKeyMissing

_THREADS = 4
SECRET = {"password": "correct-horse", "port": 993}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.keys"


def test_what_is_sealed_opens_again_also_after_a_restart(path: Path) -> None:
    sealed = Vault.open(path).encrypt(SECRET, bound_to="row 1")
    assert Vault.open(path).decrypt(sealed, bound_to="row 1") == SECRET


def test_sealed_data_shows_nothing_and_differs_each_time(path: Path) -> None:
    vault = Vault.open(path)
    first, second = (vault.encrypt(SECRET, bound_to="row 1") for _ in range(2))
    assert b"horse" not in first.ciphertext
    assert first.ciphertext != second.ciphertext


def test_key_file_is_its_owners_alone(path: Path) -> None:
    Vault.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_moved_to_another_row_does_not_open(path: Path) -> None:
    vault = Vault.open(path)
    with pytest.raises(VaultDamaged):
        vault.decrypt(vault.encrypt(SECRET, bound_to="row 1"), bound_to="row 2")


def test_what_is_changed_by_one_bit_does_not_open(path: Path) -> None:
    vault = Vault.open(path)
    sealed = vault.encrypt(SECRET, bound_to="row 1")
    for position in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[position] ^= 1
        with pytest.raises(VaultDamaged):
            vault.decrypt(Sealed(key_id=sealed.key_id, ciphertext=bytes(changed)), bound_to="row 1")


@pytest.mark.parametrize("size", [0, 5, 12, 20])
def test_what_is_cut_short_does_not_open(path: Path, size: int) -> None:
    vault = Vault.open(path)
    sealed = vault.encrypt(SECRET, bound_to="row 1")
    with pytest.raises(VaultDamaged):
        vault.decrypt(
            Sealed(key_id=sealed.key_id, ciphertext=sealed.ciphertext[:size]), bound_to="row 1"
        )


def test_new_key_seals_and_the_old_one_still_opens_until_it_is_retired(path: Path) -> None:
    vault = Vault.open(path)
    old = vault.encrypt(SECRET, bound_to="row 1")
    vault.add_key()
    new = vault.encrypt(SECRET, bound_to="row 1")
    assert new.key_id != old.key_id
    assert vault.decrypt(old, bound_to="row 1") == SECRET
    assert vault.retire_keys(keep=[]) == [old.key_id]
    assert Vault.open(path).decrypt(new, bound_to="row 1") == SECRET
    with pytest.raises(VaultKeyMissing):
        vault.decrypt(old, bound_to="row 1")


def test_newest_key_is_never_retired(path: Path) -> None:
    vault = Vault.open(path)
    assert vault.retire_keys(keep=[]) == []
    assert vault.decrypt(vault.encrypt(SECRET, bound_to="r"), bound_to="r") == SECRET


def test_first_key_of_two_that_open_at_once_stands(path: Path) -> None:
    gate = threading.Barrier(_THREADS)

    def open_at_once(_: int) -> Vault:
        gate.wait()
        return Vault.open(path)

    with ThreadPoolExecutor(_THREADS) as pool:
        vaults = list(pool.map(open_at_once, range(_THREADS)))
    for vault in vaults:
        sealed = vault.encrypt(SECRET, bound_to="r")
        assert Vault.open(path).decrypt(sealed, bound_to="r") == SECRET
    assert list(path.parent.iterdir()) == [path]


def test_error_shows_neither_key_nor_plaintext_not_even_in_its_variables(path: Path) -> None:
    vault = Vault.open(path)
    sealed = vault.encrypt(SECRET, bound_to="row 1")
    (key,) = json.loads(path.read_text()).values()
    shown = repr(vault) + repr(sealed)
    for attempt, bound_to in ((sealed, "row 2"), (replace(sealed, key_id="7"), "row 1")):
        with pytest.raises(ConfigurationError) as caught:
            vault.decrypt(attempt, bound_to=bound_to)
        shown += _with_variables(caught.value)
    path.write_text(json.dumps({"1": key, "2": "short"}))
    with pytest.raises(VaultDamaged) as caught:
        Vault.open(path)
    shown += _with_variables(caught.value)
    for secret in ("horse", key, repr(base64.b64decode(key))[2:-1]):
        assert secret not in shown


def _with_variables(error: BaseException) -> str:
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The first frame is the test's own.
    frames.stack = traceback.StackSummary.from_list(list(frames.stack)[1:])
    return "".join(frames.format())


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"1": "c2hvcnQ="}', '{"one": "x"}', "secret"])
def test_damaged_key_file_is_refused_and_not_quoted(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(VaultDamaged) as caught:
        Vault.open(path)
    assert "secret" not in str(caught.value)
    assert path.read_text() == content
