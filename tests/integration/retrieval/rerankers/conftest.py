"""What the tests of all rerankers share."""

from __future__ import annotations

import pytest

from core.settings import EmbeddingSettings
from retrieval.embedders.contract import Embedder, load_embedder


@pytest.fixture(scope="package")
def embedder() -> Embedder:
    """The packaged model, loaded once."""
    return load_embedder(EmbeddingSettings())
