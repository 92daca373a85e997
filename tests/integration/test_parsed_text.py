"""An index of texts that the parsers no longer make."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.generations import GenerationMismatch
from core.settings import Settings
from ingest.parsers.registry import PARSED_TEXT
from vouch.embedded import Embedded


def test_an_index_of_an_earlier_parsed_text_is_refused_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with Embedded(settings):
        pass
    with sqlite3.connect(tmp_path / "catalog.sqlite3") as catalog:
        catalog.execute(
            "update generations set chunker = replace(chunker, ?, 'text/1')", (PARSED_TEXT,)
        )
    catalog.close()

    with pytest.raises(GenerationMismatch, match="text/1"):
        Embedded(settings)
