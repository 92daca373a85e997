"""One scripted model for all tests of clients: its name says how it behaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.language_models.scripted_model import ScriptedModel, scripted_model


@pytest.fixture(scope="package")
def scripted() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model
