"""Temporary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
import os


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    key_id: str
    ciphertext: bytes


class Vault:
    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, path: Path) -> Self:
        if not path.exists():
            path.write_bytes(os.urandom(32))
        return cls(path.read_bytes())

    def encrypt(self, data: Mapping[str, Any], *, bound_to: str) -> Sealed:
        nonce = os.urandom(12)
        return Sealed(key_id="1", ciphertext=nonce + AESGCM(self._key).encrypt(nonce, json.dumps(dict(data)).encode(), bound_to.encode()))

    def decrypt(self, sealed: Sealed, *, bound_to: str) -> dict[str, Any]:
        c = sealed.ciphertext
        r: dict[str, Any] = json.loads(AESGCM(self._key).decrypt(c[:12], c[12:], bound_to.encode()))
        return r
