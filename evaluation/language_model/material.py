"""Texts of documents and answers inside a prompt: data that cannot pass itself off as more."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from core.language_models.material import without_control_tokens

_BOUNDARY_CHARS = 16


def delimited(material: Mapping[str, str]) -> str:
    """Each text between a line `BEGIN boundary NAME` and a line `END boundary NAME`.

    The boundary is a hash of all the texts that occurs in none of them, so no text can hold the
    line that would end it; equal texts give equal prompts. Control tokens of chat templates are
    taken apart by a space.
    """
    texts = {name: without_control_tokens(text) for name, text in material.items()}
    boundary = _boundary("\0".join(texts.values()))
    return "\n\n".join(
        f"BEGIN {boundary} {name}\n{text}\nEND {boundary} {name}" for name, text in texts.items()
    )


def _boundary(text: str) -> str:
    boundary = hashlib.sha256(text.encode()).hexdigest()[:_BOUNDARY_CHARS]
    while boundary in text:
        boundary = hashlib.sha256(boundary.encode()).hexdigest()[:_BOUNDARY_CHARS]
    return boundary
