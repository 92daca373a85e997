from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from core.errors import ConfigurationError
from ingest.chunkers.registry import ENTRY_POINT_GROUP, load_chunker
from tests.unit.ingest.chunkers.documents import raw_document
from tests.unit.ingest.chunkers.tokens import ModelTokens


@pytest.mark.parametrize("name", [point.name for point in entry_points(group=ENTRY_POINT_GROUP)])
def test_every_registered_chunker_can_be_built_and_used(name: str) -> None:
    chunker = load_chunker(name)(max_tokens=256, tokens=ModelTokens())
    assert [(span.start, span.end) for span in chunker.split(raw_document("Text."))] == [(0, 5)]


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="fixed, structure"):
        load_chunker("magic")
