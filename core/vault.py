"""Authenticated encryption of what must be stored and never read: credentials of sources.

AES-256-GCM. What is sealed is bound to its place, so that a ciphertext copied into another row
does not open there.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import ConfigurationError

_KEY_BITS = 256
_NONCE_BYTES = 12
_PART = ".part-"


class VaultKeyMissing(ConfigurationError):
    """What was sealed with this key cannot be opened without it."""

    title = "Vault key missing"


class VaultDamaged(ConfigurationError):
    """The key file, or what was sealed, is not what was written."""

    title = "Vault damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Nonce and ciphertext, and which key opens it."""

    key_id: str
    ciphertext: bytes


class Vault:
    """Seals with the newest of its keys, and opens with any. The keys are in one file, by id."""

    def __init__(self, path: Path, keys: dict[str, bytes]) -> None:
        self._path = path
        self._keys = keys

    @classmethod
    def open(cls, path: Path) -> Self:
        """The vault whose keys are in `path`, with a first key where there is no file yet.

        Raises VaultDamaged.
        """
        if not path.exists():
            # Of two that open at once the first one's key stands: os.link replaces nothing.
            with contextlib.suppress(FileExistsError):
                _write_keys(path, {"1": AESGCM.generate_key(_KEY_BITS)}, publish=os.link)
        keys = _read_keys(path)
        if keys is None:
            raise VaultDamaged(
                f"{path} holds no vault keys. Restore it from a backup; without it, the sources' "
                "credentials have to be given again."
            )
        return cls(path, keys)

    def encrypt(self, data: Mapping[str, Any], *, bound_to: str) -> Sealed:
        """Seal JSON-ready data for one place."""
        key_id = self.newest_key_id
        nonce = os.urandom(_NONCE_BYTES)
        plaintext = json.dumps(dict(data)).encode()
        ciphertext = AESGCM(self._keys[key_id]).encrypt(nonce, plaintext, bound_to.encode())
        return Sealed(key_id=key_id, ciphertext=nonce + ciphertext)

    def decrypt(self, sealed: Sealed, *, bound_to: str) -> dict[str, Any]:
        """Raises VaultKeyMissing; VaultDamaged if it was changed, or sealed for another place."""
        # No variable here holds a key: some error reports show variables.
        if sealed.key_id not in self._keys:
            raise VaultKeyMissing(
                f"The key {sealed.key_id} is not in {self._path}. Restore the file from a backup, "
                "or give the source its credentials again."
            )
        nonce, ciphertext = sealed.ciphertext[:_NONCE_BYTES], sealed.ciphertext[_NONCE_BYTES:]
        try:
            plaintext = AESGCM(self._keys[sealed.key_id]).decrypt(
                nonce, ciphertext, bound_to.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise VaultDamaged(
                "Stored credentials were changed or moved, and cannot be read. Give the source "
                "its credentials again."
            ) from error
        data: dict[str, Any] = json.loads(plaintext)
        return data

    @property
    def newest_key_id(self) -> str:
        """The key that seals. Ids count upwards."""
        return max(self._keys, key=int)

    def add_key(self) -> str:
        """Make a new key, which seals from now on; returns its id."""
        key_id = str(max(map(int, self._keys)) + 1)
        self._replace_keys(self._keys | {key_id: AESGCM.generate_key(_KEY_BITS)})
        return key_id

    def retire_keys(self, *, keep: Collection[str]) -> list[str]:
        """Destroy every key but these and the newest; returns the ids of those that are gone."""
        kept = {*keep, self.newest_key_id}
        retired = sorted(self._keys.keys() - kept, key=int)
        if retired:
            self._replace_keys({name: key for name, key in self._keys.items() if name in kept})
        return retired

    def _replace_keys(self, keys: dict[str, bytes]) -> None:
        for part in self._path.parent.glob(f"{self._path.name}{_PART}*"):
            # Whoever was killed while writing it left keys there that are to be destroyed.
            part.unlink(missing_ok=True)
        _write_keys(self._path, keys)
        self._keys = keys


def _read_keys(path: Path) -> dict[str, bytes] | None:
    """None where the file is not what was written: who raises has nothing of it at hand."""
    try:
        stored = json.loads(path.read_text())
        keys = {
            str(int(key_id)): base64.b64decode(key, validate=True) for key_id, key in stored.items()
        }
    except (ValueError, AttributeError, TypeError):
        return None
    return keys if keys and all(len(key) * 8 == _KEY_BITS for key in keys.values()) else None


def _write_keys(
    path: Path,
    keys: Mapping[str, bytes],
    *,
    publish: Callable[[str, Path], None] = os.replace,
) -> None:
    """Under its name only once it is whole and on the disk: a lost key loses what it sealed."""
    # mkstemp's files are readable by this user alone.
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}{_PART}")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(
                {key_id: base64.b64encode(key).decode() for key_id, key in keys.items()}, file
            )
            file.flush()
            os.fsync(file.fileno())
        publish(part, path)
    finally:
        Path(part).unlink(missing_ok=True)
    # The new name, too, has to survive a failure of the power.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
